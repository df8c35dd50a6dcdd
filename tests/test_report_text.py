"""The report for people: whole pages as they are read, and what must never be on one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import iplint
from iplint.finding import Finding, Report, Severity
from iplint.location import Source, Span
from iplint.report import concise, github, gitlab, junit, markdown, rdjson, sarif, text
from iplint.report import json as json_report
from iplint.report.masking import harmless
from iplint.resource import Notice, NoticeCause
from iplint.value import Step
from test_report_json import KEY_ID, RULES, SECRET, part, sample

FULL = """\
critical[hardcoded-access-key]: An access key id (AKIA..., 20 characters) stands in user data
 --> stacks/our web/größe [1].yaml:7:34
  |
7 |         export AWS_ACCESS_KEY_ID=********************
  |                                  ^^^^^^^^^^^^^^^^^^^^
 ::: stacks/our web/größe [1].yaml:8:9
8 |         export AWS_SECRET_ACCESS_KEY=****************************************
  |         --------------------------------------------------------------------- beside it: ***
  |
  = why: why of hardcoded-access-key
  = fix: fix of hardcoded-access-key
  = help: iplint explain hardcoded-access-key

high[role-without-ec2-trust]: EC2 cannot assume the role behind WebServer's instance profile
 --> stacks/rolle.yaml:4:16
  |
4 |       Service: lambda.amazonaws.com
  |                ^^^^^^^^^^^^^^^^^^^^ AppRole trusts only lambda.amazonaws.com
 ::: stacks/our web/größe [1].yaml:5:27
5 |       IamInstanceProfile: !Ref AppProfile
  |                           --------------- WebServer launches with AppProfile, which holds web[0]
 ::: stacks/rolle.yaml:4:16
4 |       Service: lambda.amazonaws.com
  |                -------------------- AppRole trusts this
  |
  = when: Env keeps its default "legacy"
  = why: why of role-without-ec2-trust
  = fix: fix of role-without-ec2-trust
  = help: iplint explain role-without-ec2-trust

low[imdsv1-allowed]: Too late
 --> stacks/rolle.yaml:5:1
  |
5 |
  | ^
  |
  = why: why of imdsv1-allowed
  = fix: fix of imdsv1-allowed
  = help: iplint explain imdsv1-allowed

undecided[imdsv1-allowed]: WebServer allows IMDSv1
 --> stacks/our web/größe [1].yaml:2:3
  |
2 |   WebServer:
  |   ^^^^^^^^^^
  |
  = note: fails when Tokens is "optional"

Could not be read, so nothing here was checked:
  --> x y.tf:2:7: an expression is missing

Could not be followed, and leaves a verdict undecided:
  --> main.tf: module registry/x is not here

