"""Functions that read files: only inside the workspace, and with places in those files."""

from __future__ import annotations

import os
import re

from iplint.budget import charge
from iplint.datatype import SET_OF_STRINGS
from iplint.location import Origin, Span, Verbatim
from iplint.resource import Passed, Passing
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import Interpolation
from iplint.syntax.problem import SyntaxProblem
from iplint.terraform import functions_encoding
from iplint.terraform.expression import assembled, evaluate
from iplint.terraform.failure import MissingFile, beyond_limit, failure
from iplint.terraform.functions_base import Arguments
from iplint.terraform.scope import Scope
from iplint.terraform.source_map import SourceMap, TextSourceMap
from iplint.terraform.truth import unknowns
from iplint.terraform.types import like
from iplint.terraform.unicode import normal_text
from iplint.value import (
    Absent,
    Chunk,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    UnreadFile,
    as_text,
    literal_text,
    merged_reasons,
)
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.terraform.configuration import Reader
    from iplint.value import Lazy, Value

    FileFunction = Callable[["FileFunctions", list[Value], Scope, Span], Value]

MAX_FILES = 1_000
MAX_DEPTH = 12
# User data has at most 16 KB, and files that provisioners send are seldom larger than this.
MAX_ENCODED = 1 << 20
# What it costs to match a name with a pattern, to begin with a template, and to hash a file, in steps of a budget.
STEPS_A_NAME = 8
STEPS_A_RENDERING = 40
BYTES_HASHED_A_STEP = 64


