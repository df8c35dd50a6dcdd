"""The configuration: one file at the root of the repository, or the file named on the command line."""

from __future__ import annotations

import os
import re

from iplint.aws.marks import SECRET_NAMES
from iplint.resource import NoticeCause
from iplint.secret import is_varied
from iplint.workspace import ReadError, read_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from jsonschema import ValidationError

    Setting: TypeAlias = bool | str | list[str] | dict[str, str] | dict[str, list[str]] | dict[str, dict[str, str]]

BASELINE = ".iplint-baseline.json"
FILES = (".iplint.toml", "iplint.toml", "pyproject.toml")
# How many names with dots between them one key may have: to read it takes time that grows with the square of that.
MAX_PARTS = 16
_DEEP = rf"(?<![\w-])(?:(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*){{{MAX_PARTS}}}"
# How deep the values of settings are, in the table of all.
_LEVELS = 3
_SEVERITIES = ("info", "low", "medium", "high", "critical")


class SettingKind:
    """The type of a setting: a `flag`, one of some `words`, `names`, or a table of `texts`, `words` or `names` by name.

    `default` is its value where it is not set, `doc` its description.
    """

    __slots__ = ("default", "doc", "form", "of", "words")

    def __init__(self, form: str, default: Setting, doc: str, words: tuple[str, ...] = (), of: str = "") -> None:
        self.form = form
        self.default = default
        self.doc = doc
        self.words = words
        self.of = of

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the setting."""
        return {**_schema_of(self.form, self.words, self.of), "description": self.doc}


def _schema_of(form: str, words: tuple[str, ...], of: str = "") -> dict[str, object]:
    match form:
        case "flag":
            return {"type": "boolean"}
        case "names":
            return {"type": "array", "items": _schema_of("text", words)}
        case "table":
            return {"type": "object", "additionalProperties": _schema_of(of, words)}
        case "texts":
            return {"type": "object", "additionalProperties": _schema_of("text", words)}
        case _:
            return {"type": "string", "enum": [*words]} if words else {"type": "string"}


# What could not be read or deployed is never accepted.
_NEVER_ACCEPTED = (NoticeCause.UNREAD, NoticeCause.DEFECT, NoticeCause.RULE, NoticeCause.INVALID)
ACCEPTABLE_CAUSES = tuple(cause for cause in NoticeCause if cause not in _NEVER_ACCEPTED)

SETTINGS: dict[str, SettingKind] = {
    "select": SettingKind("names", [], "rules or groups to run, or all or default"),
    "ignore": SettingKind("names", [], "rules or groups not to run"),
    "severities": SettingKind(
        "table", {}, "the severity of a rule's findings in place of its own", _SEVERITIES, of="text"
    ),
    "severity-in": SettingKind(
        "table", {}, "severities of rules or groups by path, address:, tag: or account:", _SEVERITIES, of="texts"
    ),
    "ignore-in": SettingKind(
        "table", {}, "rules or groups that do not count, by path, address:, tag: or account:", of="names"
    ),
    "accepted-notices": SettingKind(
        "table",
        {},
        "causes of notices that are accepted in files that match a pattern",
        ACCEPTABLE_CAUSES,
        of="names",
    ),
    "exclude": SettingKind("names", [], "patterns of files and directories to leave out"),
    "fail-on": SettingKind("text", "low", "the lowest severity that fails", _SEVERITIES[1:]),
    "severity": SettingKind("text", "info", "the lowest severity that is reported at all", _SEVERITIES),
    "undecided": SettingKind("flag", False, "list undecided verdicts"),
    "strict": SettingKind("flag", False, "what is not settled, and what is not supported, fails"),
    "require-reason": SettingKind("flag", False, "what a template says to ignore needs a reason"),
    "parameters": SettingKind("table", {}, "values of CloudFormation parameters", of="text"),
    "variables": SettingKind("table", {}, "values of Terraform variables, as on a command line", of="text"),
    "module-sources": SettingKind(
        "table", {}, "local directories in place of sources of modules and addresses of templates", of="text"
    ),
    "accepted-profiles": SettingKind(
        "names", [], "patterns of instance profiles that are kept elsewhere and known to be good"
    ),
    "accepted-roles": SettingKind("names", [], "patterns of roles that are kept elsewhere and known to be good"),
    "account-http-tokens": SettingKind(
        "text",
        "unknown",
        "the account's default for launches that do not set HttpTokens",
        ("optional", "required", "no-preference", "unknown"),
    ),
}


# Tables whose values are given to templates, and what their names or values look like where they may be secrets.
_INPUTS = ("parameters", "variables")
_MAX_SHOWN = 15


def _may_be_secret(name: str, value: str) -> bool:
    """Return whether the value of an input may be a secret; true when in doubt."""
    return len(value) > _MAX_SHOWN or is_varied(value) or any(word in name.lower() for word in SECRET_NAMES)


class ConfigError(Exception):
    """A configuration that cannot be used; the message says which file, where, and what to do."""


class Config:
    """The settings of one file. `path` is its display path, None when there is no file."""

    __slots__ = ("_given", "path")

    def __init__(self, path: str | None = None, given: Mapping[str, Setting] | None = None) -> None:
        self.path = path
        self._given = dict(given or {})

    def __contains__(self, name: str) -> bool:
        return name in self._given

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Return what the file sets, by name."""
        return self._given

    def _get(self, name: str) -> Setting:
        return self._given.get(name, SETTINGS[name].default)

    def flag(self, name: str) -> bool:
        """Return a setting that is true or false."""
        return self._get(name) is True

    def word(self, name: str) -> str:
        """Return a setting that is one word."""
        found = self._get(name)
        return found if isinstance(found, str) else ""

    def names(self, name: str) -> list[str]:
        """Return a setting that is a list of strings."""
        found = self._get(name)
        return list(found) if isinstance(found, list) else []

    def texts(self, name: str) -> dict[str, str]:
        """Return a setting that maps names to strings."""
        found = self._get(name)
        return {key: text for key, text in found.items() if isinstance(text, str)} if isinstance(found, dict) else {}

    def lists(self, name: str) -> dict[str, list[str]]:
        """Return a setting that maps names to lists of strings."""
        found = self._get(name)
        return {key: item for key, item in found.items() if isinstance(item, list)} if isinstance(found, dict) else {}

    def tables(self, name: str) -> dict[str, dict[str, str]]:
        """Return a setting that maps names to tables of strings."""
        found = self._get(name)
        return {key: item for key, item in found.items() if isinstance(item, dict)} if isinstance(found, dict) else {}

    def as_toml(self, name: str) -> str:
        """Return a setting as TOML writes it."""
        import json

        def written(value: Setting) -> str:
            if not isinstance(value, dict):
                return json.dumps(value)
            return f"{{ {', '.join(f'{json.dumps(key)} = {written(item)}' for key, item in value.items())} }}"

        found = self._get(name)
        if isinstance(found, dict) and name in _INPUTS:
            found = {key: "***" if _may_be_secret(key, item) else item for key, item in self.texts(name).items()}
        return written(found) if found != {} else "{}"


