"""The public API: `iplint.judging.session`."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import failures
from iplint.discovery.options import Options
from iplint.finding import Severity
from iplint.judging.session import Observer, Session, SessionSettings
from iplint.report import json as json_report
from iplint.resource import NoticeKind
from iplint_rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.finding import Verdict

FIXTURES = Path(__file__).parent / "fixtures"
RULES = all_rules()
HOST = """\
Parameters:
  Tokens: {Type: String, Default: required}
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpTokens: !Ref Tokens}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(HOST, encoding="utf-8")
    return tmp_path


def rule_names(session: Session, paths: list[str]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.verdict) for finding in session.check(paths).findings]


def test_paths_are_checked_with_the_settings(tree: Path) -> None:
    rules = [rule for rule in RULES if rule.name in ("missing-instance-profile", "imdsv1-allowed")]
    assert rule_names(Session(SessionSettings(rules), str(tree)), ["."]) == [("missing-instance-profile", "fail")]
    given = SessionSettings(rules, inputs=Options({"Tokens": "optional"}))
    assert sorted(rule_names(Session(given, str(tree)), ["."])) == [
        ("imdsv1-allowed", "fail"),
        ("missing-instance-profile", "fail"),
    ]


def test_contents_take_the_place_of_files(tree: Path) -> None:
    rules = [rule for rule in RULES if rule.name == "imdsv1-allowed"]
    session = Session(SessionSettings(rules), str(tree))
    unsaved = HOST.replace("!Ref Tokens", "optional").encode()
    report = session.check(["web.yaml", "new.yaml"], {str(tree / "web.yaml"): unsaved, str(tree / "new.yaml"): unsaved})
    assert [finding.at.path for finding in report.findings] == ["new.yaml", "web.yaml"]
    assert (tree / "web.yaml").read_text(encoding="utf-8") == HOST
    assert not (tree / "new.yaml").exists()


def test_severities_and_suppressions_are_settings(tree: Path) -> None:
    (tree / "old").mkdir()
    (tree / "old" / "web.yaml").write_text(HOST, encoding="utf-8")
    rules = [rule for rule in RULES if rule.name == "missing-instance-profile"]
    settings = SessionSettings(
        rules,
        severities={"missing-instance-profile": Severity.LOW},
        ignored_in={"old/*": {"missing-instance-profile"}},
    )
    report = Session(settings, str(tree)).check(["."])
    assert failures(report) == [("missing-instance-profile", "Host", 4)]
    assert [finding.severity for finding in report.findings] == [Severity.LOW]
    assert [finding.at.path for finding in report.ignored] == ["old/web.yaml"]


def test_a_comment_suppresses_unless_the_settings_say_otherwise(tree: Path) -> None:
    text = HOST.replace("  Host:", "  # iplint: ignore[missing-instance-profile] tried out by hand\n  Host:")
    (tree / "web.yaml").write_text(text, encoding="utf-8")
    rules = [rule for rule in RULES if rule.name == "missing-instance-profile"]
    assert rule_names(Session(SessionSettings(rules, known=RULES), str(tree)), ["."]) == []
    follows_none = SessionSettings(rules, known=RULES, follows_ignores=False)
    assert rule_names(Session(follows_none, str(tree)), ["."]) == [("missing-instance-profile", "fail")]


def test_the_same_tree_gives_the_same_report_twice_in_one_process() -> None:
    session = Session(SessionSettings(RULES), str(FIXTURES))
    paths = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())[:12]
    first, second = (json_report.render(session.check(paths), RULES, "0") for _ in range(2))
    assert first == second
    assert '"fail"' in first


def test_no_launch_is_proven_where_a_rule_fails_inside(tree: Path) -> None:
    def broken(_: object) -> Iterator[Verdict]:
        raise ValueError("a defect")

    text = HOST + "      IamInstanceProfile: known\n"
    (tree / "web.yaml").write_text(text, encoding="utf-8")
    [rule] = [rule for rule in RULES if rule.name == "missing-instance-profile"]
    assert Session(SessionSettings([rule]), str(tree)).check(["."]).launches.proven == 1
    defect = copy(rule)
    defect.check = broken
    report = Session(SessionSettings([defect]), str(tree)).check(["."])
    assert [notice.kind for notice in report.notices] == [NoticeKind.INTERNAL]
    assert (report.launches.proven, report.launches.undecided) == (0, 1)


def test_an_observer_sees_each_root(tree: Path) -> None:
    class Log(Observer):
        def __init__(self) -> None:
            self.lines: list[str] = []

        def root_starts(self, path: str) -> None:
            self.lines.append(f"starts {path}")

        def root_checked(self, checked: object) -> None:
            self.lines.append("sees")

    log = Log()
    Session(SessionSettings(RULES), str(tree)).examine(["."], observer=log)
    assert log.lines == ["starts web.yaml", "sees"]
