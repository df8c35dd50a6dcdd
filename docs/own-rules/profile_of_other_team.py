"""An instance is launched with an instance profile that is not the team's own.

## What it does
Finds launches whose instance profile has a name that does not start with `payments-`.

## Why is this bad
The profiles of other teams change without notice, and their roles are not ours to review.

## Fix
Declare an instance profile whose name starts with `payments-`.
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Known, Text, Unknown


@rule(
    "profile-of-other-team",
    group="profile",
    on=Launch,
    severity=Severity.MEDIUM,
    why="the profiles of other teams change without notice",
    fix="declare an instance profile whose name starts with payments-",
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that the profile's name starts with the team's name."""
    match launch.profile:
        case Known(profile):
            match profile.effective_name:
                case Known(Text() as name) if name.starts_with("payments-") is False:
                    yield Fail(launch.profile_at, f"{launch.address} launches with the profile {name.display}")
                case Unknown() as unknown:
                    yield Undecided(unknown, f"whether {launch.address} launches with a profile of this team")
                case _:
                    pass
        case _:
            pass
