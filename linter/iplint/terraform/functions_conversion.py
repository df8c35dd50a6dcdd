"""Functions that convert between types, or return their argument."""

from __future__ import annotations

from iplint.datatype import ANY_LIST, ANY_MAP, ANY_SET, BOOL, NUMBER, STRING
from iplint.resource import Passing
from iplint.terraform.equality import converter
from iplint.terraform.functions_base import MANY, ArgumentError, FunctionTable, NeedsUnknown
from iplint.terraform.unification import converts
from iplint.value import Known, Map, Reason, Seq, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.terraform.functions_base import Arguments
    from iplint.value import Lazy, Value

CONVERSION = FunctionTable()
_TYPES = {
    "tostring": STRING,
    "tonumber": NUMBER,
    "tobool": BOOL,
    "tolist": ANY_LIST,
    "toset": ANY_SET,
    "tomap": ANY_MAP,
}


@CONVERSION("tostring", takes=1, passes=Passing.SAME)
@CONVERSION("tonumber", "tobool", takes=1, passes=Passing.NONE)
@CONVERSION("tolist", "toset", "tomap", takes=1, passes=Passing.MEMBERS)
def converted(args: Arguments) -> Value:
    """Return a value converted to a type. An unknown value may turn out not to convert."""
    value, wanted = args[0], _TYPES[args.name]
    if isinstance(value, Unknown):
        if not converts(value.type, wanted):
            raise ArgumentError
        if wanted in (STRING, ANY_LIST, ANY_MAP, ANY_SET):
            return value
        return Unknown(value.reasons, value.at, False, value.trail, None, value.input)
    if isinstance(value, Known) and isinstance(value.value, Text) and value.value.holes and wanted is not STRING:
        raise NeedsUnknown(*(gap.value for gap in value.value.holes))
    return converter().convert(value, wanted)


@CONVERSION("sensitive", "nonsensitive", "ephemeralasnull", takes=1, passes=Passing.SAME)
def as_it_is(args: Arguments) -> Value:
    """Return the argument: the function changes only how Terraform displays it."""
    return args[0]


@CONVERSION("issensitive", takes=1, total=True, passes=Passing.NONE)
def issensitive(args: Arguments) -> Value:
    """Return whether Terraform would hide the value: unknown, because sensitivity is not tracked here."""
    raise NeedsUnknown(Unknown((Reason("whether a value is sensitive", args.at),), args.at, True))


# Before Terraform 0.12 these were written for [...] and {...}. Later versions report an error.


@CONVERSION("list", takes=0, to=MANY, passes=Passing.MEMBERS)
def make_list(args: Arguments) -> Value:
    """Return a list of the arguments."""
    return args.known(Seq([*args.values]))


@CONVERSION("map", takes=0, to=MANY, passes=Passing.MEMBERS)
def make_map(args: Arguments) -> Value:
    """Return a map of alternating names and values."""
    if len(args) % 2:
        raise ArgumentError
    entries: dict[str, tuple[Span, Lazy]] = {
        args.plain(index): (args[index].at, args[index + 1]) for index in range(0, len(args), 2)
    }
    return args.known(Map(entries))
