"""Functions that convert between types, or pass a value through."""

from __future__ import annotations

from iplint.resource import Passing
from iplint.terraform.expression import to_number
from iplint.terraform.functions_base import (
    MANY,
    ArgumentError,
    FunctionTable,
    NeedsUnknown,
    as_string,
    plain,
    refuse,
    truth_of,
)
from iplint.terraform.functions_collection import set_of
from iplint.value import Absent, Known, Map, Reason, Seq, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.location import Span
    from iplint.terraform.functions_base import Arguments
    from iplint.value import Lazy, Value

CONVERSION = FunctionTable()


@CONVERSION("tostring", takes=1, passes=Passing.SAME)
def tostring(args: Arguments) -> Value:
    """Return a text."""
    return as_string(args[0])


def _converted(value: Value, convert: Callable[[Known[Text]], bool | int | float | None]) -> Value:
    """Return a text as what it is written as. What is unknown may turn out not to convert."""
    match value:
        case Absent():
            return value
        case Unknown():
            return Unknown(value.reasons, value.at, False, value.trail, None, value.input)
        case Known(Text() as string):
            found = convert(Known(string, value.at))
            return Known(found, value.at, value.trail, value.ref, value.input) if found is not None else refuse()
        case Known():
            raise ArgumentError


@CONVERSION("tonumber", takes=1, passes=Passing.NONE)
def tonumber(args: Arguments) -> Value:
    """Return a number."""
    value = args[0]
    if isinstance(value, Known) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        return value
    return _converted(value, lambda known: to_number(plain(known.value)))


@CONVERSION("tobool", takes=1, passes=Passing.NONE)
def tobool(args: Arguments) -> Value:
    """Convert to a boolean."""
    value = args[0]
    if isinstance(value, Known) and isinstance(value.value, bool):
        return value
    return _converted(value, truth_of)


@CONVERSION("tolist", takes=1, passes=Passing.MEMBERS)
def tolist(args: Arguments) -> Value:
    """Return a list."""
    value = args[0]
    return value if not isinstance(value, Known) or isinstance(value.value, Seq) else refuse()


@CONVERSION("toset", takes=1, passes=Passing.MEMBERS)
def toset(args: Arguments) -> Value:
    """Return a set: its items once each, in the order in which Terraform goes through them."""
    value = args[0]
    if not isinstance(value, Known):
        return value
    return Known(set_of(args.seq(0)), value.at, value.trail, value.ref, value.input)


@CONVERSION("tomap", takes=1, passes=Passing.MEMBERS)
def tomap(args: Arguments) -> Value:
    """Return a map."""
    value = args[0]
    return value if not isinstance(value, Known) or isinstance(value.value, Map) else refuse()


@CONVERSION("sensitive", "nonsensitive", "ephemeralasnull", takes=1, passes=Passing.SAME)
def as_it_is(args: Arguments) -> Value:
    """Return the value: only how Terraform shows it is another."""
    return args[0]


@CONVERSION("issensitive", takes=1, total=True, passes=Passing.NONE)
def issensitive(args: Arguments) -> Value:
    """Return whether Terraform would hide the value, which is not followed here."""
    raise NeedsUnknown(Unknown((Reason("whether a value is sensitive", args.at),), args.at, True))


# Before Terraform 0.12 these were written for [...] and {...}.


@CONVERSION("list", takes=0, to=MANY, passes=Passing.MEMBERS)
def make_list(args: Arguments) -> Value:
    """Return a list of the arguments."""
    return args.known(Seq([*args.values]))


@CONVERSION("map", takes=0, to=MANY, passes=Passing.MEMBERS)
def make_map(args: Arguments) -> Value:
    """Return a map of names and values in turn."""
    if len(args) % 2:
        raise ArgumentError
    entries: dict[str, tuple[Span, Lazy]] = {
        args.plain(index): (args[index].at, args[index + 1]) for index in range(0, len(args), 2)
    }
    return args.known(Map(entries))