3 findings: 1 critical, 1 high, 1 low. 4 launches: 2 proven, 1 failed, 1 undecided.
Checked 3 of 5 files: 1 is not a template, 1 could not be read; 2 more excluded. \
1 place could not be followed: 1 module is not here.
1 ignored (imdsv1-allowed 1).
1 verdict is undecided.
"""


def test_whole_page() -> None:
    assert text.render(sample(), RULES, color=False) == FULL


def test_a_rule_is_explained_once_and_each_fix_is_offered() -> None:
    source = Source("b.yaml", "a: 1\nb: 2\n")
    report = Report()
    report.findings = [
        Finding("imdsv1-allowed", Severity.MEDIUM, "fail", "first", "A", Span(source, 0, 1)),
        Finding("imdsv1-allowed", Severity.MEDIUM, "fail", "second", "B", Span(source, 5, 6)),
        Finding("imdsv1-allowed", Severity.MEDIUM, "fail", "third", "C", Span(source, 8, 9)),
    ]
    report.findings[0].fix = report.findings[1].fix = "safe"
    report.findings[2].fix, report.findings[2].risk = "unsafe", "it may break"
    page = text.render(report, RULES, color=False)
    assert page.count("why of imdsv1-allowed") == page.count("iplint explain imdsv1-allowed") == 1
    first, second, third, summary = page.split("\n\n")
    assert "  = fix: fix of imdsv1-allowed [--fix]\n" in first
    assert second.endswith("  = fix: as above [--fix]")
    assert third.endswith("  = fix: as above [--fix --unsafe-fixes]\n  = unsafe: it may break")
    assert summary.startswith("3 findings: 3 medium (2 fixable with --fix, 1 more with --unsafe-fixes). ")


def test_the_findings_of_a_file_are_together_if_asked_for() -> None:
    page = text.render(sample(), RULES, color=False, by_file=True)
    heads = [line for line in page.splitlines() if re.match(r"In |\w+\[", line)]
    assert [head.partition(":")[0] for head in heads] == [
        "In stacks/our web/größe [1].yaml",
        "critical[hardcoded-access-key]",
        "undecided[imdsv1-allowed]",
        "In stacks/rolle.yaml",
        "high[role-without-ec2-trust]",
        "low[imdsv1-allowed]",
    ]
    assert heads[0].endswith(": 1 finding: 1 critical, 1 undecided")


def test_no_line_is_wider_than_the_terminal() -> None:
    report = sample()
    report.findings[0].message = report.findings[1].label = "a rather long sentence of many words, all of them short"
    report.notices[0].message = "a notice of so many words that they do not fit into one line"
    page = text.render(report, RULES, color=False, columns=60)
    assert re.search(r"^  --> x y.tf:2:7: a notice.*\n      [a-z ]+$", page, flags=re.MULTILINE)
    assert re.search(r"^high.*\n  [a-z, ]+\n", page, flags=re.MULTILINE)
    assert [line for line in page.splitlines() if len(line) > 60] == []
    narrow = text.render(report, RULES, color=False, columns=1)
    assert text.render(report, RULES, color=False, columns=40) == narrow


def test_many_findings_lead_to_the_baseline_unless_there_is_one() -> None:
    report = sample()
    report.findings += report.findings[:1] * 9
    advice = "Next: iplint baseline records these findings"
    assert advice in text.render(report, RULES, color=False)
    report.has_baseline = True
    assert advice not in text.render(report, RULES, color=False)
    assert advice not in FULL


def test_rules_are_links_where_the_package_names_their_pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / f"iplint-{iplint.__version__}.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Name: iplint\nProject-URL: Documentation, https://docs.example/\n\nText\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    linked = text.render(sample(), RULES, color=False, links="/")
    assert "high[\x1b]8;;https://docs.example/rules/role-without-ec2-trust.md\x1b\\role-without-ec2-trust\x1b" in linked
    assert harmless(linked, styled=True) == linked
    # What is checked has no say.
    monkeypatch.chdir(tmp_path)
    assert "docs.example" not in text.render(sample(), RULES, color=False, links="/")


def test_colour_only_adds_colour() -> None:
    colored = text.render(sample(), RULES, color=True)
    assert "\x1b[1;31mhigh[role-without-ec2-trust]\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == FULL


def _page(at: Span, label: str = "", hidden: tuple[Span, ...] = (), related: tuple[Step, ...] = ()) -> str:
    """The lines of the one finding of a report, as far as they quote the source."""
    report = Report()
    report.hidden.hide(list(hidden))
    report.findings = [
        Finding("some-rule", Severity.MEDIUM, "fail", "message", "Web", at, related=related, label=label),
    ]
    page = text.render(report, (), color=False).partition("\n\n")[0]
    assert page.startswith("medium[some-rule]: message\n")
    return page.partition("\n")[2] + "\n"


def test_multi_line_span_shows_its_first_line() -> None:
    source = Source("main.tf", 'resource "aws_instance" "web" {  \n  ami = "ami-1"\n}\n')
    assert (
        _page(Span(source, 0, len(source.text) - 1), "sets no metadata_options")
        == """\
 --> main.tf:1:1
  |
