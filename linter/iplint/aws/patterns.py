"""Patterns in policies: `*` matches any run of characters and `?` one character.

Facts: IAM User Guide, "IAM JSON policy elements: Action", "IAM JSON policy elements: Resource", "IAM policy elements:
Variables and tags".
"""

from __future__ import annotations

from iplint.budget import charge
from iplint.value import HOLE, Chunk, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from iplint.value import Hole, Text

    # The place reached in a target, and those that can be reached in patterns, by the number of each.
    State = tuple[int, frozenset[tuple[int, int]]]

# What patterns of resources have in place of the account that the role is in, and of a region that is named.
ACCOUNT = "ACCOUNT"
REGION = "REGION"
# A part of a text that is some string, and no wildcard: it matches nothing for certain.
OPAQUE = "\ue000"
# A literal star and question mark.
_LITERAL = {"*": "\ue001", "?": "\ue002", "$": "$"}
# What variables of policies are for the role itself. Others are some string, or nothing: then the statement matches
# nothing.
_VARIABLES = {
    "aws:principalaccount": ACCOUNT,
    "aws:resourceaccount": ACCOUNT,
    "aws:requestedregion": REGION,
    "aws:principaltype": "AssumedRole",
}
_VARIABLE_STARTS = ("${", "&{")
# Attributes that AWS generates are not patterns, nor are parts of ARNs that are one of several names.
_GIVEN = ("id", "name", "ref")
_OF_AWS = ("AWS::", "aws_", "awscc_")
# What a template that is not read, or a function behind a custom resource, gives may be a pattern.
_GIVING_ANYTHING = ("AWS::CloudFormation::Stack", "aws_cloudformation_stack")
_CUSTOM = "AWS::CloudFormation::CustomResource"
# The length of the number of an account.
_DIGITS = 12
# How many states the comparison of several patterns with one may take.
MAX_STATES = 2_000


class ResourcePattern:
    """A resource of a statement: it matches at least the pattern `certain` and at most the pattern `possible`.

    They differ where an unknown may be more than a part of a name.
    """

    __slots__ = ("certain", "possible")

    def __init__(self, certain: str, possible: str) -> None:
        self.certain = certain
        self.possible = possible


def resource_pattern(text: Text, *, is_literal: bool = False, excludes: bool = False) -> ResourcePattern:
    """Return a resource as patterns in which partition, region and account are those of the role.

    Where the statement `excludes` the resource, one region, or some accounts, are not all that the role may use.
    """
    whole = normal_arn(
        text, lambda hole: OPAQUE if is_named(hole.value) else HOLE, is_literal=is_literal, excludes=excludes
    )
    # What fills a gap is a part of a name, unless the whole resource, or the part after the account, starts with it.
    parts = whole.split(":", 5)
    # The last part of an ARN that is not written to its end may be several.
    starts = parts[0].startswith(HOLE) or parts[-1].startswith(HOLE)
    certain = whole.replace(HOLE, OPAQUE)
    return ResourcePattern(certain, whole.replace(HOLE, "*") if starts else certain)


def normal_arn(text: Text, fill: Callable[[Hole], str], *, is_literal: bool = False, excludes: bool = False) -> str:
    """Return an ARN or a pattern of one, with `fill` for its holes, in which partition, region and account that
    may be those of the role are replaced by them.

    Policy variables are replaced first, because the colons in their names separate nothing.
    """
    written = [piece.text if isinstance(piece, Chunk) else fill(piece) for piece in text.pieces]
    flat = "".join(written)
    parts = (flat if is_literal else _without_variables(flat)).split(":", 5)
    last = len(parts) - 1
    if parts[0] == "arn":
        for index, own in ((1, "aws"), (3, REGION), (4, ACCOUNT)):
            if index < last and _may_be(parts[index], own, excludes):
                parts[index] = own
    return ":".join(parts)


def _may_be(written: str, own: str, excludes: bool) -> bool:
    """Return whether a part of an ARN stands for the partition, region or account of the role; where it is one that a
    statement excludes, whether it certainly does.
    """
    if not written.strip("*"):
        return False
    if own is REGION:
        return not excludes or written == REGION
    wildcards = {"*", "?"}.intersection(written)
    if not wildcards:
        return True
    if own is ACCOUNT:
        rest = written.replace("*", "")
        fits = len(rest) <= _DIGITS if "*" in wildcards else len(rest) == _DIGITS
        return fits and (not excludes or not rest.strip("?"))
    return not excludes


