"""Functions on paths, which read no files."""

from __future__ import annotations

from iplint.resource import Passing
from iplint.terraform.functions_base import Arguments, Cutter, FunctionTable, NeedsUnknown
from iplint.value import Reason, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.value import Value

PATH = FunctionTable()


def _clean(args: Arguments, path: str) -> Value:
    """Return a path without redundant parts, as the Go language's path.Clean."""
    import posixpath

    cleaned = posixpath.normpath(path)
    return args.made(cleaned[1:] if cleaned.startswith("//") else cleaned)


@PATH("basename", takes=1, total=True, passes=Passing.PART)
def basename(args: Arguments) -> Value:
    """Return the last name of a path."""
    string = args.text(0)
    path = args.plain(0)
    end = len(path.rstrip("/"))
    if not end:
        return args.made("/" if path else ".")
    return args.pieces(Cutter(string).cut(path.rfind("/", 0, end) + 1, end))


@PATH("dirname", takes=1, total=True, passes=Passing.PART)
def dirname(args: Arguments) -> Value:
    """Return a path without its last name."""
    return _clean(args, args.plain(0).rpartition("/")[0] + "/" if "/" in args.plain(0) else ".")


@PATH("abspath", takes=1, total=True, passes=Passing.PART)
def abspath(args: Arguments) -> Value:
    """Return an absolute path, which depends on where Terraform runs."""
    path = args.plain(0)
    if path.startswith("/"):
        return _clean(args, path)
    raise NeedsUnknown(Unknown((Reason("the directory that Terraform runs in", args.at),), args.at, True))


@PATH("pathexpand", takes=1, total=True, passes=Passing.PART)
def pathexpand(args: Arguments) -> Value:
    """Return a path with `~` replaced by the home directory, which depends on where Terraform runs."""
    if args.text(0).starts_with("~") is False:
        return args.as_text(0)
    args.plain(0)
    raise NeedsUnknown(Unknown((Reason("the home directory", args.at),), args.at, True))
