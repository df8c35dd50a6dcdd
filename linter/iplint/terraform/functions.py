"""Terraform's functions that need nothing but their arguments (Terraform documentation, Built-in Functions).

Those that read files or evaluate their arguments when they need them are not here.
"""

from __future__ import annotations

from iplint.terraform.failure import failure
from iplint.terraform.functions_base import (
    LONGEST_TEXT,
    MOST_PIECES,
    Arguments,
    Excessive,
    Refused,
    Undecided,
    to_text,
)
from iplint.terraform.functions_collection import COLLECTION
from iplint.terraform.functions_conversion import CONVERSION
from iplint.terraform.functions_encoding import ENCODING, to_json
from iplint.terraform.functions_format import FORMAT
from iplint.terraform.functions_number import NUMBER
from iplint.terraform.functions_path import PATH
from iplint.terraform.functions_text import TEXT
from iplint.value import Chunk, Known, Reason, Text, Unknown, is_withheld, merged_reasons, withheld

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.value import Value

__all__ = ["call", "to_json", "to_text"]

_FUNCTIONS = {
    name: function
    for table in (TEXT, FORMAT, COLLECTION, CONVERSION, ENCODING, NUMBER, PATH)
    for name, function in table.functions.items()
}


def call(name: str, args: list[Value], at: Span) -> Value | None:
    """The result of the function `name`, called at `at`; None when there is no such function here.

    Arguments that Terraform would refuse give a failure, unknown ones an Unknown as far as they decide the result.
    """
    function = _FUNCTIONS.get(name)
    if function is None:
        return None
    try:
        if not function.least <= len(args) <= function.most:
            raise Refused
        made = _limited(function.make(Arguments(name, args, at)), at)
        # What is made of a sensitive value is one, as in Terraform.
        return withheld(made) if name == "sensitive" or any(map(is_withheld, args)) else made
    except Undecided as undecided:
        present = function.total and all(value.present for value in undecided.values)
        others = [arg for arg in args if isinstance(arg, Unknown)]
        return Unknown(merged_reasons(iter([*undecided.values, *others])), at, present)
    except Refused:
        return failure(f"{name}(...) with arguments it does not take", at)
    except Excessive as excess:
        return Unknown((Reason(f"{name}(...): {excess.what}", at),), at)
    except RecursionError:
        return Unknown((Reason(f"{name}(...) of a value that is nested too deeply", at),), at)


def _limited(value: Value, at: Span) -> Value:
    if isinstance(value, Known) and isinstance(value.value, Text):
        pieces = value.value.pieces
        size = sum(len(piece.text) for piece in pieces if isinstance(piece, Chunk))
        if size > LONGEST_TEXT or len(pieces) > MOST_PIECES:
            return Unknown((Reason("a text that is too large", at),), at, True)
    return value
