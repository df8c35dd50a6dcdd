"""What earlier runs found stands only as long as everything it rests on is the same, and holds no secret."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, judged
from iplint.cache import directory_for
from iplint.cache.store import DAYS, NAME
from iplint.cli import run as run_here
from iplint.cli.caching import MIN_FILES
from iplint.cli.output import FORMATS
from test_baseline import Command
from test_secrets import KEY, PLANTED, kept_rows

Run = Callable[..., str]

ROLE = """\
resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({Statement = [{
    Effect = "Allow", Principal = {Service = "ec2.amazonaws.com"}, Action = "sts:AssumeRole"
  }]})
}
resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
output "profile" {
  value = aws_iam_instance_profile.app.name
}
"""
MODULE = """\
variable "tokens" {
  default = "required"
}
variable "profile" {}
variable "script" {
  default = ""
}
resource "aws_instance" "web" {
  iam_instance_profile = var.profile
  user_data            = var.script
  metadata_options {
    http_tokens = var.tokens
  }
}
"""
ROOT = """\
provider "aws" {}
variable "tokens" {
  default = "required"
}
module "role" {
  source = "../modules/role"
}
module "web" {
  source  = "../modules/web"
  tokens  = var.tokens
  profile = module.role.profile
  script  = fileexists("${path.module}/boot.sh") ? file("${path.module}/boot.sh") : templatefile("usual.tpl", {})
}
resource "aws_instance" "listed" {
  count                = length(fileset("${path.module}/hosts", "**/*.txt"))
  iam_instance_profile = module.role.profile
}
resource "aws_cloudformation_stack" "batch" {
  name          = "batch"
  template_body = file("${path.module}/batch.yaml")
}
"""
INSTALLED = 'provider "aws" {}\nmodule "far" {\n  source  = "a/b/aws"\n  profile = "known"\n}\n'
TERRAGRUNT = (
    'include {\n  path = find_in_parent_folders("common.hcl")\n}\nterraform {\n  source = "../modules/web"\n}\n'
)
PROFILE = "  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [app]}}\n"
INSTANCE = """\
  Web:
    Type: AWS::EC2::Instance
    Properties: {IamInstanceProfile: PROFILE, MetadataOptions: {HttpTokens: TOKENS}}
"""


def instance(profile: str, tokens: str = "required") -> str:
    return INSTANCE.replace("PROFILE", profile).replace("TOKENS", tokens)


FUNCTION = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {K: KEY}}}}}\n"
CALL = "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/iam/security-credentials/app\n"
FILES = {
    "modules/role/main.tf": ROLE,
    "modules/web/main.tf": MODULE,
    "live/main.tf": ROOT,
    "live/usual.tpl": CALL,
    "live/hosts/one.txt": "",
    "live/batch.yaml": "Resources:\n" + PROFILE + instance("!Ref Profile"),
    "installed/main.tf": INSTALLED,
    "installed/.terraform/modules/modules.json": json.dumps(
        {"Modules": [{"Key": "far", "Source": "registry.terraform.io/a/b/aws", "Dir": ".terraform/modules/far"}]}
    ),
    "installed/.terraform/modules/far/main.tf": MODULE,
    "other/main.tf": 'provider "aws" {}\nresource "aws_instance" "other" {\n  ami = "ami-1"\n}\n',
    "unit/terragrunt.hcl": TERRAGRUNT,
    "common.hcl": 'inputs = {\n  profile = "known"\n}\n',
    "outer.yaml": "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n"
    "    Properties: {TemplateURL: ./inner.yaml, Parameters: {Tokens: required}}\n",
    "inner.yaml": "Parameters: {Tokens: {Type: String, Type: String}}\nResources:\n"
    + PROFILE
    + instance("!Ref Profile", "!Ref Tokens"),
    "exports.yaml": "Resources:\n" + PROFILE + "Outputs: {Tokens: {Value: required, Export: {Name: tokens}}}\n",
    "imports.yaml": "Resources:\n" + PROFILE + instance("!Ref Profile", "!ImportValue tokens"),
    "includes.yaml": "Resources:\n"
    + PROFILE
    + "  Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./part.yaml}}\n",
    "part.yaml": instance("!Ref Profile").replace("\n  ", "\n").removeprefix("  "),
    "marked.yaml": "Resources:\n"
    + PROFILE
    + "  # iplint: ignore[imdsv1-allowed] it is old\n"
    + instance("!Ref Profile", "optional"),
    "image.pkr.hcl": 'source "amazon-ebs" "x" {\n  iam_instance_profile = "known"\n}\n'
    'build {\n  sources = ["amazon-ebs.x"]\n}\n',
    "broken/main.tf": 'provider "aws" {}\nresource "aws_instance" "web" {\n  ami = = 1\n}\n',
    "doubled.yaml": "Resources:\n" + instance("other, IamInstanceProfile: known"),
    "odd.yaml": "AWS::EC2::Instance: no template\n",
    "data/service.json": '{"Kind": "\\u0041WS::EC2::Instance"}',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with roots of all kinds, and files enough for a cache."""
    top = tmp_path / "repository"
    (top / ".git").mkdir(parents=True)
    for name, text in FILES.items():
        put(top, name, text)
    for number in range(MIN_FILES):
        put(top, f"data/{number}.json", "{}")
    return top


