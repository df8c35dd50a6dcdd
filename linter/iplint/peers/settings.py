"""Skips in the configurations of other tools.

Facts: checkov, "CLI Command Reference" (`skip-check`, `skip-path` of `.checkov.yaml`; paths are regular expressions);
trivy, "Filtering" (`.trivyignore`, `.trivyignore.yaml`); KICS, "Configuration file" (`exclude-queries` and
`exclude-paths` of `kics.config`, in YAML, JSON, TOML or HCL); README of cfn_nag (`RulesToSuppress` of a deny list).
"""

from __future__ import annotations

import json
import re

from iplint.location import Span
from iplint.peers.skips import Skip, Tool
from iplint.syntax import yaml
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.location import Source
    from iplint.syntax.tree import Node

_CHECKOV = (".checkov.yaml", ".checkov.yml")
_TRIVY_LINES = ".trivyignore"
_TRIVY = (".trivyignore.yaml", ".trivyignore.yml")
_KICS = ("kics.config", "kics.yaml", "kics.yml", "kics.json", "kics.toml", "kics.hcl")
NAMES = frozenset((*_CHECKOV, _TRIVY_LINES, *_TRIVY, *_KICS))
DENY_LIST = b"RulesToSuppress"
_DATE = re.compile(r"\bexp:(?P<date>\d{4}-\d{2}-\d{2})\b")
_STRING = r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'"
_SETTING = re.compile(r"^\s*\"?(?P<name>exclude-queries|exclude-paths)\"?\s*[=:]\s*\[(?P<items>[^\]]*)\]", re.MULTILINE)
_SEVERITIES = {"low", "medium", "high", "critical"}


def settings(source: Source, name: str, directory: str) -> Iterator[Skip]:
    """Yield the skips in a configuration file of another tool. `name` is the name of the file, `directory` that of its
    directory, as shown.

    A file that cannot be parsed has one skip, whose problem says so.
    """
    try:
        if name in _CHECKOV:
            yield from _of_checkov(source, directory)
        elif name == _TRIVY_LINES:
            yield from _lines_of_trivy(source, directory)
        elif name in _TRIVY:
            yield from _of_trivy(source, directory)
        elif name in _KICS:
            yield from _of_kics(source, directory)
        else:
            yield from _deny_list(source, directory)
    except SyntaxProblem as error:
        tool = Tool.CHECKOV if name in _CHECKOV else Tool.KICS if name in _KICS else Tool.TRIVY
        line = error.at.first[0]
        yield Skip(tool, (), path=source.path, line=line, problem=f"the file cannot be parsed: {error.reason}")


def _of_checkov(source: Source, directory: str) -> Iterator[Skip]:
    tree = _tree(source)
    for item in _items(tree.get("skip-check")):
        for id in filter(None, map(str.strip, item.text.split(","))):
            if id.lower() in _SEVERITIES:
                problem = f"it skips by the severity {id}, which is another one in iplint"
                yield Skip(Tool.CHECKOV, (id,), path=source.path, line=_line(item), problem=problem)
                continue
            yield Skip(
                Tool.CHECKOV,
                (id,),
                path=source.path,
                line=_line(item),
                pattern=_below(directory),
            )
    for item in _items(tree.get("skip-path")):
        yield _path_of_checkov(item, source, directory)


def _path_of_checkov(item: Scalar, source: Source, directory: str) -> Skip:
    # checkov searches paths for a regular expression. What is not plain text is left to a person.
    found = re.fullmatch(r"(\^?)(?:\./)?([\w./ -]{1,1000}?)(?:\.\*)?(\$?)", item.text)
    if found is None:
        problem = "the path is a regular expression that is not carried over: write a pattern into ignore-in"
        return Skip(Tool.CHECKOV, (), path=source.path, line=_line(item), problem=problem)
    start, end = "" if found[1] else "*", "" if found[3] else "*"
    pattern = f"{_directory(directory)}{start}{found[2]}{end}"
    return Skip(Tool.CHECKOV, (), path=source.path, line=_line(item), pattern=pattern)


