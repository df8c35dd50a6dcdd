"""Repositories of a fleet: where they are, how they are unpacked and checked, and what is kept of a run.

Clusters are tested in test_fleet_cluster.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iplint.cli import run
from iplint.fleet.groups import GroupError
from iplint.fleet.groups import parsed as groups_of
from iplint.fleet.journal import Journal, JournalError, line_of, read
from iplint.fleet.layout import Checkout, LayoutError
from iplint.fleet.repository import ARCHIVE, CHECKED, DIRECTORY, FAILED, GIT, SAME, Answer, Limits, Repository
from iplint.fleet.sources import SourceError, found
from iplint.fleet.storage import shown
from iplint.fleet.summary import Report, Trend
from iplint.fleet.unpacking import NOWHERE, Target, UnpackError, unpack

TEMPLATE = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0abcdef1234567890}
"""
KEY = "AKIAIOSFODNN7FAKEKEY"
LIMITS = Limits(60, 2 << 30, 1 << 20, 100)


# Unpacking

Entry = tarfile.TarInfo | tuple[str, bytes]


def tar(path: Path, *entries: Entry, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # the mode is one of those that there are
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry)
            else:
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                archive.addfile(info, io.BytesIO(entry[1]))
    return path


def special(name: str, type: bytes, leads: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type, leads
    return info


def zipped(path: Path, *entries: tuple[str, bytes, int]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return path


def unpacked(path: Path, limits: Limits = LIMITS) -> tuple[Path, Target]:
    target = path.parent / "target"
    target.mkdir()
    made = Target(str(target), limits)
    return Path(unpack(str(path), made, path.name)), made


def tree(top: Path) -> dict[str, str]:
    """The files of a directory with their content, and the links with where they lead."""
    return {
        path.relative_to(top).as_posix(): f"-> {os.readlink(path)}" if path.is_symlink() else path.read_text("utf-8")
        for path in sorted(top.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize("name", ["r.tar", "r.tar.gz", "r.tgz", "r.tar.bz2", "r.tar.xz", "R.TGZ"])
def test_an_archive_is_unpacked(tmp_path: Path, name: str) -> None:
    mode = {"tar": "w", "bz2": "w:bz2", "xz": "w:xz"}.get(name.rpartition(".")[2], "w:gz")
    at, target = unpacked(tar(tmp_path / name, ("a.yaml", b"a"), ("d/b.tf", b"b"), ("a.yaml", b"later"), mode=mode))
    assert tree(at) == {"a.yaml": "later", "d/b.tf": "b"}
    assert target.left_out == []


def test_a_zip_is_unpacked_with_its_links(tmp_path: Path) -> None:
    entries = ("d/a.yaml", b"a", 0o100644), ("l.yaml", b"d/a.yaml", 0o120777), ("plain", b"p", 0)
    at, target = unpacked(zipped(tmp_path / "r.zip", *entries))
    assert tree(at) == {"d/a.yaml": "a", "l.yaml": "-> d/a.yaml", "plain": "p"}
    assert target.left_out == []


def test_what_git_keeps_is_not_unpacked(tmp_path: Path) -> None:
    at, target = unpacked(tar(tmp_path / "r.tgz", (".git/config", b"x"), ("d/.GIT/hooks/y", b"y"), ("a.tf", b"a")))
    assert tree(at) == {"a.tf": "a"}
    assert target.left_out == []


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (("/etc/passwd", b"x"), "absolute"),
        (("../x", b"x"), "leads out"),
        (("a/../../x", b"x"), "leads out"),
        (special("fifo", tarfile.FIFOTYPE), "device"),
        (special("null", tarfile.CHRTYPE), "device"),
        (special("hard", tarfile.LNKTYPE, "not-there"), "hard link"),
        (("x" * 300, b"x"), "cannot be written"),
        (("a.yaml/b", b"x"), "cannot be written"),
        (("/".join("d" * 300), b"x"), "directories"),
    ],
)
def test_an_entry_that_must_not_be_written_is_left_out_and_named(tmp_path: Path, entry: Entry, why: str) -> None:
    at, target = unpacked(tar(tmp_path / "r.tar", ("a.yaml", b"a"), entry, mode="w"))
    assert tree(at) == {"a.yaml": "a"}
    assert [why in reason for _, reason in target.left_out] == [True]
    assert {path.name for path in tmp_path.iterdir()} == {"r.tar", "target"}


@pytest.mark.parametrize(
    "links",
    [
        [("l", "/etc")],
        [("l", "..")],
        [("d/e/l", "../../..")],
        [("d/e/up", "../.."), ("d/e/out", "up/../secret")],
        [("d/e/out", "up/../secret"), ("d/e/up", "../..")],
    ],
)
def test_no_link_leads_out(tmp_path: Path, links: list[tuple[str, str]]) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    entries = [special(name, tarfile.SYMTYPE, leads) for name, leads in links]
    at, _ = unpacked(tar(tmp_path / "r.tgz", ("d/e/a.yaml", b"a"), *entries))
    inside = os.path.join(os.path.realpath(at), "")
    for path in at.rglob("*"):
        if path.is_symlink() and os.readlink(path) != NOWHERE:
            assert os.path.join(os.path.realpath(path), "").startswith(inside)
    assert any(path.is_symlink() and os.readlink(path) == NOWHERE for path in at.rglob("*"))


@pytest.mark.parametrize("leads", ["/tmp", "..", "d"])  # nothing is written there
def test_nothing_is_written_through_a_link(tmp_path: Path, leads: str) -> None:
    at, target = unpacked(
        tar(tmp_path / "r.tgz", ("d/a", b"a"), special("l", tarfile.SYMTYPE, leads), ("l/x.yaml", b"x"))
    )
    assert tree(at)["l/x.yaml"] == "x"
    assert not (at / "l").is_symlink()
    assert [name for name, _ in target.left_out] == ["l"]


def test_no_directory_is_made_through_a_link(tmp_path: Path) -> None:
    links = [special("l", tarfile.SYMTYPE, ".."), special("l/made/m", tarfile.SYMTYPE, "a")]
    _, target = unpacked(tar(tmp_path / "r.tgz", ("a", b"a"), *links))
    assert not (tmp_path / "made").exists()
    assert [name for name, _ in target.left_out] == ["l/made/m"]


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([("big", bytes(2 << 20))], "more than 1 MiB"),
        ([(f"f{number}", b"") for number in range(101)], "more than 100 entries"),
        ([(f"d{number}/", b"") for number in range(101)], "more than 100 entries"),
    ],
)
@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_a_bomb_is_an_error(tmp_path: Path, kind: str, entries: list[tuple[str, bytes]], why: str) -> None:
    path = tmp_path / f"r.{kind}"
    made = zipped(path, *((*entry, 0) for entry in entries)) if kind == "zip" else tar(path, *entries)
    with pytest.raises(UnpackError, match=why):
        unpacked(made)


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.xz", "tar.bz2", "zip"])
def test_an_archive_that_is_cut_off_anywhere_is_an_error(tmp_path: Path, kind: str) -> None:
    mode = {"tar": "w", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}.get(kind, "w:gz")
    whole = tmp_path / f"whole.{kind}"
    if kind == "zip":
        zipped(whole, *((f"f{number}.yaml", os.urandom(400), 0) for number in range(4)))
    else:
        tar(whole, *((f"f{number}.yaml", os.urandom(400)) for number in range(4)), mode=mode)
    data = whole.read_bytes()
    # Tar pads what it writes; what holds two empty blocks is complete.
    end = 4 * 1024 + 512 if kind == "tar" else len(data)
    for length in {*range(0, end, 97), *range(end - 20, end), *(range(0, end, 512) if kind == "tar" else ())}:
        top = tmp_path / str(length)
        top.mkdir()
        (top / f"r.{kind}").write_bytes(data[:length])
        with pytest.raises(UnpackError, match="damaged or incomplete"):
            unpacked(top / f"r.{kind}")