def put(top: Path, name: str, text: str) -> None:
    (top / name).parent.mkdir(parents=True, exist_ok=True)
    (top / name).write_text(text, encoding="utf-8")


@pytest.fixture
def run(iplint: Command, tree: Path, tmp_path: Path) -> Run:
    """The report on the tree, with a cache of its own; `verbose` gives what `-v` tells in its place."""

    def check(*arguments: str, verbose: bool = False, **environment: str) -> str:
        more = ("-v", "-o", os.devnull) if verbose else ("--format", "json", "--undecided")
        done = iplint("check", *more, *arguments, cwd=tree, IPLINT_CACHE_DIR=str(tmp_path / "cache"), **environment)
        assert done.returncode in (0, 1, 3)
        return done.stderr if verbose else done.stdout

    return check


def counts(told: str) -> tuple[int, int]:
    """How many roots were judged, and how many recalled, by what `-v` tells."""
    [line] = [line for line in told.splitlines() if "roots checked" in line]
    judged, recalled = (int(word) for word in line.split() if word.isdigit())
    return judged, recalled


def test_the_next_run_says_the_same_and_judges_nothing_anew(run: Run, tree: Path) -> None:
    first = run()
    assert json.loads(first)["summary"]["launches"]["failed"] > 1
    assert run() == first == run("--no-cache")
    judged, recalled = counts(run(verbose=True))
    assert recalled >= 10
    assert judged == 1, "what Packer builds is judged in every run"


def test_every_format_says_the_same(iplint: Command, tmp_path: Path) -> None:
    """The page of HTML needs proofs, for which every root is checked anew."""
    formats = [format for format in FORMATS if format != "html"]
    runs: list[tuple[int, dict[str, str]]] = []
    for name, more in (("plain", ("--no-cache",)), ("first", ()), ("second", ())):
        directory = tmp_path / name
        directory.mkdir()
        outputs = [f"{format}:{directory / format}" for format in formats]
        done = iplint(
            "check",
            *map(str, sorted(FIXTURES.iterdir())[::2]),
            str(FIXTURES.parent / "cdk"),
            *("--select", "all", "--undecided", "--quiet", *more),
            *(part for output in outputs for part in ("--output", output)),
            IPLINT_CACHE_DIR=str(tmp_path / "cache"),
        )
        written = {format: (directory / format).read_text(encoding="utf-8") for format in formats}
        runs.append((done.returncode, {**written, "text": done.stdout}))
    assert all(runs[0][1].values())
    assert runs[0] == runs[1] == runs[2]


