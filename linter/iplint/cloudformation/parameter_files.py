"""Files with parameter values, in the formats of the tools that deploy templates.

Facts: AWS CLI Command Reference, "cloudformation create-stack" and "cloudformation deploy"; CodePipeline User Guide,
"CloudFormation artifacts" (template configuration files); SAM Developer Guide, "AWS SAM CLI configuration file";
CloudFormation User Guide, "Git sync stack deployment files".
"""

from __future__ import annotations

from iplint.cloudformation.calls import scalar_text
from iplint.location import Source, Span
from iplint.syntax import decoding, yaml
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from iplint.syntax.tree import Node

    Plain: TypeAlias = "str | int | float | list[Plain] | dict[str, Plain] | None"

# What a deployment file of Git sync has beside the parameters.
_TEMPLATE_PATH = "template-file-path"
_DEFAULT = "default"
# Of the two the later wins.
_COMMANDS = ("global", "deploy")
_OVERRIDES = "parameter_overrides"


class ParameterFileError(Exception):
    """A file from which no parameter values can be read; the message names the file, the place and the reason."""

    def __init__(self, at: Span, reason: str) -> None:
        line, column = at.first
        super().__init__(f"{at.path}:{line}:{column}: {reason}")


def read_parameters(path: str, data: bytes) -> dict[str, str]:
    """Return the parameter values, by name, in a file with the bytes `data`; `path` is its display path.

    Raises ParameterFileError where the file has none of the formats.
    """
    try:
        source = decoding.decode(path, data)
        if path.endswith(".toml"):
            return _sam_configuration(_toml(source), Span(source, 0, 0))
        tree = yaml.parse(source)
    except SyntaxProblem as problem:
        raise ParameterFileError(problem.at, problem.reason) from None
    match tree:
        case Sequence():
            return _listed(tree)
        case Mapping() if isinstance(inner := tree.get("Parameters"), Mapping):
            return _members(inner)
        case Mapping() if _TEMPLATE_PATH in tree.entries:
            listed = tree.get("parameters")
            return _members(listed) if isinstance(listed, Mapping) else {}
        case Mapping() if any(isinstance(node, Mapping) for _, node in tree.entries.values()):
            return _sam_configuration(_plain(tree), tree.at)
        case Mapping():
            return _members(tree)
        case _:
            at = tree.at if tree is not None else Span(source, 0, 0)
            raise ParameterFileError(at, "this is neither a mapping nor a list of parameters")


def _listed(tree: Sequence) -> dict[str, str]:
    """Return the values in the format of CloudFormation's own commands, or of `Key=Value` texts in a list."""
    found: dict[str, str] = {}
    for item in tree.items:
        match item:
            case Mapping():
                key, value = item.get("ParameterKey"), item.get("ParameterValue")
                if not isinstance(key, Scalar):
                    raise ParameterFileError(item.at, "a parameter in this list has no ParameterKey")
                if value is not None:
                    found[key.text] = _value(value)
                elif item.get("UsePreviousValue") is None:
                    raise ParameterFileError(item.at, f"parameter {key.text} has no ParameterValue")
            case Scalar():
                found |= _overrides([item.text], item.at)
            case Sequence():
                raise ParameterFileError(item.at, "a list in a list gives no parameter")
    return found


def _members(tree: Mapping) -> dict[str, str]:
    return {name: _value(node) for name, (_, node) in tree.entries.items()}


def _value(node: Node) -> str:
    match node:
        case Scalar(value=None):
            raise ParameterFileError(node.at, "a parameter has no value here")
        case Scalar():
            return scalar_text(node)
        case Sequence():
            return ",".join(_value(item) for item in node.items)
        case Mapping():
            raise ParameterFileError(node.at, "a mapping is not a value of a parameter")


def _toml(source: Source) -> Plain:
    import tomllib

    try:
        settings: dict[str, Plain] = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        numbers = [int(word.rstrip(",)")) for word in place.split() if word.rstrip(",)").isdecimal()]
        if len(numbers) == 2:
            line, column = numbers
            start = sum(len(before) + 1 for before in source.text.split("\n")[: line - 1]) + column - 1
        else:
            start = len(source.text)
        raise ParameterFileError(Span(source, start, start), f"this is not TOML: {reason}") from None
    return settings


def _plain(node: Node) -> Plain:
    match node:
        case Scalar():
            return scalar_text(node)
        case Sequence():
            return [_plain(item) for item in node.items]
        case Mapping():
            return {name: _plain(inner) for name, (_, inner) in node.entries.items()}


def _sam_configuration(settings: Plain, at: Span) -> dict[str, str]:
    """Return the values of the first environment that has any, the default one first.

    The parameters of several environments together would be a deployment that nobody makes.
    """
    environments: dict[str, Plain] = settings if isinstance(settings, dict) else {}
    for name in sorted(environments, key=lambda name: name != _DEFAULT):
        found: dict[str, str] = {}
        for command in _COMMANDS:
            given = _at(environments[name], (command, "parameters", _OVERRIDES))
            if isinstance(given, str):
                found |= _overrides(_words(given, at), at)
            elif isinstance(given, list):
                found |= _overrides((str(word) for word in given), at)
            elif given is not None:
                raise ParameterFileError(at, f"{_OVERRIDES} is neither a text nor a list")
        if found:
            return found
    raise ParameterFileError(at, f"there is no {_OVERRIDES} for a deployment in this file")


def _at(settings: Plain, names: Iterable[str]) -> Plain:
    for name in names:
        settings = settings.get(name) if isinstance(settings, dict) else None
    return settings


def _words(given: str, at: Span) -> list[str]:
    import shlex

    try:
        return shlex.split(given)
    except ValueError as error:
        raise ParameterFileError(at, f"{_OVERRIDES}: {str(error).lower()}") from None


def _overrides(words: Iterable[str], at: Span) -> dict[str, str]:
    return dict(_override(word, at) for word in words)


def _override(word: str, at: Span) -> tuple[str, str]:
    """Return a parameter as `Key=Value`, or as `ParameterKey=Key,ParameterValue=Value`."""
    name, equals, value = word.partition("=")
    if name == "ParameterKey" and ",ParameterValue=" in value:
        name, equals, value = value.partition(",ParameterValue=")
    if not name or not equals:
        raise ParameterFileError(at, "a parameter is not written as Key=Value")
    return name, value