def test_an_archive_with_other_bytes_in_the_middle_is_an_error(tmp_path: Path) -> None:
    data = bytearray(tar(tmp_path / "r.tar", ("a.yaml", b"a"), ("b.yaml", b"b"), mode="w").read_bytes())
    data[1024:1536] = b"x" * 512
    (tmp_path / "r.tar").write_bytes(data)
    with pytest.raises(UnpackError, match="damaged"):
        unpacked(tmp_path / "r.tar")


@pytest.mark.parametrize("at", [30, -6])
def test_an_archive_whose_checksum_differs_is_an_error(tmp_path: Path, at: int) -> None:
    data = bytearray(tar(tmp_path / "r.tgz", ("a.yaml", os.urandom(100))).read_bytes())
    data[at] ^= 0xFF
    (tmp_path / "r.tgz").write_bytes(data)
    with pytest.raises(UnpackError, match="damaged"):
        unpacked(tmp_path / "r.tgz")


def test_an_encrypted_zip_is_an_error(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "r.zip", ("a.yaml", b"a", 0)).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "r.zip").write_bytes(data)
    with pytest.raises(UnpackError, match="encrypted"):
        unpacked(tmp_path / "r.zip")


@pytest.mark.parametrize(
    ("name", "inner", "is_top"),
    [
        ("web.tar.gz", "web", True),
        ("web.tar.gz", "web-1a2b3c4", True),
        ("web.tar.gz", "company-web-1a2b3c4d", True),
        ("main.zip", "web-main", True),
        ("web.tar.gz", "templates", False),
    ],
)
def test_the_directory_that_a_forge_adds_is_the_repository(tmp_path: Path, name: str, inner: str, is_top: bool) -> None:
    path = tmp_path / name
    if name.endswith(".zip"):
        zipped(path, (f"{inner}/a.yaml", b"a", 0))
    else:
        tar(path, (f"{inner}/a.yaml", b"a"))
    assert tree(unpacked(path)[0]) == {"a.yaml" if is_top else f"{inner}/a.yaml": "a"}