def is_given(value: Unknown) -> bool:
    """Return whether an unknown is the name or ARN that AWS gives to a declared resource."""
    ref = value.ref
    if ref is None or ref.resource.data or not ref.resource.type.startswith(_OF_AWS):
        return False
    attribute = ref.attribute.lower()
    if ref.resource.type in _GIVING_ANYTHING and attribute != "ref":
        return False
    return ref.resource.type != _CUSTOM and (attribute in _GIVEN or attribute.endswith(("arn", "_id")))


def is_named(value: Unknown) -> bool:
    """Return whether an unknown certainly stands for single resources: what AWS gives, or the ARNs of a data source."""
    ref = value.ref
    if ref is None or not ref.resource.data:
        return is_given(value)
    # AWS provider documentation, "Attribute Reference" of its data sources: aws_arn only takes an ARN to pieces.
    is_of_aws = ref.resource.type.startswith("aws_") and ref.resource.type != "aws_arn"
    return is_of_aws and ref.then is None and ref.attribute.endswith(("arn", "arns"))


def _without_variables(flat: str) -> str:
    if not any(start in flat for start in _VARIABLE_STARTS):
        return flat
    parts: list[str] = []
    at = 0
    while at < len(flat):
        end = flat.find("}", at) if flat.startswith(_VARIABLE_STARTS, at) else -1
        if end < 0:
            parts.append(flat[at])
            at += 1
            continue
        name, _, default = flat[at + 2 : end].partition(",")
        name = name.strip().lower()
        # Nobody documents whether a wildcard in a default value is one.
        other = HOLE if {"*", "?"}.intersection(default) else OPAQUE
        parts.append(_LITERAL.get(name) or _VARIABLES.get(name, other))
        at = end + 1
    return "".join(parts)


def held(patterns: Sequence[ResourcePattern | None], target: str) -> bool | None:
    """Return whether the patterns together match everything that `target` matches.

    None when an unknown decides; None among the patterns is an unknown pattern.
    """
    if hold_together([pattern.certain for pattern in patterns if pattern is not None], target):
        return True
    if None in patterns:
        return None
    possible = [pattern.possible for pattern in patterns if pattern is not None]
    is_open = any(pattern.possible != pattern.certain for pattern in patterns if pattern is not None)
    return None if is_open and hold_together(possible, target) else False


def hold_together(patterns: Collection[str], target: str, excepting: Sequence[Collection[str]] = ()) -> bool:
    """Return whether the patterns together match every string that `target` matches.

    A list of exceptions counts as a pattern: it matches every string that none of its members matches. False also where
    the comparison takes more than MAX_STATES.
    """
    charge(len(patterns))
    if any(wildcard(pattern, target) for pattern in patterns):
        return True
    parts = target.split(":", 5)
    if len(parts) == 6 and not {"*", "?"}.intersection("".join(parts[:5])):
        # For ARNs of one kind in one account, the part after the account is compared: no name has a colon in it.
        named = [below for pattern in patterns if (below := _below(pattern, parts, wildcard)) is not None]
        excepted = [
            [below for pattern in listed if (below := _below(pattern, parts, overlap)) is not None]
            for listed in excepting
        ]
        target = parts[5]
    else:
        named, excepted = list(patterns), [list(listed) for listed in excepting]
    head = _head(target)
    named = [pattern for pattern in sorted(set(named)) if _start_alike(_head(pattern), head)]
    excepted = [[pattern for pattern in listed if _start_alike(_head(pattern), head)] for listed in excepted]
    if not all(excepted):
        return True
    return bool(named or excepted) and _are_covered(target, named, excepted)


def _below(pattern: str, parts: list[str], matches: Callable[[str, str], bool]) -> str | None:
    """Return the part of a pattern after the account, for an ARN with these parts; None where the pattern is for other
    ARNs.
    """
    written = pattern.split(":", 5)
    last = len(written) - 1
    if not all(wildcard(part, wanted) for part, wanted in zip(written[:last], parts, strict=False)):
        return None
    if last == 5:
        return written[5]
    return "*" if matches(written[last], ":".join(parts[last:])) else None


