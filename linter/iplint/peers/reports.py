"""The results in reports of other tools: SARIF 2.1.0 of any of them, and the JSON of checkov and cfn_nag.

A report is untrusted: no path in it is opened, and it is bounded in size, depth and number of results.
"""

from __future__ import annotations

import json
from urllib.parse import unquote

from iplint.peers.skips import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_RESULTS = 100_000
# What the line of a message begins with that says what is wrong, where a tool writes several fields.
_MESSAGE = "Message: "
# The names of tools as their reports have them, in small letters.
_TOOLS = {
    "checkov": Tool.CHECKOV,
    "trivy": Tool.TRIVY,
    "tfsec": Tool.TFSEC,
    "defsec": Tool.TFSEC,
    "kics": Tool.KICS,
    "cfn_nag": Tool.CFN_NAG,
    "cfn-nag": Tool.CFN_NAG,
    "cfn-guard": Tool.CFN_GUARD,
    "cfnguard": Tool.CFN_GUARD,
    "semgrep": Tool.SEMGREP,
    "semgrep oss": Tool.SEMGREP,
}


class ReportError(Exception):
    """A report that cannot be read; the message says why, in a clause that follows its name."""


class TheirResult:
    """One result of another tool, whose name `tool` is as the report has it, and `known` if its checks are known.

    `lines` are the first and last line, from 1, or (0, 0) where the report names none.
    """

    __slots__ = ("id", "known", "lines", "message", "path", "tool")

    def __init__(self, tool: str, id: str, *, path: str, lines: tuple[int, int], message: str) -> None:
        self.tool = tool
        self.known = _TOOLS.get(tool.lower())
        self.id = id
        self.path = path
        self.lines = lines
        self.message = " ".join(message.split())


def results(data: bytes) -> list[TheirResult]:
    """Return the results in a report. Raises ReportError."""
    try:
        tree: Json = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ReportError(f"is not JSON that can be read ({type(error).__name__})") from None
    found: list[TheirResult] = []
    for result in _of(tree):
        found.append(result)
        if len(found) > MAX_RESULTS:
            raise ReportError(f"has more than {MAX_RESULTS:,} results")
    return found


def _of(tree: Json) -> Iterator[TheirResult]:
    if isinstance(tree, dict) and isinstance(tree.get("runs"), list):
        for run in _dicts(tree.get("runs")):
            yield from _of_sarif(run)
    elif isinstance(tree, dict) and "check_type" in tree:
        yield from _of_checkov(tree)
    elif isinstance(tree, list) and all(isinstance(item, dict) and "check_type" in item for item in tree):
        for item in _dicts(tree):
            yield from _of_checkov(item)
    elif isinstance(tree, list) and all(isinstance(item, dict) and "file_results" in item for item in tree):
        for item in _dicts(tree):
            yield from _of_cfn_nag(item)
    elif isinstance(tree, dict) and {"passed", "failed", "parsing_errors"} <= set(tree):
        return  # checkov has nothing to report
    else:
        raise ReportError("is neither SARIF nor the JSON report of checkov or cfn_nag")


def _of_sarif(run: Mapping[str, Json]) -> Iterator[TheirResult]:
    driver = _dict(_dict(run.get("tool")).get("driver"))
    tool = _text(driver.get("name"))
    rules = [_text(rule.get("id")) for rule in _dicts(driver.get("rules"))]
    bases = {name: _text(_dict(base).get("uri")) for name, base in _dict(run.get("originalUriBaseIds")).items()}
    for result in _dicts(run.get("results")):
        if result.get("kind", "fail") != "fail" or result.get("suppressions"):
            continue
        index = result.get("ruleIndex")
        id = _text(result.get("ruleId")) or _text(_dict(result.get("rule")).get("id"))
        if not id and isinstance(index, int) and 0 <= index < len(rules):
            id = rules[index]
        for place in _dicts(result.get("locations"))[:1]:
            physical = _dict(place.get("physicalLocation"))
            artifact = _dict(physical.get("artifactLocation"))
            uri = _text(artifact.get("uri"))
            base = bases.get(_text(artifact.get("uriBaseId")), "")
            region = _dict(physical.get("region"))
            first = _line(region.get("startLine"))
            last = _line(region.get("endLine")) or first
            message = _said(_text(_dict(result.get("message")).get("text")))
            path = uri if "://" in uri or not base else base.rstrip("/") + "/" + uri
            yield TheirResult(tool, id, path=_plain(path), lines=(first, last), message=message)


def _of_checkov(tree: Mapping[str, Json]) -> Iterator[TheirResult]:
    for check in _dicts(_dict(tree.get("results")).get("failed_checks")):
        lines = check.get("file_line_range")
        first, last = (lines[0], lines[-1]) if isinstance(lines, list) and lines else (0, 0)
        path = _text(check.get("repo_file_path")) or _text(check.get("file_path"))
        message = _text(check.get("check_name"))
        id = _text(check.get("check_id"))
        yield TheirResult("checkov", id, path=_plain(path), lines=(_line(first), _line(last)), message=message)


def _of_cfn_nag(tree: Mapping[str, Json]) -> Iterator[TheirResult]:
    path = _plain(_text(tree.get("filename")))
    for violation in _dicts(_dict(tree.get("file_results")).get("violations")):
        numbers = violation.get("line_numbers")
        lines = [_line(number) for number in numbers] if isinstance(numbers, list) else []
        for line in lines or [0]:
            message = _text(violation.get("message"))
            yield TheirResult("cfn_nag", _text(violation.get("id")), path=path, lines=(line, line), message=message)


def _plain(uri: str) -> str:
    """Return the path in an address: decoded, with forward slashes, without scheme, drive and parent directories."""
    scheme, separator, rest = uri.partition("://")
    path = unquote(rest if separator and scheme.isalpha() else uri, errors="replace").replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    if parts and len(parts[0]) == 2 and parts[0].endswith(":"):
        del parts[0]
    return "/".join(parts)


def _dict(node: Json) -> dict[str, Json]:
    return node if isinstance(node, dict) else {}


def _dicts(node: Json) -> list[dict[str, Json]]:
    return [item for item in node if isinstance(item, dict)] if isinstance(node, list) else []


def _said(message: str) -> str:
    """Return what a message says without the fields around it, which Trivy writes one a line."""
    marked = [line.partition(_MESSAGE)[2] for line in message.split("\n") if line.startswith(_MESSAGE)]
    return marked[0] if marked and marked[0].strip() else message


def _text(node: Json) -> str:
    return node if isinstance(node, str) else ""


def _line(node: Json) -> int:
    return node if isinstance(node, int) and not isinstance(node, bool) and node > 0 else 0
