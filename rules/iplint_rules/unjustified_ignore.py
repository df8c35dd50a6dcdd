"""Unused, expired or malformed ignore.

## What it does
Finds comments and metadata that ask to ignore findings and have ended, match nothing, name no rule that exists, cannot
be understood, or give no reason where the configuration demands one.

## Why is this bad
What is ignored for ever, by a comment that nobody can explain, is how an exception becomes the rule.

## Bad
```yaml
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      # iplint: ignore[imdsv1-allowed] waits for the new agent
      MetadataOptions: {HttpTokens: required}
```
```terraform
resource "aws_instance" "web" {
  iam_instance_profile = "web"
  # iplint: ignore[imdsv1-allowed] waits for the new agent
  metadata_options {
    http_tokens = "required"
  }
}
```

## Good
```yaml
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      # iplint: ignore[imdsv1-allowed] waits for the new agent until=2999-12-31
      MetadataOptions: {HttpTokens: optional}
```
```terraform
resource "aws_instance" "web" {
  iam_instance_profile = "web"
  # iplint: ignore[imdsv1-allowed] waits for the new agent until=2999-12-31
  metadata_options {
    http_tokens = "optional"
  }
}
```

## When it cannot tell
It always can.

## Fix
Take the comment out, or correct it: the rule's name in brackets, a reason, and `until=YYYY-MM-DD` if it is to end.

## References
- README.md, "Ignore a finding"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Ignore, Severity, Verdict
from iplint.rule import rule


@rule(
    "unjustified-ignore",
    group="hygiene",
    on=Ignore,
    severity=Severity.LOW,
    why="a permanent suppression without a reason turns an exception into the rule",
    fix="remove or correct the comment",
    undecided_in=(),
)
def check(ignore: Ignore) -> Iterator[Verdict]:
    """Check that a suppression is valid, not expired, and needed."""
    if ignore.problem is not None:
        yield Fail(ignore.at, f"this ignore does not hold: {ignore.problem}")