def violated(error: ValidationError) -> str:
    """Describe the allowed values without the actual one, which may be a secret."""
    wanted: object = error.validator_value
    match error.validator:
        case "type":
            return f"this has to be of type {wanted}"
        case "enum" if (words := items_of(wanted)) is not None:
            return f"this has to be one of {', '.join(map(str, words))}"
        case "required" if (names := items_of(wanted)) is not None:
            return f"this needs {', '.join(map(str, names))}"
        case "additionalProperties":
            return "this has a member that does not belong here"
        case _:
            return f"this has to meet {error.validator} {wanted}"


def schema() -> dict[str, object]:
    """Return the JSON Schema of a configuration file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of iplint",
        "type": "object",
        "properties": {name: kind.schema() for name, kind in SETTINGS.items()},
        "additionalProperties": False,
    }


def found(top: str, working: str) -> Config | None:
    """Return the configuration at the root of a repository, the directory `top`, if there is one.

    Raises ConfigError, also for two of them.
    """
    files: list[tuple[str, dict[str, object]]] = []
    for name in FILES:
        path = os.path.join(top, name)
        if os.path.isfile(path):
            shown = os.path.relpath(path, working).replace(os.sep, "/")
            table = _table_in(path, shown, is_own=True)
            if table is not None:
                files.append((shown, table))
    if len(files) > 1:
        raise ConfigError(f"{files[0][0]} and {files[1][0]} both configure iplint: keep one of them")
    return checked(*files[0]) if files else None


def named(path: str, working: str) -> Config:
    """Return the configuration in a file. Raises ConfigError."""
    return checked(path, _table_in(os.path.normpath(os.path.join(working, path)), path) or {})


def _table_in(path: str, shown: str, is_own: bool = False) -> dict[str, object] | None:
    """Return the settings in a file; None for a file of several tools without a table for iplint."""
    try:
        data = read_named(path, is_own)
    except ReadError as refused:
        raise ConfigError(f"{shown}: the configuration {refused}") from None
    if os.path.basename(path) == FILES[-1] and b"tool.iplint" not in data:
        return None
    if re.search(_DEEP, data.decode("utf-8", "replace")):
        raise ConfigError(f"{shown}: a key has more than {MAX_PARTS} parts; no setting has as many")
    import tomllib

    try:
        table: dict[str, object] = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The message of the parser may quote the text.
        place = f" {str(error)[at:]}" if (at := str(error).rfind("(at ")) >= 0 else ""
        raise ConfigError(f"{shown}: this is not TOML{place}") from None
    if os.path.basename(path) != FILES[-1]:
        return table
    tools = members_of(table.get("tool"))
    return members_of(tools["iplint"]) if tools is not None and "iplint" in tools else None


def members_of(value: object) -> dict[str, object] | None:
    """Return the members of a table; None for anything else."""
    if not isinstance(value, dict):
        return None
    items: dict[object, object] = value  # pyright: ignore[reportUnknownVariableType]  # nothing is known of it yet
    return {str(key): item for key, item in items.items()}


def shallow(value: object, levels: int) -> object:
    """Return a value without anything below some levels: describing nested lists takes quadratic time."""
    members, items = members_of(value), items_of(value)
    if members is not None:
        return {name: shallow(item, levels - 1) for name, item in members.items()} if levels else {}
    if items is not None:
        return [shallow(item, levels - 1) for item in items] if levels else []
    return value


def items_of(value: object) -> list[object] | None:
    """Return the items of a list; None for anything else."""
    if not isinstance(value, list):
        return None
    items: list[object] = value  # pyright: ignore[reportUnknownVariableType]  # nothing is known of it yet
    return items


def checked(shown: str, table: Mapping[str, object]) -> Config:
    """Return the settings of a file, each checked. Raises ConfigError."""
    given: dict[str, Setting] = {}
    table = {name: _in_small_letters(SETTINGS.get(name), value) for name, value in table.items()}
    for name, value in table.items():
        kind = SETTINGS.get(name)
        setting = _taken(kind, value) if kind is not None else None
        if setting is None:
            raise ConfigError(_complaint(shown, table))
        given[name] = setting
    return Config(shown, given)


def _in_small_letters(kind: SettingKind | None, value: object) -> object:
    """Return a value with the words of its setting in small letters, as the command line takes them too."""
    members = members_of(value)
    if kind is None or not kind.words:
        return value
    if members is not None:
        return {name: _in_small_letters(kind, item) for name, item in members.items()}
    return value.lower() if isinstance(value, str) else value


def _taken(kind: SettingKind, value: object) -> Setting | None:
    """Return a value if it is valid for its setting; faster than by the schema."""
    match kind.form:
        case "flag":
            return value if isinstance(value, bool) else None
        case "text":
            return _word(kind, value)
        case "names":
            return _texts(kind, value)
        case _:
            members = members_of(value)
            if members is None:
                return None
            lists = {name: texts for name, item in members.items() if (texts := _texts(kind, item)) is not None}
            words = {name: text for name, item in members.items() if (text := _word(kind, item)) is not None}
            tables = {name: table for name, item in members.items() if (table := _table(kind, item)) is not None}
            taken = lists if kind.of == "names" else tables if kind.of == "texts" else words
            return taken if len(taken) == len(members) else None


def _table(kind: SettingKind, value: object) -> dict[str, str] | None:
    members = members_of(value)
    words = {name: text for name, item in (members or {}).items() if (text := _word(kind, item)) is not None}
    return words if members is not None and len(words) == len(members) else None


def _word(kind: SettingKind, value: object) -> str | None:
    return value if isinstance(value, str) and (not kind.words or value in kind.words) else None


def _texts(kind: SettingKind, value: object) -> list[str] | None:
    items = items_of(value)
    if items is None:
        return None
    texts = [text for item in items if (text := _word(kind, item)) is not None]
    return texts if len(texts) == len(items) else None


def _complaint(shown: str, table: Mapping[str, object]) -> str:
    """Describe the errors in a configuration; for an unknown name, with the nearest known one."""
    unknown = [name for name in table if name not in SETTINGS]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], SETTINGS, 1)
        hint = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(SETTINGS)}"
        return f"{shown}: there is no setting {unknown[0]}; {hint}"
    from jsonschema import ValidationError, validate

    try:
        validate(shallow(table, _LEVELS), schema())
    except ValidationError as error:
        where = ".".join(str(part) for part in error.absolute_path)
        return f"{shown}: {where}: {violated(error)}"
    return f"{shown}: a setting has not the form that `iplint config` shows"