def changes() -> Iterator[tuple[str, Callable[[Path], object]]]:
    """What may happen to a tree between two runs, each of which a report has to show."""

    def replaced(name: str, old: str, new: str) -> Callable[[Path], object]:
        def change(top: Path) -> None:
            text = (top / name).read_text(encoding="utf-8")
            assert old in text
            put(top, name, text.replace(old, new))

        return change

    def added(name: str, text: str) -> Callable[[Path], object]:
        return lambda top: put(top, name, text)

    def gone(name: str) -> Callable[[Path], object]:
        return lambda top: (top / name).unlink()

    def linked(name: str, target: str) -> Callable[[Path], object]:
        def change(top: Path) -> None:
            (top / name).unlink()
            (top / name).symlink_to(target)

        return change

    yield "a root", replaced("other/main.tf", "ami-1", 'ami-1"\n  iam_instance_profile = "x')
    yield "a module", replaced("modules/web/main.tf", '"required"', '"optional"')
    yield "a role in a module", replaced("modules/role/main.tf", "ec2.amazonaws", "lambda.amazonaws")
    yield "a module is gone", gone("modules/role/main.tf")
    yield "a file beside a module", added("modules/role/more.tf", 'resource "aws_instance" "more" {}\n')
    yield "an override", added("modules/web/web_override.tf", 'variable "tokens" {\n  default = "optional"\n}\n')
    yield "values that count by their name", added("live/x.auto.tfvars", 'tokens = "optional"\n')
    yield "values that do not count", added("live/x.tfvars", 'tokens = "optional"\n')
    yield "a file that was asked for and not there", added("live/boot.sh", f"export AWS_ACCESS_KEY_ID={KEY}\n")
    yield "a template", replaced("live/usual.tpl", "curl", "echo")
    yield "a template that does not parse", added("live/usual.tpl", CALL + "${")
    yield "a file more in a directory that is listed", added("live/hosts/deep/two.txt", "")
    yield "a template that Terraform deploys", replaced("live/batch.yaml", "required", "optional")
    yield "such a template is gone", gone("live/batch.yaml")
    yield "an installed module", replaced("installed/.terraform/modules/far/main.tf", '"required"', '"optional"')
    yield "the list of installed modules", gone("installed/.terraform/modules/modules.json")
    yield "what a unit includes", replaced("common.hcl", '"known"', "null")
    yield "a nearer file that a unit includes", added("unit/../common.hcl", 'inputs = {\n  tokens = "optional"\n}\n')
    yield "a unit", added("unit/terragrunt.hcl", TERRAGRUNT + 'inputs = {\n  tokens = "optional"\n}\n')
    yield "a nested template", replaced("inner.yaml", "!Ref Tokens", "optional")
    yield "a nested template is gone", gone("inner.yaml")
    yield "a template that nests", replaced("outer.yaml", "Tokens: required", "Tokens: optional")
    yield "an export", replaced("exports.yaml", "Value: required", "Value: optional")
    yield "another export", added("more.yaml", "Resources: {}\nOutputs: {T: {Value: x, Export: {Name: tokens}}}\n")
    yield "the exporting template is nested now", replaced("outer.yaml", "./inner.yaml", "./exports.yaml")
    yield "what is included", replaced("part.yaml", "required", "optional")
    yield "what is included is gone", gone("part.yaml")
    yield "a template becomes a link", linked("part.yaml", "inner.yaml")
    yield "a link out of the repository", linked("live/usual.tpl", "/etc/hostname")
    yield (
        "a comment that ignores",
        replaced("marked.yaml", "ignore[imdsv1-allowed]", "ignore[missing-instance-profile]"),
    )
    yield "the reason to ignore", replaced("marked.yaml", "# iplint: ignore[imdsv1-allowed] it is old", "#")
    yield "a file that could not be read", replaced("broken/main.tf", "= = 1", '= "ami-1"')
    yield "a file that can no longer be read", replaced("other/main.tf", '"ami-1"', '"ami-1')
    yield "no template becomes one", added("odd.yaml", "Resources:\n" + instance("x", "optional"))
    yield (
        "no linked template becomes one",
        added("data/service.json", '{"Resources": {"A": {"Type": "\\u0041WS::EC2::Instance"}}}'),
    )
    yield "what Packer builds", replaced("image.pkr.hcl", '"known"', '""')
    yield (
        "a caller that is new",
        added("new/main.tf", 'module "web" {\n  source  = "../modules/web"\n  profile = null\n}\n'),
    )
    yield "a configuration", added("iplint.toml", 'exclude = ["live"]\n')
    yield "what is known of the account", added("iplint.toml", 'accepted-profiles = ["known"]\n')


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in changes()])
def test_every_change_is_seen(run: Run, tree: Path, change: Callable[[Path], object]) -> None:
    before = run()
    change(tree)
    after = run("--no-cache")
    assert run() == after != before
    assert run() == after


