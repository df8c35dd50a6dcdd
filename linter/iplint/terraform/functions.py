"""Terraform's functions that need only their arguments (Terraform documentation, Built-in Functions).

Functions that read files or evaluate their arguments lazily are elsewhere.
"""

from __future__ import annotations

from iplint.budget import charge, charge_bytes
from iplint.number import NumberError, TooLarge
from iplint.resource import Passing
from iplint.terraform.expression import MAX_PIECES, MAX_TEXT_LENGTH, STEPS_A_PIECE
from iplint.terraform.failure import beyond_limit, failed, failure
from iplint.terraform.functions_base import (
    ArgumentError,
    Arguments,
    Excessive,
    NeedsUnknown,
    Unsupported,
    key_among,
    made_of_key,
    to_text,
)
from iplint.terraform.functions_collection import COLLECTION
from iplint.terraform.functions_conversion import CONVERSION
from iplint.terraform.functions_encoding import ENCODING, to_json
from iplint.terraform.functions_format import FORMAT
from iplint.terraform.functions_number import NUMBER
from iplint.terraform.functions_path import PATH
from iplint.terraform.functions_text import TEXT
from iplint.terraform.types import like
from iplint.terraform.unicode import normal_text
from iplint.terraform.unification import Mismatch
from iplint.value import (
    Absent,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    asks_for_any,
    asks_for_none,
    is_withheld,
    merged_reasons,
    whole_resource,
    withheld,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.resource import Passed
    from iplint.terraform.functions_base import Function
    from iplint.value import Value

__all__ = ["call", "to_json", "to_text"]

# What calls cost, in steps and bytes of a budget.
STEPS_A_CALL = 20
STEPS_A_MEMBER = 4
BYTES_A_MEMBER = 160
BYTES_A_PIECE = 64

_FUNCTIONS = {
    name: function
    for table in (TEXT, FORMAT, COLLECTION, CONVERSION, ENCODING, NUMBER, PATH)
    for name, function in table.functions.items()
}


def passed_by(name: str) -> Passed | None:
    """Return which texts of its arguments a function passes on; None when there is no such function here."""
    function = _FUNCTIONS.get(name)
    return function.passed if function is not None else None


# What is made of the members of an argument, or is the argument itself, depends on whether that is null or empty, in
# the places that decide how often blocks are; so does a length.
_ASKING = (Passing.MEMBERS, Passing.SAME)
# Functions that ask whether a collection has something in it.
_COUNTING = ("length", "contains", "anytrue", "coalescelist")
# Functions whose result is empty where their last argument is.
_KEEPING = ("compact", "distinct", "flatten", "join", "keys", "sort", "tolist", "tomap", "toset", "values")


def call(name: str, args: list[Value], at: Span) -> Value | None:
    """Return the result of the function `name`, called at `at`; None when there is no such function here.

    Arguments that Terraform would reject return a failure, unknown ones an Unknown where they decide the result.
    """
    function = _FUNCTIONS.get(name)
    return apply(function, name, args, at) if function is not None else None


def apply(function: Function, name: str, args: list[Value], at: Span) -> Value:
    """Return the result of a function, called at `at` by `name`, as `call` does."""
    result = _result(function, name, args, at)
    if isinstance(result, Absent) or (isinstance(result, Unknown) and failed(result)):
        return result
    key = key_among(arg for index, arg in enumerate(args) if function.passed.has(index))
    return made_of_key(result, key) if key is not None else result


def _result(function: Function, name: str, args: list[Value], at: Span) -> Value:
    try:
        if not function.least <= len(args) <= function.most:
            raise ArgumentError
        _charge_arguments(args)
        if function.passed.how in _ASKING or name == "length":
            for arg in args:
                asks_for_any(arg)
        if args and (name in _COUNTING or (name == "lookup" and len(args) > 2)):
            asks_for_none(args[0])
        made = _limited(function.make(Arguments(name, function.converted(args), at)), at)
        if name in _KEEPING and isinstance(made, Known) and made.input is None:
            made = Known(made.value, made.at, made.trail, made.ref, args[-1].input)
        # What is made of a sensitive value is one, as in Terraform.
        return withheld(made) if name == "sensitive" or any(map(is_withheld, args)) else made
    except NeedsUnknown as undecided:
        present = function.total and all(value.present for value in undecided.values)
        others = [arg for arg in args if isinstance(arg, Unknown)]
        unknown = [*undecided.values, *others]
        return Unknown(merged_reasons(iter(unknown)), at, present, ref=whole_resource(unknown))
    except (ArgumentError, Mismatch, NumberError):
        return failure(f"{name}(...) with arguments it does not take", at)
    except TooLarge:
        return beyond_limit(f"{name}(...): a number that is too large", at)
    except Excessive as excess:
        return beyond_limit(f"{name}(...): {excess.what}", at)
    except Unsupported as refusal:
        return Unknown((Reason(f"{name}(...): {refusal.what}", at),), at)
    except RecursionError:
        return beyond_limit(f"{name}(...) of a value that is nested too deeply", at)


def _charge_arguments(args: list[Value]) -> None:
    """Charge a call by the sizes of its arguments, which are traversed a few times."""
    steps = STEPS_A_CALL
    for value in args:
        if isinstance(value, Known):
            match value.value:
                case Text() as string:
                    steps += 2 * STEPS_A_PIECE * len(string.pieces) + string.size // 4
                case Seq() | Map() as members:
                    steps += STEPS_A_MEMBER * len(members)
                case _:
                    pass
    charge(steps)


def _limited(value: Value, at: Span) -> Value:
    """Return the result, charged by its size; the length of texts is limited."""
    if isinstance(value, Known):
        match value.value:
            case Text() as string:
                size, pieces = string.size, len(string.pieces)
                if size > MAX_TEXT_LENGTH or pieces > MAX_PIECES:
                    return beyond_limit("a text that is too large", at, True)
                charge_bytes(size + BYTES_A_PIECE * pieces)
                normal = normal_text(string)
                return value if normal is string else like(value, normal)
            case Seq() | Map() as members:
                charge_bytes(BYTES_A_MEMBER * len(members))
            case _:
                pass
    return value
