"""The AWS managed policies, by their statements.

Facts: AWS Managed Policy Reference. The statements are in a table beside this module, which `docs/managed_policies.py`
writes and which is read only where a policy is attached.
"""

from __future__ import annotations

import os.path
import zlib
from bisect import bisect_right
from functools import lru_cache

from iplint.aws.policy import Statement
from iplint.location import Origin, Source, Span
from iplint.value import Known, Map, Seq, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    from iplint.value import Lazy, Value

    Json: TypeAlias = "str | bool | int | list[Json] | dict[str, Json]"
    Policies: TypeAlias = Mapping[str, list[dict[str, Json]]]

TABLE = os.path.join(os.path.dirname(__file__), "managed_policies.table")
# What the table leaves out of a statement.
_ASSUMED: dict[str, Json] = {"Effect": "Allow", "Resource": ["*"]}


class ManagedPolicy:
    """An AWS managed policy: its path and name after `policy/` in the ARN, and its statements."""

    __slots__ = ("path", "statements")

    def __init__(self, path: str, statements: list[Statement]) -> None:
        self.path = path
        self.statements = statements

    @property
    def name(self) -> str:
        """Return the name, without the path."""
        return self.path.rpartition("/")[2]


def date() -> str:
    """Return the date of the table."""
    return _head()[0]


def policies() -> Iterator[tuple[str, list[dict[str, Json]]]]:
    """Yield all policies of the table in its order, by path and name."""
    for number in range(len(_head()[1])):
        yield from _block(number).items()


@lru_cache(512)
def managed_policy(path: str, by_name: bool = False) -> ManagedPolicy | None:
    """Return the AWS managed policy with a path and name after `policy/`, or a name alone; None if there is none."""
    name = path.rpartition("/")[2]
    starts = [first for first, _, _ in _head()[1]]
    number = bisect_right(starts, name) - 1
    if number < 0:
        return None
    for listed, statements in _block(number).items():
        # Of some policies that AWS lists no more nobody knows the path.
        if listed == path or (listed.rpartition("/")[2] == name and (by_name or listed.startswith("?/"))):
            at = Span(Source(f"arn:aws:iam::aws:policy/{listed}", ""), 0, 0)
            return ManagedPolicy(listed, [Statement(_members(statement, at), at) for statement in statements])
    return None


@lru_cache(1)
def _head() -> tuple[str, list[tuple[str, int, int]], int]:
    """Return the date, the first name, offset and size of each block, and the offset of the blocks."""
    import json

    with open(TABLE, "rb") as table:
        line = table.readline()
    head = json.loads(line)
    return head["as_of"], [(first, offset, size) for first, offset, size in head["blocks"]], len(line)


@lru_cache(4)
def _block(number: int) -> Policies:
    import json

    _, blocks, start = _head()
    _, offset, size = blocks[number]
    with open(TABLE, "rb") as table:
        table.seek(start + offset)
        found: Policies = json.loads(zlib.decompress(table.read(size)))
    return found


def _members(statement: dict[str, Json], at: Span) -> Value:
    is_open = "NotResource" in statement
    assumed = {name: value for name, value in _ASSUMED.items() if name != "Resource" or not is_open}
    return _value({**assumed, **statement}, at)


def _value(written: Json, at: Span) -> Value:
    match written:
        case str():
            return Known(literal_text(written, Origin(at)), at)
        case bool() | int():
            return Known(written, at)
        case list():
            return Known(Seq([_value(item, at) for item in written]), at)
        case dict():
            entries: dict[str, tuple[Span, Lazy]] = {name: (at, _value(item, at)) for name, item in written.items()}
            return Known(Map(entries), at)