@pytest.mark.parametrize(
    "arguments",
    [
        ("--select", "all"),
        ("--ignore", "imdsv1-allowed"),
        ("--var", "tokens=optional"),
        ("--parameter", "Tokens=optional"),
        ("--exclude", "inner.yaml"),
        ("--var-file", "live/given.tfvars"),
        ("--var-env",),
        ("--no-ignores",),
        ("live", "modules"),
    ],
    ids=" ".join,
)
def test_what_is_asked_counts(run: Run, tree: Path, arguments: tuple[str, ...]) -> None:
    put(tree, "live/given.tfvars", 'tokens = "optional"\n')
    usual = run()
    asked = run("--no-cache", *arguments, TF_VAR_tokens="optional")
    assert run(*arguments, TF_VAR_tokens="optional") == asked == run(*arguments, TF_VAR_tokens="optional")
    assert run() == usual
    if arguments != ("--parameter", "Tokens=optional"):
        assert asked != usual


def test_the_values_in_a_named_file_count(run: Run, tree: Path) -> None:
    put(tree, "live/given.tfvars", 'tokens = "required"\n')
    before = run("--var-file", "live/given.tfvars")
    put(tree, "live/given.tfvars", 'tokens = "optional"\n')
    assert run("--var-file", "live/given.tfvars") == run("--no-cache", "--var-file", "live/given.tfvars") != before


def test_another_working_directory_is_another_run(iplint: Command, tree: Path, tmp_path: Path) -> None:
    shared = {"IPLINT_CACHE_DIR": str(tmp_path / "cache")}
    for _ in range(2):
        inside = iplint("check", ".", "--format", "concise", cwd=tree, **shared).stdout
        outside = iplint("check", "repository", "--format", "concise", cwd=tmp_path, **shared).stdout
        assert "\nother/main.tf:" in inside
        assert "\nrepository/other/main.tf:" in outside


def test_only_what_depends_on_a_change_is_judged_anew(run: Run, tree: Path) -> None:
    assert counts(run(verbose=True))[1] == 0
    put(tree, "other/main.tf", FILES["other/main.tf"] + "\n")
    judged, recalled = counts(run(verbose=True))
    assert (judged, recalled >= 8) == (2, True), "the root, and what Packer builds"
    put(tree, "modules/web/main.tf", MODULE + "\n")
    assert counts(run(verbose=True))[0] == 3, "two call the module"


def test_directories_that_call_each_other_are_one_tree(iplint: Command, tree: Path, tmp_path: Path) -> None:
    told = [
        iplint("check", "-v", "data", "live", "modules", cwd=tree, IPLINT_CACHE_DIR=str(tmp_path / "cache")).stderr
        for _ in range(2)
    ]
    # Each of them can be deployed by itself.
    assert [counts(one) for one in told] == [(2, 0), (0, 2)]