# Sources


def git(top: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=top, check=True, capture_output=True)


def repository(top: Path, files: dict[str, str], *, bare: Path | None = None) -> Path:
    """Make a git repository, and a bare clone of it."""
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    git(top, "init", "-q")
    git(top, "add", "-A")
    git(top, "commit", "-qm", "x")
    if bare is not None:
        git(top, "clone", "-q", "--bare", ".", str(bare))
    return top


def named(*sources: str | Path) -> dict[str, str]:
    return {one.name: one.kind for one in found([str(source) for source in sources], os.getcwd()).repositories}


def test_a_directory_holds_repositories_of_all_kinds(tmp_path: Path) -> None:
    repository(tmp_path / "work", {"a.yaml": TEMPLATE}, bare=tmp_path / "team" / "bare.git")
    (tmp_path / "team" / "plain").mkdir()
    (tmp_path / "team" / "plain" / "a.yaml").write_text(TEMPLATE, encoding="utf-8")
    tar(tmp_path / "team" / "packed.tar.gz", ("a.yaml", b"a"))
    (tmp_path / "note.txt").write_text("", encoding="utf-8")
    expected = {"work": DIRECTORY, "team/bare": GIT, "team/packed": ARCHIVE, "team/plain": DIRECTORY}
    assert named(tmp_path) == expected
    assert named(tmp_path / "team" / "bare.git", tmp_path / "team" / "packed.tar.gz") == {
        "bare": GIT,
        "packed": ARCHIVE,
    }
    assert named(tmp_path / "work") == {"work": DIRECTORY}


def test_a_directory_without_any_repository_holds_plain_ones_or_is_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text("", encoding="utf-8")
    assert named(tmp_path) == {"one": DIRECTORY, "two": DIRECTORY}
    assert named(tmp_path / "one") == {"one": DIRECTORY}
    (tmp_path / "web.yaml").write_text(TEMPLATE, encoding="utf-8")
    assert named(tmp_path) == {tmp_path.name: DIRECTORY}


