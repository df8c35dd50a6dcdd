"""Account default that allows IMDSv1.

## What it does
Looks at the defaults that an account sets for the metadata service in a region, and asks whether they make session
tokens optional.

## Why is this bad
The account's default comes before the image's: with it, every launch of the region that says nothing itself allows
IMDSv1, even from images that require IMDSv2. A forged request is then answered with the credentials of a role.

## Bad
```terraform
resource "aws_ec2_instance_metadata_defaults" "region" {
  http_tokens = "optional"
}
```

## Good
```terraform
resource "aws_ec2_instance_metadata_defaults" "region" {
  http_tokens = "required"
}
```

## When it cannot tell
The default comes from an input without a value.

## Fix
Require session tokens by default, or state no preference so that the image decides.

## References
- Amazon EC2 User Guide, "Order of precedence for instance metadata options"
- prowler: ec2_instance_account_imdsv2_enabled
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import MetadataDefaults
from iplint.rule import TERRAFORM, rule
from iplint.value import Unknown, matches


@rule(
    "imdsv1-account-default",
    group="metadata",
    on=MetadataDefaults,
    severity=Severity.HIGH,
    why="every launch in the region without a setting of its own allows IMDSv1, whatever its image requires",
    fix="require session tokens by default, or state no preference",
    languages=(TERRAFORM,),
)
def check(defaults: MetadataDefaults) -> Iterator[Verdict]:
    """Check that the account's defaults do not make session tokens optional."""
    tokens = defaults.tokens
    match matches(tokens, "optional"):
        case True:
            yield Fail(
                tokens.at,
                f"{defaults.address} makes the account allow IMDSv1 by default",
                related=tokens.trail,
                label="allows IMDSv1",
            )
        case None if isinstance(tokens, Unknown):
            yield Undecided(tokens, f"whether {defaults.address} makes the account allow IMDSv1 by default")
        case _:
            pass
