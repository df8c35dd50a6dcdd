"""YAML as Terraform's `yamldecode` reads it: the rules of its library `go-cty-yaml`, which differ from
CloudFormation's.

A later key replaces an earlier one of the same name, also one that `<<` merges; single letters are booleans; there are
no octal numbers; dates become texts.
"""

from __future__ import annotations

from iplint import number as numbers
from iplint.location import Span
from iplint.syntax.libyaml import yaml
from iplint.syntax.pattern import pattern
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.syntax.yaml import YamlReader, document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source
    from iplint.syntax.libyaml import Event
    from iplint.syntax.tree import Node

_SCALAR: type[object] = yaml.ScalarEvent
_MAPPING_END: type[object] = yaml.MappingEndEvent

_STANDARD = "tag:yaml.org,2002:"
_RESOLVED = {f"{_STANDARD}{kind}" for kind in ("str", "bool", "int", "float", "null", "timestamp", "binary")}
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **{form: True for word in ("y", "yes", "true", "on") for form in (word, word.title(), word.upper())},
    **{form: False for word in ("n", "no", "false", "off") for form in (word, word.title(), word.upper())},
}
_INFINITIES = {f"{sign}{word}" for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
_FIRST = frozenset("+-0123456789yYnNtTfFoO~.")
_WHOLE = pattern(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_VERSION = pattern(r"^%YAML[ \t]+(\S+)")
_BASE64 = pattern(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_TIME = pattern(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(Z|[+-]\d\d:\d\d))"
    r"| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?"
)


def parse(source: Source) -> Node | None:
    """Return the tree of a YAML text; None for an empty document. Raises SyntaxProblem."""
    version = _VERSION().search(source.text)
    if version is not None and version[1] != "1.1":
        raise SyntaxProblem(Span(source, 0, version.end()), "Terraform reads YAML 1.1 only")
    return document(CtyReader, source)


class CtyReader(YamlReader):
    """Build the tree of a text that Terraform decodes."""

    __slots__ = ()

    def document(self) -> Node | None:
        """Return the tree of the text, which must contain a document."""
        tree = super().document()
        if not self.count:
            raise self.problem(0, "there is no document here")
        return tree

    def scalar(self, event: Event) -> Scalar:
        """Return a scalar with the value that Terraform gives it."""
        tag = event.tag
        if tag is not None and tag not in _RESOLVED:
            raise self.problem(event.start_mark.index, "Terraform does not know this tag")
        made = super().scalar(event)
        try:
            made.value = _resolved(tag, event.value, event.style in ("'", '"'))
        except ValueError:
            raise self.problem(event.start_mark.index, "Terraform does not read this value") from None
        return made

    def mapping(self, event: Event, depth: int) -> Mapping:
        """Return a mapping with the last of each repeated key."""
        start = event.start_mark.index
        if event.tag not in (None, f"{_STANDARD}map"):
            raise self.problem(start, "Terraform does not know this tag")
        entries: dict[str, tuple[Scalar, Node]] = {}
        item = self.next()
        while type(item) is not _MAPPING_END:
            if type(item) is not _SCALAR:
                raise self.problem(item.start_mark.index, "a key has to be one plain value")
            key = self.scalar(item)
            value = self.node(self.next(), depth)
            if item.tag is None and item.value == "<<":
                if not isinstance(value, Mapping):
                    raise self.problem(item.start_mark.index, "the merge key << takes a mapping")
                entries.update(value.entries)
            elif key.value is None:
                raise self.problem(item.start_mark.index, "a key has to be one plain value")
            else:
                entries[_name(key.value)] = key, value
            item = self.next()
        return Mapping(self.closed(start, item), None, entries)

    def sequence(self, event: Event, depth: int) -> Sequence:
        """Return a sequence."""
        if event.tag not in (None, f"{_STANDARD}seq"):
            raise self.problem(event.start_mark.index, "Terraform does not know this tag")
        return super().sequence(event, depth)


def _name(value: str | bool | int | float) -> str:
    if isinstance(value, str):
        return value
    return ("true" if value else "false") if isinstance(value, bool) else numbers.text(value)


def _resolved(tag: str | None, text: str, in_quotes: bool) -> str | bool | int | float | None:
    """Return the value of a scalar. Raises ValueError for one that Terraform rejects."""
    kind = tag.removeprefix(_STANDARD) if tag is not None else None
    if (not text or text[0] in _FIRST) and kind not in ("str", "binary"):
        if in_quotes:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if text in _INFINITIES:
            return numbers.NEGATIVE_INFINITY if text.startswith("-") else numbers.INFINITY
        if kind is None and text in (".nan", ".NaN", ".NAN"):
            raise ValueError
        if text.startswith("."):
            found = _number(text)
            if found is not None:
                return found
        else:
            time = _time(text) if kind in (None, "timestamp") and text[0].isdigit() else None
            if time is not None:
                return time
            if text[0] in "+-0123456789" and (_WHOLE().fullmatch(text) or _FLOAT().fullmatch(text)):
                kind = "float"
    return _tagged(kind, text)


def _tagged(kind: str | None, text: str) -> str | bool | int | float | None:
    match kind:
        case "binary" if not _BASE64().fullmatch(text):
            raise ValueError
        case "bool":
            found = _WORDS.get(text)
            if found is None:
                raise ValueError
            return found
        case "int" | "float":
            digits = text.replace("_", "")
            number = _number(digits)
            return int(digits, 0) if number is None else number
        case "timestamp":
            time = _time(text)
            if time is None:
                raise ValueError
            return time
        case "null":
            return None
        case _:
            return text


def _number(digits: str) -> int | float | None:
    try:
        return numbers.parse(digits)
    except numbers.TooLarge:
        raise ValueError from None


def _time(text: str) -> str | None:
    """Return a date or time as Terraform writes it; None for other texts."""
    found = _TIME().fullmatch(text)
    if found is None:
        return None
    from datetime import datetime  # few documents hold dates

    year, month, day, hour, minute, second, zone, other_hour, other_minute, other_second = found.groups()
    hours, minutes, seconds = (
        int(part or 0) for part in (hour or other_hour, minute or other_minute, second or other_second)
    )
    try:
        time = datetime(int(year), int(month), int(day), hours, minutes, seconds)
    except ValueError:
        return None
    zone = zone or "Z"
    return f"{time:%Y-%m-%dT%H:%M:%S}{'Z' if zone in ('+00:00', '-00:00') else zone}"