1 | resource "aws_instance" "web" {
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ sets no metadata_options
"""
    )


def test_one_place_is_shown_once() -> None:
    source = Source("a.tf", 'iam_instance_profile = "x"\n')
    at = Span(source, 23, 26)
    report = Report()
    finding = Finding("r", Severity.LOW, "undecided", "whether it does", "a", at, related=(Step(at, "web takes this"),))
    report.findings.append(finding)
    page = text.render(report, [], color=False)
    assert page.count("a.tf:1:24") == 1
    assert "^^^ web takes this" in page
    finding.label = "it is another"
    assert text.render(report, [], color=False).count("a.tf:1:24") == 2, "what is said of the place twice is told twice"


def test_windows_line_ends() -> None:
    source = Source("a.yaml", "Web:\r\n  Tokens: optional\r\nNext: 1\r\n")
    assert (
        _page(part(source, "optional\r\nNext"), "this")
        == """\
 --> a.yaml:2:11
  |
2 |   Tokens: optional
  |           ^^^^^^^^ this
"""
    )


def test_tabs() -> None:
    source = Source("main.tf", "a {\n\ttokens\t= optional\n}\n")
    assert (
        _page(part(source, "optional"))
        == """\
 --> main.tf:2:11
  |
2 |     tokens    = optional
  |                 ^^^^^^^^
"""
    )


def test_wide_characters() -> None:
    source = Source("a.yaml", "# 日本 😀 e\u0301: optional, 日本\n")
    assert (
        _page(part(source, "optional, 日本"))
        == """\
 --> a.yaml:1:12
  |
1 | # 日本 😀 e\u0301: optional, 日本
  |              ^^^^^^^^^^^^^^
"""
    )


def test_minified_line_is_cut_around_the_place() -> None:
    source = Source("a.json", '{"Before": "' + "b" * 300 + '", "Tokens": "optional", "After": "' + "a" * 300 + '"}')
    assert (
        _page(part(source, '"optional"'), "here")
        == f"""\
 --> a.json:1:326
  |
1 | ...{"b" * 27}", "Tokens": "optional", "After": "{"a" * 78}...
  |    {" " * 40}^^^^^^^^^^ here
"""
    )
    whole = _page(Span(source, 0, len(source.text)))
    assert max(len(line) for line in whole.splitlines()) < 160
    end = _page(Span(source, len(source.text) - 1, len(source.text)))
    assert f'...{"a" * 39}"}}\n  | {" " * 43}^\n' in end


def test_secrets_on_lines_next_to_each_other() -> None:
    source = Source("a.yaml", f"id: {KEY_ID}\nkey: {SECRET[:20]}\n  {SECRET[20:]} # mine\nagain: {KEY_ID}\n")
    both = Span(source, source.text.index(SECRET[:20]), source.text.index(" # mine"))
    first = Span(source, 4, 24)
    steps = (Step(part(source, SECRET[20:]), "rest"), Step(part(source, "again"), "repeats it"))
    assert (
        _page(first, hidden=(first, both), related=(Step(both, "key"), *steps))
        == f"""\
 --> a.yaml:1:5
  |
1 | id: {"*" * 20}
  |     {"^" * 20}
 ::: a.yaml:2:6
2 | key: {"*" * 20}
  |      {"-" * 20} key
 ::: a.yaml:3:3
3 | {"*" * 22} # mine
  |   {"-" * 20} rest
 ::: a.yaml:4:1
4 | again: {"*" * 20}
  | ----- repeats it
"""
    )


def test_many_users_are_counted() -> None:
    source = Source("a.yaml", "".join(f"Group{number}\n" for number in range(100, 120)))
    steps = tuple(Step(part(source, f"Group{number}"), "uses it") for number in range(101, 120))
    page = _page(part(source, "Group100"), related=steps)
    assert page.count(":::") == 8
    assert page.endswith("  |\n  = more: 11 related places, which --format json lists\n")


HOSTILE = (
    "::error::x\n::set-output name=a::b\r::add-mask::y\x1b[31m\u202e\x00##[error]z##vso[task.logissue]\u2028::stop"
)
LINE = re.compile(
    r"(critical|high|medium|low|info|undecided)\[|Could not"
    r"|Failed, so|Not supported|[0-9]+ place|Checked|Next:|No (files|findings)|[0-9]+ (verdict|finding)"
    r"| *(-->|:::) |[ 0-9]* \||  +=|$"
)


def _assert_harmless(page: str) -> None:
    for line in page.split("\n"):
        assert LINE.match(line)
        assert "\x1b" not in line
        assert line.isprintable()
        assert "##[" not in line
        assert "##vso[" not in line


def test_templates_cannot_steer_the_terminal_or_the_runner() -> None:
    source = Source(HOSTILE, HOSTILE)
    report = Report()
    report.findings = [
        Finding(
            "some-rule",
            Severity.LOW,
            "fail",
            HOSTILE,
            HOSTILE,
            Span(source, start, start + 12),
            HOSTILE + "!",
            (Step(Span(source, start + 1, len(HOSTILE)), HOSTILE),),
            HOSTILE,
        )
        for start in range(len(HOSTILE))
    ]
    report.notices = [
        Notice(kind, HOSTILE, HOSTILE) for kind in ("unreadable", "internal", "unresolved", "unsupported")
    ]
    _assert_harmless(text.render(report, RULES, color=False))


@given(st.text(), st.text(), st.integers(0, 20), st.integers(0, 20))
def test_any_text_is_harmless(quoted: str, told: str, start: int, length: int) -> None:
    source = Source("a.yaml", quoted)
    start = min(start, len(quoted))
    at = Span(source, start, min(start + length, len(quoted)))
    report = Report()
    report.findings = [Finding("some-rule", Severity.LOW, "fail", told, told, at, told, (Step(at, told),), told)]
    report.notices = [Notice("internal", told, told, at)]
    _assert_harmless(text.render(report, (), color=False))
    json_report.render(report, RULES, "0.1.0").encode("utf-8")


ORDINARY = st.text(st.sampled_from("ab: \t\n\r\"'é日😀"), max_size=80)
SECRETS = st.text(st.sampled_from("FAKE0123456789/+\n"), min_size=16, max_size=40)


@given(st.lists(st.tuples(ORDINARY, SECRETS), min_size=1, max_size=4), ORDINARY, st.data())
def test_no_secret_leaves(pieces: list[tuple[str, str]], tail: str, data: st.DataObject) -> None:
    content = ""
    hidden: list[tuple[int, int]] = []
    for before, secret in pieces:
        content += before
        hidden.append((len(content), len(content) + len(secret)))
        content += secret
    source = Source("a.yaml", content + tail)
    places = st.integers(0, len(source.text))
    spans = [Span(source, min(pair), max(pair)) for pair in data.draw(st.lists(st.tuples(places, places), max_size=4))]
    report = Report()
    report.hidden.hide([Span(source, start, end) for start, end in hidden])
    told = f"found {pieces[0][1]} here"
    report.findings = [
        Finding(
            "imdsv1-allowed", Severity.LOW, "fail", told, told, at, told, (Step(report.hidden.spans[0], told),), told
        )
        for at in (*report.hidden.spans, *spans)
    ]
    report.notices = [Notice("unreadable", "a.yaml", told, report.hidden.spans[0])]
    outputs = (
        text.render(report, RULES, color=False),
        json_report.render(report, RULES, "0.1.0"),
        sarif.render(report, RULES, "0.1.0"),
        concise.render(report, RULES, "0.1.0"),
        github.render(report, RULES, "0.1.0"),
        gitlab.render(report, RULES, "0.1.0"),
        junit.render(report, RULES, "0.1.0"),
        markdown.render(report, RULES, "0.1.0"),
        rdjson.render(report, RULES, "0.1.0"),
    )
    for _, secret in pieces:
        for half in (secret, secret[: len(secret) // 2], secret[len(secret) // 2 :]):
            # Within quoted JSON a line end is spelt out, in text it ends the line.
            for spelt in (half, half.replace("\n", "\\n"), half.replace("\n", " ")):
                assert not any(len(spelt.strip()) >= 8 and spelt.strip() in output for output in outputs)


@pytest.mark.parametrize(
    ("files", "launches", "undecided", "expected"),
    [
        ((0, 0, 0, 0, 0), (0, 0, 0, 0), 0, "No findings. No launches.\nNo files to check.\n"),
        ((0, 0, 0, 0, 2), (0, 0, 0, 0), 0, "No findings. No launches.\nNo files to check; 2 more excluded.\n"),
        ((1, 1, 0, 0, 0), (1, 1, 0, 0), 0, "No findings. 1 launch: 1 proven.\nChecked 1 of 1 file.\n"),
        (
            (3, 0, 2, 1, 1),
            (2, 0, 0, 2),
            1,
            "No findings. 2 launches: 2 undecided.\n"
            "Checked 0 of 3 files: 2 are not templates, 1 could not be read; 1 more excluded.\n"
            "1 verdict is undecided; --undecided lists it.\n",
        ),
        (
            (1, 1, 0, 0, 0),
            (0, 0, 0, 0),
            2,
            "No findings. No launches.\nChecked 1 of 1 file.\n2 verdicts are undecided; --undecided lists them.\n",
        ),
    ],
)
def test_sums(
    files: tuple[int, int, int, int, int], launches: tuple[int, int, int, int], undecided: int, expected: str
) -> None:
    report = Report()
    of = report.files
    of.found, of.checked, of.not_templates, of.unreadable, of.excluded = files
    report.launches.checked, report.launches.proven, report.launches.failed, report.launches.undecided = launches
    report.undecided = undecided
    assert text.render(report, RULES, color=False) == expected


def test_formats_are_the_same_for_any_hash_seed() -> None:
    program = (
        "from test_report_json import *; from iplint.report import text, json, sarif\n"
        "r = sample(); print(text.render(r, RULES, True), json.render(r, RULES, '1'), sarif.render(r, RULES, '1'))"
    )
    paths = [str(Path(__file__).parent), str(Path(iplint.__file__).parents[1])]
    outputs = {
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", f"import sys; sys.path[:0] = {paths}\n{program}"],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_text_imports_next_to_nothing() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(Path(iplint.__file__).parents[1])!r}); import iplint.report.text;"
        "print({'json', 'hashlib', 're', 'typing', 'unicodedata', 'urllib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_notices_that_no_verdict_rests_on_are_counted_by_cause() -> None:
    report = Report()
    report.notices = [
        *(Notice("unresolved", "main.tf", f"module m{n} is not here", cause=NoticeCause.MODULE) for n in range(9)),
        Notice("unsupported", "t.yaml", "the transform X is not expanded", cause=NoticeCause.MACRO),
        Notice("unresolved", "t.yaml", "something else"),
        Notice("unresolved", "main.tf", "module deciding is not here", cause=NoticeCause.MODULE, decides=True),
    ]
    shown = [format(report, [], "1") for format in (concise.render, github.render, gitlab.render, junit.render)]
    page = text.render(report, [], color=False)
    for output in (page, markdown.render(report, [], "1"), *shown):
        assert "module deciding is not here" in output
        assert "module m8" not in output
    sums = "12 places could not be followed: 10 modules are not here, 1 macro or transform is not expanded, 1 other"
    assert f"{sums} (-v lists them)." in page
    assert sums in github.render(report, [], "1")
    report.lists_notices = True
    assert "module m8" in text.render(report, [], color=False)
    assert f"{sums}." in text.render(report, [], color=False)
    assert "Not supported, so not checked:" in text.render(report, [], color=False)


def test_accepted_notices_are_only_counted() -> None:
    report = Report()
    report.notices = [Notice("unresolved", "main.tf", "module a is not here", cause=NoticeCause.MODULE, decides=True)]
    report.notices[0].accepted = True
    page = text.render(report, [], color=False)
    assert "module a is not here" not in page
    assert "1 that could not be followed is accepted." in page


def test_quiet_tells_findings_and_what_could_not_be_read() -> None:
    page = text.render(sample(), RULES, color=False, quiet=True)
    assert FULL.startswith(page.rstrip("\n"))
    assert page.endswith("x y.tf:2:7: an expression is missing\n")
    assert text.render(Report(), RULES, color=False, quiet=True) == ""


def test_statistics_stand_in_place_of_the_findings() -> None:
    report = sample()
    report.findings[0].fix = "safe"
    report.findings += report.findings[:1]
    page = text.render(report, RULES, color=False, statistics=True)
    assert page.startswith(
        """\
rule                   severity  findings  undecided  fixable  ignored
hardcoded-access-key   critical         1          -        -        -
role-without-ec2-trust high             2          -        2        -
""".replace("trust high", "trust  high")
        .replace("key   critical", "key    critical")
        .replace("rule   ", "rule    ")
    )
    assert "lambda.amazonaws.com" not in page
    assert "x y.tf:2:7: an expression is missing" in page
    assert page.endswith(f"{FULL.splitlines()[-1]}\n")
    assert text.render(Report(), RULES, color=False, statistics=True).startswith("No findings. No launches.")


def test_places_are_links_to_files_that_exist(tmp_path: Path) -> None:
    folder = tmp_path / "stacks" / "our web"
    folder.mkdir(parents=True)
    (folder / "größe [1].yaml").write_text("", encoding="utf-8")
    page = text.render(sample(), RULES, color=False, links=str(tmp_path))
    assert f"file://{tmp_path}/stacks/our%20web/gr%C3%B6%C3%9Fe%20%5B1%5D.yaml\x1b\\stacks/our web" in page
    assert "rolle.yaml\x1b" not in page
    assert re.sub(r"\x1b]8;;[^\x1b]*\x1b\\", "", page) == FULL


def test_no_path_ends_its_link(tmp_path: Path) -> None:
    name = "a\x1b\\\x07b;c\u202e.yaml"
    (tmp_path / name).write_text("", encoding="utf-8")
    report = Report()
    report.notices = [Notice("unreadable", name, "broken")]
    page = text.render(report, RULES, color=False, links=str(tmp_path))
    links = re.findall(r"\x1b]8;;([!-~]*)\x1b\\", page)
    assert len(links) == 2
    assert not re.search(r"[^\n -~\ufffd\u2400-\u2421]", re.sub(r"\x1b]8;;[!-~]*\x1b\\", "", page))