def test_a_code_that_differs_is_another_run(tmp_path: Path, run: Run, tree: Path, iplint: Command) -> None:
    """A rule of another version may find something else."""
    run()
    copied = tmp_path / "code"
    top = Path(__file__).parents[1]
    for name in ("linter", "rules"):
        (copied / name).mkdir(parents=True)
        for path in sorted((top / name).rglob("*.py")):
            put(copied, str(path.relative_to(top)), path.read_text(encoding="utf-8"))
    path = copied / "rules" / "iplint_rules" / "imdsv1_allowed.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    told = iplint(
        "check",
        "-v",
        cwd=tree,
        IPLINT_CACHE_DIR=str(tmp_path / "cache"),
        PYTHONPATH=os.pathsep.join((str(copied / "linter"), str(copied / "rules"))),
    ).stderr
    assert counts(told)[1] == 0


# Secrets


def test_nothing_is_kept_where_a_secret_was_found(run: Run, tree: Path, tmp_path: Path) -> None:
    put(tree, "live/boot.sh", "".join(f"export X={secret}\n" for secret in PLANTED))
    put(
        tree,
        "keys.yaml",
        FUNCTION.replace("KEY", KEY),
    )
    # The same key as a name, in a root in which it is none: what its findings tell would repeat it.
    put(tree, "named.yaml", f"Resources:\n{instance('x', 'optional').replace('Web', KEY)}")
    first = run()
    kept = kept_rows(tmp_path / "cache")
    assert kept
    assert not [row for row in kept if any(secret[4:] in row for secret in PLANTED)]
    assert run() == first
    assert (tmp_path / "cache" / NAME).read_bytes().find(KEY[4:].encode()) < 0


# What may be wrong with a cache


def damages() -> Iterator[tuple[str, Callable[[Path], object]]]:
    def altered(statement: str) -> Callable[[Path], object]:
        def change(directory: Path) -> None:
            connection = sqlite3.connect(directory / NAME)
            connection.execute(statement)
            connection.commit()
            connection.close()

        return change

    whole = zlib.compress(b'[[], "", []]').hex()
    yield "no database", lambda directory: (directory / NAME).write_bytes(b"no database" * 1000)
    yield "cut off", lambda directory: os.truncate(directory / NAME, 5000)
    yield "another table", altered("DROP TABLE roots")
    yield "rows that are not compressed", altered("UPDATE roots SET row = x'00'")
    yield "rows that are not JSON", altered(f"UPDATE roots SET row = x'{zlib.compress(b'[').hex()}'")
    yield "rows with other parts", altered(f"UPDATE roots SET row = x'{whole}'")
    yield "a directory in its place", lambda directory: ((directory / NAME).unlink(), (directory / NAME).mkdir())