def test_what_belongs_to_no_repository_is_named(tmp_path: Path) -> None:
    repository(tmp_path / "one", {"a.yaml": TEMPLATE})
    (tmp_path / "loose.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    result = found([str(tmp_path)], os.getcwd())
    assert [note.rpartition("/")[2] for note in result.notes] == [
        "link is a link, and is not followed",
        "loose.yaml belongs to no repository, and is not checked",
    ]


def test_an_archive_that_belongs_to_a_directory_is_no_repository(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "code").mkdir(parents=True)
        (tmp_path / name / "main.tf").write_text("", encoding="utf-8")
        tar(tmp_path / name / "code.tar.gz")
        tar(tmp_path / name / "code" / "more.tar.gz")
    result = found([str(tmp_path)], os.getcwd())
    assert [(one.name, one.kind) for one in result.repositories] == [("one", DIRECTORY), ("two", DIRECTORY)]
    assert ["holds archives beside other files" in note for note in result.notes] == [True, True]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_in_the_place_of_an_archive_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tar(tmp_path / "a.tar.gz", ("a.yaml", b""))
    os.mkfifo(tmp_path / "b.tar.gz")
    monkeypatch.chdir(tmp_path)
    listed = found([str(tmp_path)], str(tmp_path))
    assert [repository.name for repository in listed.repositories] == ["a"]
    assert listed.notes == ["b.tar.gz is not a regular file, and is not checked"]


def test_repositories_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        repository(tmp_path / name / "web", {"a.yaml": TEMPLATE})
    both = named(tmp_path / "one" / "web", tmp_path / "two" / "web", tmp_path / "one" / "web")
    assert sorted(both) == [str(tmp_path / "one" / "web"), str(tmp_path / "two" / "web")]
    (tmp_path / "mixed").mkdir()
    tar(tmp_path / "mixed" / "a.tar.gz")
    zipped(tmp_path / "mixed" / "a.zip")
    assert len(named(tmp_path / "mixed")) == 2


def test_names_are_printable_and_hold_no_key(tmp_path: Path) -> None:
    for name in (b"a\x1b[31m", b"b\xff", b"c\nd", KEY.encode()):
        os.makedirs(os.path.join(os.fsencode(tmp_path), name, b".git"))
    names = list(named(tmp_path))
    assert len(names) == 4
    assert all((name.isprintable() and name.isascii()) or name.startswith("a") for name in names)
    assert KEY not in "".join(names)


@pytest.mark.parametrize("source", ["missing", "note.txt", "empty"])
def test_a_source_without_a_repository_is_an_error(
    tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text("", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=source):
        found([source], str(tmp_path))


def test_an_address_is_shown_without_credentials_and_query() -> None:
    assert shown("https://user:fake@host/a.tar.gz?X-Amz-Signature=fake#x") == "https://host/a.tar.gz"


# Layout


def laid_out(kind: str, path: Path, tmp_path: Path) -> Path:
    place = tmp_path / "place"
    place.mkdir(exist_ok=True)
    return Path(Checkout(kind, str(path), str(place), LIMITS).layout())


def test_the_commit_at_head_of_a_bare_repository_is_laid_out(tmp_path: Path) -> None:
    files = {"a.yaml": TEMPLATE, "d/b.tf": "", ".gitattributes": "*.yaml export-ignore filter=x\n"}
    work = repository(tmp_path / "work", files)
    (work / "link").symlink_to("d/b.tf")
    (work / "out").symlink_to("/etc/hosts")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "links")
    bare = tmp_path / "bare.git"
    git(work, "clone", "-q", "--bare", ".", str(bare))
    git(bare, "config", "filter.x.smudge", f"touch {tmp_path}/ran")
    at = laid_out(GIT, bare, tmp_path)
    assert tree(at) == {**files, "link": "-> d/b.tf", "out": f"-> {NOWHERE}"}
    assert not (tmp_path / "ran").exists()


def test_a_file_too_large_to_be_read_is_there_for_the_check_to_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iplint.fleet.layout.MAX_BYTES", 1000)
    repository(tmp_path / "work", {"a.yaml": "#" * 2000}, bare=tmp_path / "bare.git")
    assert (laid_out(GIT, tmp_path / "bare.git", tmp_path) / "a.yaml").stat().st_size == 2000


def test_a_bare_repository_without_a_commit_is_an_error(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    with pytest.raises(LayoutError, match="no commit at HEAD"):
        laid_out(GIT, tmp_path / "bare.git", tmp_path)


def test_an_archive_with_an_entry_that_is_left_out_is_an_error(tmp_path: Path) -> None:
    path = tar(tmp_path / "r.tgz", ("a.yaml", TEMPLATE.encode()), ("../b.yaml", b""), ("/c", b""))
    with pytest.raises(LayoutError, match=r"\.\./b\.yaml: its path leads out of the archive \(\.\.\), and 1 more"):
        laid_out(ARCHIVE, path, tmp_path)


def digest(kind: str, path: Path, tmp_path: Path) -> str | None:
    return Checkout(kind, str(path), str(tmp_path), LIMITS).digest()


def test_a_digest_changes_with_everything_that_a_check_may_read(tmp_path: Path) -> None:
    work = repository(tmp_path / "work", {"a.yaml": TEMPLATE, "d/b.tf": ""})
    seen = {digest(DIRECTORY, work, tmp_path)}

    def change(name: str, text: str) -> None:
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(text, encoding="utf-8")
        before = len(seen)
        seen.add(digest(DIRECTORY, work, tmp_path))
        assert len(seen) == before + 1, name

    for name in ("a.yaml", "new.tf", ".gitignore", ".git/info/exclude", ".terraform/modules.json", "iplint.toml"):
        change(name, "changed")
    (work / "link").symlink_to("a.yaml")
    assert digest(DIRECTORY, work, tmp_path) not in seen
    # The history does not count.
    now = digest(DIRECTORY, work, tmp_path)
    (work / ".git" / "COMMIT_EDITMSG").write_text("changed", encoding="utf-8")
    assert digest(DIRECTORY, work, tmp_path) == now


def test_a_part_of_a_repository_has_no_digest_as_it_may_read_the_rest(tmp_path: Path) -> None:
    work = repository(tmp_path / "work", {"a/main.tf": "", "modules/b/main.tf": ""})
    assert digest(DIRECTORY, work / "a", tmp_path) is None
    git(work, "worktree", "add", "-q", str(tmp_path / "other"))
    assert digest(DIRECTORY, tmp_path / "other", tmp_path) is None


# The journal


def answer(status: str = CHECKED, *, exit: int = 0, findings: int = 0, cause: str | None = None) -> Answer:
    items = [{"verdict": "fail", "fingerprint": f"f{number}", "severity": "high"} for number in range(findings)]
    summary = {"launches": {"checked": 2, "proven": 1}, "files": {"unreadable": 0}}
    report = json.dumps({"summary": summary, "findings": items}) if status == CHECKED else "null"
    return Answer(status, exit=exit, report=report, cause=cause, digest="sha256:1")


def test_of_several_lines_the_last_counts_and_half_a_line_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Journal(str(path), resumes=True) as journal:
        journal.add(line_of("b", "-", "/b", answer(), "s"))
        journal.add(line_of("a", "-", "/a", answer(), "s"))
        journal.add(line_of("b", "-", "/b", answer(findings=2), "s"))
    with path.open("ab") as file:
        file.write(b'{"version":1,"repository":"c"')
    with Journal(str(path), resumes=True) as journal:
        assert {name: len(record.findings) for name, record in journal.records.items()} == {"a": 0, "b": 2}
        journal.add(line_of("c", "-", "/c", answer(), "s"))
        journal.regroup("b", "team")
        journal.arrange(["c", "b"])
    assert [record.group for record in read(str(path))] == ["team", "-"]
    assert [record.name for record in read(str(path))] == ["b", "c"]
    assert [json.loads(line)["report"]["summary"]["launches"]["checked"] for line in path.open("rb")] == [2, 2]


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    path = str(tmp_path / "out.jsonl")
    with Journal(path, resumes=True), pytest.raises(JournalError, match="another run is writing"):
        Journal(path, resumes=True)
    Journal(path, resumes=True).__exit__()


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    for text in ('{"some": "thing"}\n', "no end of a line", "[" * 100_000 + "\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(JournalError, match=r"notes\.jsonl"):
            Journal(str(path), resumes=False)
        assert path.read_text(encoding="utf-8") == text


def test_a_line_holds_no_control_characters_and_no_key(tmp_path: Path) -> None:
    failed = answer(FAILED, exit=3, cause=f"it says \x1b[31m and\n##[group] {KEY}")
    line = line_of("a", "g\x1b", f"/tmp/{KEY}", failed, "s").decode()
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert KEY not in line
    assert json.loads(line)["group"] == "g\x1b"


def test_groups_are_parts_of_names_or_patterns(tmp_path: Path) -> None:
    assert [groups_of(depth).of("a/b/c") for depth in ("0", "1", "2", "9")] == ["-", "a", "a/b", "a/b"]
    file = tmp_path / "teams.toml"
    file.write_text('"pay/*" = "payments"\n"*-web" = "web"\n', encoding="utf-8")
    teams = groups_of(str(file))
    assert [teams.of(name) for name in ("pay/x-web", "a-web", "b")] == ["payments", "web", "-"]
    for text in ("x", "x = 1", '"a" = ["b"]'):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(GroupError, match="write lines like"):
            groups_of(str(file))
    with pytest.raises(GroupError, match="--group missing"):
        groups_of("missing")


def test_a_trend_counts_no_finding_as_fixed_that_may_be_there(tmp_path: Path) -> None:
    def record(found: Answer) -> object:
        with Journal(str(tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"), resumes=True) as journal:
            return journal.add(line_of("a", "-", "/a", found, "s"))

    before = record(answer(exit=1, findings=3))
    cases = {
        (0, 2, 1, 0): record(answer(exit=1, findings=1)),
        (1, 0, 3, 0): record(answer(exit=1, findings=4)),
        (0, 0, 1, 2): record(answer(exit=3, findings=1)),
        (0, 0, 0, 3): record(answer(FAILED, exit=3, cause="it is damaged")),
    }
    for expected, now in cases.items():
        trend = Trend()
        trend.add(now, before)  # type: ignore[arg-type]  # they are records
        assert (trend.new, trend.fixed, trend.same, trend.unknown) == expected
    report = Report([cases[0, 0, 0, 3]], {"a": before, "b": before}, [], 0)  # type: ignore[dict-item,list-item]
    assert report.gone == ["b"]
    assert "not checked: a: it is damaged" in report.text()


def test_a_repository_without_templates_is_counted(tmp_path: Path) -> None:
    with Journal(str(tmp_path / "out.jsonl"), resumes=True) as journal:
        empty = journal.add(line_of("a", "-", "/a", answer(), "s"))
        failed = journal.add(line_of("b", "-", "/b", answer(FAILED, exit=3, cause="x"), "s"))
    report = Report([empty, failed], None, [], 0)
    assert report.whole.empty == 1
    assert "2 repositories, 1 not checked, 1 without any template." in report.text()


# Processes

distributed = pytest.importorskip("distributed", reason="distributed is not installed (iplint[fleet])")


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Answer]]:
    """Check a repository in a process as a worker does, with a command line."""
    from iplint.cli.command import Parser
    from iplint.cli.fleet import add_arguments, shipped
    from iplint.fleet.worker import Pool

    pools: dict[tuple[str, ...], Pool] = {}
    (tmp_path / "work").mkdir()

    def asked(kind: str, path: Path, *arguments: str, known: str | None = None) -> Answer:
        if arguments not in pools:
            parser = Parser("iplint fleet", "")
            add_arguments(parser)
            supply = shipped(parser.parse_args(["x", *arguments]), sarif=True, digests=True)
            pools[arguments] = Pool(supply, str(tmp_path / "work"))
        return pools[arguments].check(Repository("r", kind, str(path)), known)

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    yield asked
    for pool in pools.values():
        pool.close()
    assert list((tmp_path / "work").iterdir()) == []


OWN_RULE = """\
import os, time
from iplint.finding import Fail
from iplint.model import Launch
from iplint.rule import rule
from iplint.finding import Severity

@rule("own-rule", group="own", on=Launch, severity=Severity.LOW, why="x", fix="y")
def check(launch):
    print("own rules may print")
    if launch.address == "Hang":
        time.sleep(600)
    if launch.address == "Grow":
        kept = []
        while True:
            kept.append(bytearray(b"x" * (1 << 20)))
            time.sleep(0.001)
    if launch.address == "End":
        os._exit(7)
    yield from ()
"""


@pytest.fixture
def own_rules(tmp_path: Path) -> str:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own_rule.py").write_text(OWN_RULE, encoding="utf-8")
    return f"--rules={tmp_path / 'own'}"


def template_of(name: str) -> bytes:
    return TEMPLATE.replace("Web", name).encode()


def test_a_repository_of_any_kind_gets_the_report_of_a_check(
    check: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TEMPLATE + f'    # {KEY}\n  User: {{Type: "AWS::EC2::Instance", Properties: {{UserData: "{KEY}"}}}}\n'
    files = {"a/web.yaml": text, "iplint.toml": 'ignore = ["missing-instance-profile"]\n'}
    work = repository(tmp_path / "r", files, bare=tmp_path / "r.git")
    monkeypatch.chdir(work)
    assert run(["check", "--format", "json", "--no-cache"]) == 1
    expected = json.loads(capsys.readouterr().out)
    tar(tmp_path / "r.tar.gz", *((name, data.encode()) for name, data in files.items()))
    for kind, path in ((DIRECTORY, work), (GIT, tmp_path / "r.git"), (ARCHIVE, tmp_path / "r.tar.gz")):
        found = check(kind, path)
        assert (found.status, found.cause, found.exit) == (CHECKED, None, 1)
        assert json.loads(found.report) == expected
        assert KEY not in found.report + (found.sarif or "")
        assert json.loads(found.sarif or "")["runs"][0]["results"]
        again = check(kind, path, known=found.digest)
        assert (again.status, again.digest) == (SAME, found.digest)


def test_a_report_lasts_as_long_as_its_suppressions(check: Callable[..., Answer], tmp_path: Path) -> None:
    ignored = "  # iplint: ignore[missing-instance-profile] not yet until="
    text = "".join(
        TEMPLATE.replace("Resources:\n", "Resources:\n" if not number else "").replace(
            "  Web:", f"{ignored}{day}\n  Web{number}:"
        )
        for number, day in enumerate(("2099-05-01", "2098-01-31", "2020-01-01"))
    )
    found = check(ARCHIVE, tar(tmp_path / "r.tgz", ("a.yaml", text.encode())))
    assert (found.status, found.until) == (CHECKED, "2098-01-31")
    assert check(ARCHIVE, tar(tmp_path / "s.tgz", ("a.yaml", TEMPLATE.encode()))).until is None


def test_own_configuration_and_rules_are_shipped(check: Callable[..., Answer], tmp_path: Path, own_rules: str) -> None:
    path = tar(tmp_path / "r.tar.gz", ("a.yaml", TEMPLATE.encode()))
    (tmp_path / "ours.toml").write_text('select = ["own-rule"]\nfail-on = "critical"\n', encoding="utf-8")
    found = check(ARCHIVE, path, own_rules, f"--config={tmp_path / 'ours.toml'}")
    shutil.rmtree(tmp_path / "own")
    assert (found.status, found.exit, json.loads(found.report)["findings"]) == (CHECKED, 0, [])
    rest = check(ARCHIVE, path)
    assert rest.exit == 1


def test_a_repository_that_hangs_grows_or_ends_its_process_is_named(
    check: Callable[..., Answer], tmp_path: Path, own_rules: str
) -> None:
    arguments = (own_rules, "--timeout=2", "--memory=200")
    causes = {"Hang": "longer than 2 seconds", "Grow": "more than 200 MiB", "End": "ended twice, with status 7"}
    # The first one of a process may take longer.
    assert check(ARCHIVE, tar(tmp_path / "Web.tgz", ("a.yaml", template_of("Web"))), *arguments).status == CHECKED
    for name, cause in causes.items():
        found = check(ARCHIVE, tar(tmp_path / f"{name}.tgz", ("a.yaml", template_of(name))), *arguments)
        assert (found.status, found.exit, found.report) == (FAILED, 3, "null")
        assert cause in (found.cause or "")
        # The next one is checked.
        assert check(ARCHIVE, tmp_path / "Web.tgz", *arguments).status == CHECKED


@pytest.mark.parametrize(
    ("name", "entries", "cause"),
    [
        ("r.tgz", [("iplint.toml", b"x = 1")], "there is no setting x"),
        ("r.tgz", [("../x", b"")], "leads out of the archive"),
        ("missing.tgz", [], "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_checked_has_a_cause(
    check: Callable[..., Answer], tmp_path: Path, name: str, entries: list[Entry], cause: str
) -> None:
    tar(tmp_path / "r.tgz", *entries)
    found = check(ARCHIVE, tmp_path / name)
    assert found.status == FAILED
    assert cause in (found.cause or "")


@pytest.mark.parametrize("lead", ["{outside}", "../../../../../../../..{outside}", "inner"])
def test_a_configuration_in_an_archive_leads_nowhere_outside(
    check: Callable[..., Answer], tmp_path: Path, lead: str
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "main.tf").write_text('resource "aws_instance" "hidden" {}\n', encoding="utf-8")
    lead = lead.format(outside=tmp_path / "outside")
    settings = f'[module-sources]\n"example/other/aws" = "{lead}"\n'.encode()
    path = tar(
        tmp_path / "r.tgz",
        ("iplint.toml", settings),
        ("main.tf", b'module "m" {\n  source = "example/other/aws"\n}\n'),
        special("inner", tarfile.SYMTYPE, str(tmp_path / "outside")),
    )
    found = check(ARCHIVE, path)
    assert found.status == CHECKED
    assert "hidden" not in found.report
    assert json.loads(found.report)["summary"]["launches"]["checked"] == 0


# The command


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing"], "there is no file or directory missing"),
        (["."], "found no repository in ."),
        ([".", "-o", "x.json"], "write it as jsonl:FILE, parquet:DIR or sarif:DIR"),
        ([".", "-o", "jsonl:a", "-o", "jsonl:b"], "--output gives jsonl twice"),
        ([".", "--group", "x"], "--group x"),
        ([".", "--since-run", "x"], "--since-run x cannot be read"),
        ([".", "--scheduler", "tcp://127.0.0.1:1", "--workers", "2"], "give one of them"),
        ([".", "--timeout", "soon"], "not a number of seconds"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["fleet", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err.splitlines()[-1]


@pytest.mark.parametrize("option", ["--since-run", "--baseline", "--config", "--group"])
@pytest.mark.parametrize("path", ["pipe", "/dev/zero"])
def test_a_named_file_that_is_not_regular_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, path: str
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    assert run(["fleet", "repository", option, path]) == 2


def test_without_its_packages_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] == "distributed" or name.startswith("iplint.fleet.") or name == "iplint.fleet":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert run(["fleet", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "iplint: iplint fleet needs distributed: install iplint[fleet]\n"