class FileFunctions:
    """Read files for the functions of a root; relative paths start at its directory."""

    __slots__ = ("_depth", "_directory", "_reader")

    def __init__(self, reader: Reader, directory: str) -> None:
        self._reader = reader
        self._directory = directory
        self._depth = 0

    def call(self, name: str, args: list[Value], scope: Scope, at: Span) -> Value | None:
        """Return the result of a function that reads files or renders templates; None for other functions."""
        found = _FUNCTIONS.get(name)
        if found is None:
            return None
        if not args:
            return failure(f"{name}() without an argument", at)
        function, _ = found
        return function(self, args, scope, at)

    def _path(self, value: Value, at: Span) -> str | Unknown:
        name = as_text(value)
        if name is None:
            found = unknowns(value)
            return Unknown(merged_reasons(iter(found)), at, True) if found else failure("the name of a file", at)
        if "\0" in name or name.startswith("~"):
            return Unknown((UnreadFile(f"the file {name!r}, which is not here", at, exists=False),), at, True)
        return os.path.normpath(os.path.join(self._directory, name))

    def _unread(self, path: str, why: str, at: Span) -> Unknown:
        what = f"the file {self._reader.workspace.display_path(path)}, which {why}"
        try:
            workspace = self._reader.workspace
            exists = workspace.exists(workspace.real(path))
            missing = not exists
        except (ReadError, OSError, ValueError):
            # Outside of the workspace nobody looks.
            exists = missing = False
        reason = (MissingFile if missing else UnreadFile)(what, at, exists)
        return Unknown((reason,), at, present=not missing)

    def _content(self, path: str, at: Span) -> Value:
        """Return the text of a file with its places; a failure if it is not UTF-8."""
        source = self._reader.source(path)
        if isinstance(source, str):
            try:
                self._reader.workspace.read(path).decode("utf-8")
            except UnicodeDecodeError:
                what = f"the file {self._reader.workspace.display_path(path)}, which {source}"
                return Unknown((MissingFile(what, at),), at)
            except ReadError:
                pass
            return self._unread(path, source, at)
        whole = Span(source, 0, len(source.text))
        mark = self._reader.mark(path)
        if mark and mark != b"\xef\xbb\xbf":
            return Unknown((MissingFile(f"the file {source.path}, which is not UTF-8", at),), at)
        text = literal_text(source.text, Verbatim(whole))
        if mark:
            text = Text((Chunk("\ufeff", Origin(Span(source, 0, 0))), *text.pieces))
        return Known(text, at)

    def file(self, args: list[Value], scope: Scope, at: Span) -> Value:
        """`file(path)`: the text, with its places in the file."""
        del scope
        path = self._path(args[0], at)
        if isinstance(path, Unknown):
            return path
        content = self._content(path, at)
        if isinstance(content, Known) and isinstance(content.value, Text):
            return like(content, normal_text(content.value))
        return content

    def encoded(self, args: list[Value], scope: Scope, at: Span) -> Value:
        """`filebase64(path)`: a text that keeps the file's text for decoding."""
        del scope
        path = self._path(args[0], at)
        if isinstance(path, Unknown):
            return path
        content = self._content(path, at)
        if not isinstance(content, Known):
            return self._encoded_bytes(args[0], at) or content
        return functions_encoding.base64encode(Arguments("filebase64", [content], at))

    def _encoded_bytes(self, path: Value, at: Span) -> Value | None:
        """Return a binary file as base64, to be unpacked like user data; None where it is not read."""
        name = self._path(path, at)
        try:
            content = self._reader.workspace.read(name) if isinstance(name, str) else None
        except ReadError:
            content = None
        if content is None or len(content) > MAX_ENCODED:
            return None
        charge(STEPS_A_NAME + len(content) // BYTES_HASHED_A_STEP)
        import base64  # few configurations have such files

        return Known(literal_text(base64.b64encode(content).decode("ascii"), Origin(at)), at)

    def digest(self, name: str, args: list[Value], at: Span) -> Value:
        """`filesha256(path)` and the like: the digest of the file's bytes, whatever they are."""
        path = self._path(args[0], at)
        if isinstance(path, Unknown):
            return path
        try:
            content = self._reader.workspace.read(path)
        except ReadError as refused:
            return self._unread(path, str(refused), at)
        charge(STEPS_A_NAME + len(content) // BYTES_HASHED_A_STEP)
        return Known(literal_text(functions_encoding.digest_of(content, name), Origin(at)), at)

    def exists(self, args: list[Value], scope: Scope, at: Span) -> Value:
        """`fileexists(path)`."""
        del scope
        path = self._path(args[0], at)
        if isinstance(path, Unknown):
            return path
        try:
            if self._reader.is_dir(path):
                return failure(f"the file {self._reader.workspace.display_path(path)}, which is a directory", at)
            return Known(self._reader.workspace.is_file(self._reader.workspace.real(path)), at)
        except (ReadError, OSError, ValueError) as error:
            return Unknown(
                (Reason(f"the file {self._reader.workspace.display_path(path)}, which {error}", at),), at, True
            )

    def matching(self, args: list[Value], scope: Scope, at: Span) -> Value:
        """`fileset(path, pattern)`."""
        del scope
        base = self._path(args[0], at)
        if isinstance(base, Unknown):
            return base
        pattern = as_text(args[1]) if len(args) > 1 else None
        if pattern is None or pattern.startswith("..") or "/.." in pattern:
            return Unknown((Reason("the pattern of fileset", at),), at, True)
        try:
            parts = [_compiled(part) for part in os.path.normpath(pattern).split(os.sep)]
        except UnsupportedPattern:
            return Unknown((Reason(f"the pattern of fileset, {pattern}", at),), at, True)
        if None in parts:
            return failure("a pattern of fileset that is none", at)
        found = self._matches(base, [part for part in parts if part is not None])
        if found is None:
            return Unknown((Reason(f"the files in {self._reader.workspace.display_path(base)}", at),), at, True)
        return Known(Seq([Known(literal_text(name, Origin(at)), at) for name in found], None, SET_OF_STRINGS), at)

    def _matches(self, base: str, parts: list[str]) -> list[str] | None:
        if not self._reader.is_dir(base):
            return []
        found: list[str] = []
        waiting = [""]
        visited = 0
        while waiting:
            inner = waiting.pop()
            visited += 1
            if visited > MAX_FILES or len(found) > MAX_FILES or inner.count("/") > MAX_DEPTH:
                return None
            try:
                names = self._reader.workspace.names(os.path.join(base, inner))
            except ReadError:
                return None
            charge(STEPS_A_NAME * len(names) * len(parts))
            for name in names:
                path = f"{inner}/{name}" if inner else name
                full = os.path.join(base, path)
                if self._reader.workspace.is_below(full):
                    if name != ".git":
                        waiting.append(path)
                elif _fits(path.split("/"), parts):
                    found.append(path)
        return sorted(found)

    def render_file(self, args: list[Value], scope: Scope, at: Span) -> Value:
        """`templatefile(path, vars)`: the text, with its places in the template."""
        path = self._path(args[0], at)
        if isinstance(path, Unknown):
            return path
        template = self._reader.template(path)
        if isinstance(template, str):
            return self._unread(path, template, at)
        source_map, parts = template
        charge(STEPS_A_RENDERING + len(source_map.source.text) // 2)
        if len(args) != 2 or not _are_variables(args[1]):
            return failure("templatefile(...) with arguments it does not take", at)
        inner = within(args[1], scope, source_map, at, path)
        only = parts[0] if len(parts) == 1 else None
        if isinstance(only, Interpolation):
            # A template that is one interpolation and nothing else has its value, whatever its type, but for null.
            made = self._limited(lambda: evaluate(only.expr, inner), at)
            return failure("templatefile(...) of null", at) if isinstance(made, Absent) else made
        return self._limited(lambda: assembled(parts, inner, at), at)

    def render_text(self, args: list[Value], scope: Scope, at: Span) -> Value:
        """`templatestring(text, vars)`."""
        return self._limited(lambda: rendered(args[0], args[1] if len(args) > 1 else None, scope, at), at)

    def _limited(self, render: Callable[[], Value], at: Span) -> Value:
        # OpenTofu lets templates call templatefile; one that calls itself ends here.
        if self._depth >= MAX_DEPTH:
            return beyond_limit("templates that call each other too deeply", at)
        self._depth += 1
        try:
            return render()
        finally:
            self._depth -= 1


def _digest_by(name: str) -> FileFunction:
    return lambda functions, args, scope, at: functions.digest(name, args, at)


_FUNCTIONS: dict[str, tuple[FileFunction, Passed]] = {
    # The text of a file does not contain its name.
    "file": (FileFunctions.file, Passed(Passing.TOGETHER, ())),
    "filebase64": (FileFunctions.encoded, Passed(Passing.ENCODED, ())),
    "fileexists": (FileFunctions.exists, Passed(Passing.NONE)),
    "fileset": (FileFunctions.matching, Passed(Passing.NONE)),
    "templatefile": (FileFunctions.render_file, Passed(Passing.TOGETHER, (1,))),
    "templatestring": (FileFunctions.render_text, Passed(Passing.TOGETHER)),
    **{
        f"file{digest}": (_digest_by(digest), Passed(Passing.NONE))
        for digest in ("md5", "sha1", "sha256", "sha512", "base64sha256", "base64sha512")
    },
}


def passed_by(name: str) -> Passed | None:
    """Return which texts of its arguments a file function passes on; None for other functions."""
    found = _FUNCTIONS.get(name)
    return found[1] if found is not None else None


def _are_variables(value: Value) -> bool:
    """Return whether a value can be the variables of a template."""
    match value:
        case Unknown():
            return True
        case Known(Map() as members):
            return all(re.fullmatch(r"[^\W\d][\w-]*", name) for name in members)
        case _:
            return False


class UnsupportedPattern(Exception):
    """A pattern of fileset that is not supported here."""


_ANY_DIRECTORIES = "**"


def _compiled(part: str) -> str | None:
    """Return one name of a pattern as a regular expression, as doublestar reads it; None if it is invalid."""
    if part == _ANY_DIRECTORIES:
        return part
    written: list[str] = []
    depth = index = 0
    while index < len(part):
        sign = part[index]
        index += 1
        match sign:
            case "*":
                written.append(".*")
            case "?":
                written.append(".")
            case "\\":
                if index == len(part):
                    return None
                written.append(re.escape(part[index]))
                index += 1
            case "[":
                end = index
                while end < len(part) and part[end] != "]":
                    end += 2 if part[end] == "\\" else 1
                if end >= len(part) or end == index:
                    return None
                written.append(_character_class(part[index:end]))
                index = end + 1
            case "{":
                depth += 1
                written.append("(?:")
            case "}" if depth:
                depth -= 1
                written.append(")")
            case "," if depth:
                written.append("|")
            case _:
                written.append(re.escape(sign))
    if depth and "}" not in part:
        return None
    if depth:
        raise UnsupportedPattern
    return f"(?s:{''.join(written)})"


def _character_class(letters: str) -> str:
    negated = letters.startswith("^")
    made: list[str] = []
    index = int(negated)
    while index < len(letters):
        index += letters[index] == "\\"
        first = letters[index : index + 1]
        if letters[index + 1 : index + 2] == "-" and index + 2 < len(letters):
            index += 2 + (letters[index + 2] == "\\")
            last = letters[index : index + 1]
            made.append(f"{re.escape(first)}-{re.escape(last)}" if first <= last else "")
        else:
            made.append(re.escape(first))
        index += 1
    inner = "".join(made)
    if not inner:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{inner}]"


def _fits(path: list[str], parts: list[str]) -> bool:
    """Return whether a path matches a pattern in which `**` matches any directories."""
    # How many of the path's names may be matched by what was read of the pattern.
    matched = {0}
    for part in parts:
        if part == _ANY_DIRECTORIES:
            matched = set(range(min(matched), len(path) + 1)) if matched else matched
        else:
            matched = {end + 1 for end in matched if end < len(path) and re.fullmatch(part, path[end])}
    return len(path) in matched


def within(variables: Value | None, scope: Scope, source_map: SourceMap, at: Span, where: str) -> Scope:
    """Return the scope of a template: only the variables that are passed to it."""
    rest = failure("a name that is not passed to the template", at)
    bound: dict[str, Lazy] = {}
    match variables:
        case Known(Map() as members):
            bound = {name: _member(members, name) for name in members}
            rest = members.more or rest
        case Unknown():
            rest = variables
        case _:
            pass
    return Scope(scope.context, source_map, f"{scope.where}{where}:", bound, rest)


def _member(members: Map, name: str) -> Callable[[], Value]:
    return lambda: members.get(name) or failure(f"a variable {name}", members.key_at(name))


def rendered(template: Value, variables: Value | None, scope: Scope, at: Span) -> Value:
    """Return a template text rendered with variables; places are those in the text."""
    if not isinstance(template, Known) or not isinstance(template.value, Text):
        return template if isinstance(template, Unknown) else failure("a template that is not a string", at)
    charge(STEPS_A_RENDERING + 4 * template.value.size)
    source_map = TextSourceMap(template.value, template.at.path)
    try:
        parts = hcl.parse_template(source_map.source)
    except SyntaxProblem as problem:
        return failure(f"a template that cannot be read: {problem.reason}", at)
    return assembled(parts, within(variables, scope, source_map, at, scope.where), at)