@pytest.mark.parametrize("damage", [pytest.param(damage, id=name) for name, damage in damages()])
def test_a_damaged_cache_costs_no_more_than_itself(
    run: Run, tree: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    first = run()
    damage(tmp_path / "cache")
    assert run() == first
    assert run() == first


def test_rows_of_another_kind_are_not_taken(run: Run, tree: Path, tmp_path: Path) -> None:
    """Answers that fit, and beside them something that no run writes."""
    first = run()
    connection = sqlite3.connect(tmp_path / "cache" / NAME)
    for key, row in connection.execute("SELECT key, row FROM roots").fetchall():
        asks, answers, kept = json.loads(zlib.decompress(row))
        wrong = kept[:-1] if isinstance(kept, list) and kept else [1]
        if isinstance(kept, list) and len(kept) == 7 and kept[1]:
            wrong = [kept[0], [[*kept[1][0][:2], 99, *kept[1][0][3:]]], *kept[2:]]
        text = json.dumps([asks, answers, wrong]).encode()
        connection.execute("UPDATE roots SET row = ? WHERE key = ?", (zlib.compress(text), key))
    connection.commit()
    connection.close()
    assert json.loads(run())["summary"]["launches"] == json.loads(first)["summary"]["launches"]


def test_a_directory_that_cannot_be_made_costs_nothing(iplint: Command, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    plain = iplint("check", "--no-cache", cwd=tree)
    done = iplint("check", cwd=tree, IPLINT_CACHE_DIR=str(tmp_path / "file" / "cache"))
    assert (done.stdout, done.stderr, done.returncode) == (plain.stdout, plain.stderr, plain.returncode)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_directory_that_others_may_write_is_not_trusted(run: Run, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)
    assert f"nothing is kept in {tmp_path / 'cache'}" in run(verbose=True)
    assert not list((tmp_path / "cache").iterdir())
    (tmp_path / "cache").chmod(0o755)
    assert "nothing is kept" not in run(verbose=True)
    assert list((tmp_path / "cache").iterdir())


def test_what_a_change_may_bring_along_is_not_trusted(iplint: Command, tree: Path) -> None:
    told = iplint("check", "-v", cwd=tree, IPLINT_CACHE_DIR=str(tree / "cache")).stderr
    assert f"nothing is kept in {tree / 'cache'}: it lies in what is checked" in told
    assert not (tree / "cache").exists()


def test_runs_beside_each_other_say_the_same(run: Run, tree: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: run(), range(4)))
    assert set(reports) == {run("--no-cache")}
    assert counts(run(verbose=True))[0] == 1


def test_what_nobody_asks_for_goes(run: Run, tree: Path, tmp_path: Path) -> None:
    run()
    before = len(kept_rows(tmp_path / "cache"))
    connection = sqlite3.connect(tmp_path / "cache" / NAME)
    connection.execute(f"UPDATE roots SET used = used - {DAYS + 1}")
    connection.commit()
    connection.close()
    (tree / "other" / "main.tf").unlink()
    run()
    assert 0 < len(kept_rows(tmp_path / "cache")) < before


# When there is none


@pytest.mark.parametrize(
    "arguments",
    [("--no-cache",), ("outer.yaml",), ("--diff",), ("live",)],
    ids=["not wanted", "a named file", "a fix", "few files"],
)
def test_nothing_is_kept_when_it_is_not_wanted_or_not_worth_it(
    iplint: Command, tree: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    iplint("check", *arguments, cwd=tree, IPLINT_CACHE_DIR=str(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_rules_of_ones_own_are_run_each_time(iplint: Command, tree: Path, tmp_path: Path) -> None:
    own = Path(__file__).parents[1] / "docs" / "own-rules"
    iplint("check", "--rules", str(own), cwd=tree, IPLINT_CACHE_DIR=str(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_a_baseline_is_written_from_what_is_known(iplint: Command, tree: Path, tmp_path: Path) -> None:
    shared = {"IPLINT_CACHE_DIR": str(tmp_path / "cache")}
    iplint("check", cwd=tree, **shared)
    iplint("baseline", "-o", "known.json", cwd=tree, **shared)
    iplint("baseline", "--no-cache", "-o", "anew.json", cwd=tree, **shared)
    assert (tree / "known.json").read_bytes() == (tree / "anew.json").read_bytes()
    done = iplint("check", "--baseline", "known.json", "--format", "json", cwd=tree, **shared)
    assert json.loads(done.stdout)["findings"] == []


def test_fixes_are_made_though_the_findings_are_known(iplint: Command, tree: Path, tmp_path: Path) -> None:
    shared = {"IPLINT_CACHE_DIR": str(tmp_path / "cache")}
    put(tree, "open.yaml", "Resources:\n" + PROFILE + instance("!Ref Profile", "optional"))
    iplint("check", cwd=tree, **shared)
    iplint("check", "--fix", cwd=tree, **shared)
    assert "HttpTokens: required" in (tree / "open.yaml").read_text(encoding="utf-8")
    assert "open.yaml" not in iplint("check", "--format", "concise", cwd=tree, **shared).stdout


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", "/home/me/.cache/iplint"),
        ({"XDG_CACHE_HOME": "/var/cache/me"}, "linux", "/var/cache/me/iplint"),
        ({"XDG_CACHE_HOME": "relative"}, "linux", "/home/me/.cache/iplint"),
        ({}, "darwin", "/home/me/Library/Caches/iplint"),
        ({"IPLINT_CACHE_DIR": "/elsewhere"}, "darwin", "/elsewhere"),
        ({"IPLINT_CACHE_DIR": ""}, "linux", None),
        ({}, "win32", None),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="these are paths of POSIX")
def test_the_directory_is_the_one_that_a_system_has_for_it(
    environment: dict[str, str], platform: str, expected: str | None
) -> None:
    assert directory_for(environment, platform, "/home/me") == expected


def test_without_a_home_there_is_no_directory() -> None:
    assert directory_for({}, "linux", "~") is None


def test_the_tree_of_these_tests_has_what_it_should(tree: Path) -> None:
    """Were something here not read, a change to it would be seen for another reason."""
    report = judged(tree)
    assert {notice.path for notice in report.notices if notice.kind == "unreadable"} == {"broken/main.tf"}
    assert report.launches.checked >= 9


# Whatever happens between two runs

SWAPS = (
    ("required", "optional"),
    ("optional", "required"),
    ("ec2.", "ecs."),
    ("../", "./"),
    ("./", "../"),
    ("var.", "local."),
    ("module", "modulf"),
    ("!Ref", "!Reff"),
    ("Export", "Expor"),
    ("ImportValue", "ImportValu"),
    ("AWS::EC2", "AWS::ECX"),
    ("known", ""),
    ('"', ""),
    ("{", ""),
    ("\n", ""),
)
NAMES = ("boot.sh", "x.auto.tfvars", "zz_override.tf", "more.tf", "inner.yaml", "part.yaml", "usual.tpl", "common.hcl")


def replace(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")


def edit(data: st.DataObject, top: Path) -> None:
    """Something that people, or their tools, do to the files of a repository."""
    paths = sorted(
        path for name in ("*.tf", "*.y*ml", "*.hcl", "*.tpl", "*.t*t", "modules.json") for path in top.rglob(name)
    )
    path, other = data.draw(st.sampled_from(paths)), data.draw(st.sampled_from(paths))
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    match data.draw(st.sampled_from(("swap", "swap", "swap", "copy", "move", "remove", "cut", "link"))):
        case "swap":
            old, new = data.draw(st.sampled_from([pair for pair in SWAPS if pair[0] in text] or [("", "#")]))
            at = data.draw(st.integers(1, max(1, text.count(old)))) if old else 1
            parts = text.split(old) if old else ["", text]
            replace(path, old.join(parts[:at]) + new + old.join(parts[at:]))
        case "copy":
            replace(other.parent / data.draw(st.sampled_from((path.name, *NAMES))), text)
        case "move":
            path.rename(other.parent / data.draw(st.sampled_from((path.name, *NAMES))))
        case "remove":
            path.unlink()
        case "cut":
            replace(path, text[: len(text) // 2])
        case _:
            path.unlink()
            path.symlink_to(os.path.relpath(other, path.parent))


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_a_run_says_what_one_without_a_cache_says(
    monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    with TemporaryDirectory() as directory:
        top = Path(directory, "repository")
        (top / ".git").mkdir(parents=True)
        for name, text in FILES.items():
            put(top, name, text)
        monkeypatch.setattr("iplint.cli.caching.MIN_FILES", 1)
        monkeypatch.setenv("IPLINT_CACHE_DIR", str(Path(directory, "cache")))
        out = Path(directory, "report.json")

        def report(*arguments: str) -> str:
            run_here(["check", str(top), "--format", "json", "--undecided", "-o", str(out), *arguments])
            return out.read_text(encoding="utf-8")

        report()
        for _ in range(4):
            edit(data, top)
            assert report() == report("--no-cache")