def _lines_of_trivy(source: Source, directory: str) -> Iterator[Skip]:
    for number, line in enumerate(source.text.split("\n"), 1):
        said, _, comment = line.partition("#")
        words = said.split()
        if not words:
            continue
        until = _DATE.search(said)
        yield Skip(
            Tool.TRIVY,
            (words[0],),
            path=source.path,
            line=number,
            pattern=_below(directory),
            reason=comment.strip(),
            until=until["date"] if until is not None else None,
        )


def _of_trivy(source: Source, directory: str) -> Iterator[Skip]:
    listed = _tree(source).get("misconfigurations")
    for item in listed.items if isinstance(listed, Sequence) else ():
        if not isinstance(item, Mapping):
            continue
        texts = {key: node.text for key, (_, node) in item.entries.items() if isinstance(node, Scalar)}
        paths = [path.text for path in _items(item.get("paths"))]
        for path in paths or [""]:
            yield Skip(
                Tool.TRIVY,
                (texts.get("id", ""),),
                path=source.path,
                line=item.at.first[0],
                pattern=_joined(directory, path) if path else _below(directory),
                reason=texts.get("statement", ""),
                until=texts["expired_at"][:10] if "expired_at" in texts else None,
            )


def _of_kics(source: Source, directory: str) -> Iterator[Skip]:
    found = [(text, name, line) for name, text, line in _settings_of_kics(source)]
    for text, name, line in found:
        if name == "exclude-queries":
            for id in filter(None, map(str.strip, text.split(","))):
                yield Skip(Tool.KICS, (id,), path=source.path, line=line, pattern=_below(directory))
        else:
            yield Skip(Tool.KICS, (), path=source.path, line=line, pattern=_joined(directory, text))


def _settings_of_kics(source: Source) -> Iterator[tuple[str, str, int]]:
    """Yield the names and values of the two settings, in whichever of the four notations."""
    is_found = False
    for setting in _SETTING.finditer(source.text):
        is_found = True
        for item in re.finditer(_STRING, setting["items"]):
            text = item[0]
            value = str(json.loads(text)) if text.startswith('"') else text[1:-1]
            yield setting["name"], value, source.position(setting.start("items") + item.start())[0]
    if is_found:
        return
    tree = _tree(source)
    for name in ("exclude-queries", "exclude-paths"):
        for scalar in _items(tree.get(name)):
            yield name, scalar.text, _line(scalar)


def _deny_list(source: Source, directory: str) -> Iterator[Skip]:
    listed = _tree(source).get(DENY_LIST.decode())
    for item in listed.items if isinstance(listed, Sequence) else ():
        if isinstance(item, Mapping):
            id, reason = item.get("id"), item.get("reason")
            if isinstance(id, Scalar):
                yield Skip(
                    Tool.CFN_NAG,
                    (id.text,),
                    path=source.path,
                    line=item.at.first[0],
                    pattern=_below(directory),
                    reason=reason.text if isinstance(reason, Scalar) else "",
                )


def _tree(source: Source) -> Mapping:
    tree = yaml.parse(source)
    if isinstance(tree, Mapping):
        return tree
    return Mapping(tree.at if tree is not None else Span(source, 0, 0), None, {})


def _items(node: Node | None) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node] if node.text else []
    return [item for item in node.items if isinstance(item, Scalar)] if isinstance(node, Sequence) else []


def _line(item: Scalar) -> int:
    return item.at.first[0]


def _joined(directory: str, pattern: str) -> str:
    """Return a glob pattern of another tool, relative to a directory, as `ignore-in` reads it: `*` matches `/`, too."""
    pattern = pattern.removeprefix("./").rstrip("/").replace("**/", "*").replace("**", "*")
    return f"{_directory(directory)}{pattern}"


def _below(directory: str) -> str:
    return f"{_directory(directory)}*"


def _directory(directory: str) -> str:
    """Return a directory as the beginning of shown paths."""
    plain = directory.strip("/")
    return f"{plain}/" if plain not in ("", ".") else ""