def _are_covered(target: str, named: list[str], excepted: list[list[str]]) -> bool:
    """Return whether all strings of a target match the patterns, or none match one of the lists of exceptions."""
    everything = [*named, *(pattern for listed in excepted for pattern in listed)]
    groups: list[set[int]] = []
    for listed in excepted:
        first = len(named) + sum(len(group) for group in groups)
        groups.append(set(range(first, first + len(listed))))
    # Strings are read letter by letter, by the target and by all patterns at once. A state is the place reached in the
    # target, and the places that can be reached in the patterns.
    reached = frozenset(_reached(((index, 0) for index in range(len(everything))), everything))
    pending: list[State] = [(0, reached)]
    seen: set[State] = set(pending)
    while pending:
        at, places = pending.pop()
        if at == len(target):
            matched = {index for index, place in places if place == len(everything[index])}
            if not any(index < len(named) for index in matched) and all(group & matched for group in groups):
                return False
            continue
        following: list[State] = []
        if target[at] == "*":
            following.append((at + 1, places))
        for letter in _letters(places, everything) if target[at] in "*?" else (target[at],):
            read = frozenset(_reached(_read(places, everything, letter), everything))
            following.append((at + (target[at] != "*"), read))
        for state in following:
            alive = {index for index, _ in state[1]}
            if all(group & alive for group in groups):
                if not alive:
                    return False
                if state not in seen:
                    charge(1 + len(state[1]))
                    if len(seen) >= MAX_STATES:
                        return False
                    seen.add(state)
                    pending.append(state)
    return True


def _start_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _head(pattern: str) -> str:
    return pattern.partition("*")[0].partition("?")[0]


# A letter that no pattern has.
_OTHER = "\ue003"


def _letters(places: Iterable[tuple[int, int]], patterns: Sequence[str]) -> list[str]:
    """Return the letters that the patterns distinguish at these positions, and one for all others."""
    found = {patterns[index][place] for index, place in places if place < len(patterns[index])}
    return [*sorted(found - {"*", "?"}), _OTHER]


def _read(places: Iterable[tuple[int, int]], patterns: Sequence[str], letter: str) -> Iterable[tuple[int, int]]:
    """Yield the positions after a letter."""
    for index, place in places:
        expected = patterns[index][place : place + 1]
        if expected == "*":
            yield index, place
        elif expected in (letter, "?"):
            yield index, place + 1


def _reached(places: Iterable[tuple[int, int]], patterns: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Yield the positions, and those after stars that match nothing."""
    for index, place in places:
        yield index, place
        while patterns[index][place : place + 1] == "*":
            place += 1
            yield index, place


def overlap(one: str, other: str) -> bool:
    """Return whether some string matches both patterns."""
    charge(len(one) * len(other) >> 1)
    # The places in `other` that can be reached when `one` is matched so far.
    here = _skipped({0}, other)
    for letter in one:
        if letter == "*":
            here = set(range(min(here), len(other) + 1)) if here else here
            continue
        there: set[int] = set()
        for at in here:
            if at < len(other):
                if other[at] == "*":
                    there.add(at)
                elif "?" in (letter, other[at]) or letter == other[at]:
                    there.add(at + 1)
        here = _skipped(there, other)
    return len(other) in here


def _skipped(places: set[int], pattern: str) -> set[int]:
    """Return the positions, with those reached by skipping stars, each of which may match nothing."""
    found = set(places)
    for at in places:
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return found


def _holds_parts(head: str, rest: str, text: str) -> bool:
    """Return whether a text that starts with `head` continues with the parts between stars, the last one at its end."""
    *between, last = rest.split("*")
    at = len(head)
    for part in between:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - len(last) >= at and text.endswith(last)


def wildcard(pattern: str, text: str) -> bool:
    """Return whether `text` matches `pattern`, in which `*` matches any run and `?` one character.

    A text with wildcards of its own matches when everything that it matches does.
    """
    head, found, rest = pattern.partition("*")
    if "?" not in head and not text.startswith(head):
        return False
    # Of a pattern like *a*a*a each part is looked for at every place of the text.
    charge(1 + (len(pattern) * len(text) >> 4))
    if "?" not in pattern:
        return _holds_parts(head, rest, text) if found else text == head
    at = start = mark = 0
    star = -1
    while at < len(text):
        if start < len(pattern) and pattern[start] == "*":
            star, mark = start, at
            start += 1
        elif start < len(pattern) and (pattern[start] == text[at] or (pattern[start] == "?" and text[at] != "*")):
            start += 1
            at += 1
        elif star >= 0:
            mark += 1
            start, at = star + 1, mark
        else:
            return False
    return pattern[start:].strip("*") == ""
