"""Start a rule: its module, and fixtures for both languages.

    python docs/new_rule.py NAME [GROUP]

It writes a rule that works, which its author then changes: it reports launches whose instances ask for a public
address. What is left to do is printed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from iplint.rule import GROUPS

TOP = Path(__file__).resolve().parents[1]
YAML = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: app
      MetadataOptions: {{HttpTokens: required}}
      NetworkInterfaces:
        - {{DeviceIndex: "0", AssociatePublicIpAddress: {value}}}
"""
HCL = """\
resource "aws_instance" "web" {{
  ami                         = "ami-0abcdef1234567890"
  iam_instance_profile        = "app"
  associate_public_ip_address = {value}
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""
MODULE = '''\
"""Launch that asks for a public address.

## What it does
Looks at every launch, merged with its launch template, and asks whether ...

## Why is this bad
...

## Bad
```yaml
{bad_yaml}```
```terraform
{bad_hcl}```

## Good
```yaml
{good_yaml}```
```terraform
{good_hcl}```

## When it cannot tell
It is never undecided: ...

## Fix
...

## References
- Amazon EC2 User Guide, "..."
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import Launch
from iplint.rule import rule


@rule(
    "{name}",
    group="{group}",
    on=Launch,
    severity=Severity.LOW,
    why="...",
    fix="...",
    undecided_in=(),
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that a launch asks for no public address."""
    if launch.has_public_address:
        yield Fail(launch.resource.at, f"{{launch.address}} asks for a public address", related=launch.path)
'''


def files(name: str, group: str) -> dict[Path, str]:
    """Return the texts of the files of a new rule, by their paths."""
    mark = f" # expect: {name}"
    fixtures = TOP / "tests" / "fixtures" / name
    module = MODULE.format(
        name=name,
        group=group,
        bad_yaml=YAML.format(value="true"),
        bad_hcl=HCL.format(value="true"),
        good_yaml=YAML.format(value="false"),
        good_hcl=HCL.format(value="false"),
    )
    return {
        TOP / "rules" / "iplint_rules" / f"{name.replace('-', '_')}.py": module,
        fixtures / "bad.yaml": YAML.format(value="true").replace("  Web:", f"  Web:{mark}"),
        fixtures / "good.yaml": YAML.format(value="false"),
        fixtures / "bad" / "main.tf": HCL.format(value="true").replace("{\n", f"{{{mark}\n", 1),
        fixtures / "good" / "main.tf": HCL.format(value="false"),
    }


def main() -> int:
    """Write the files; return the exit status."""
    arguments = sys.argv[1:]
    if not 1 <= len(arguments) <= 2:
        print("usage: new_rule.py NAME [GROUP]", file=sys.stderr)
        return 2
    name, group = [*arguments, "hygiene"][:2]
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is None or group not in GROUPS:
        print(f"a name is like missing-instance-profile, and the groups are {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    made = files(name, group)
    present = [path for path in made if path.exists()]
    if present:
        print(f"{present[0].relative_to(TOP)} is there already", file=sys.stderr)
        return 2
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(TOP))
    print(
        "\nWrite the check and its documentation, and replace each ... of it. Mark lines of the fixtures that must be\n"
        "found with `# expect: NAME`, and those that must be left undecided with `# undecided: NAME` (and take\n"
        "`undecided_in=()` away). Add the rule to DECLARED in tests/test_rules.py. Then run docs/generate.py,\n"
        "tests/fixture_reports.py, and `pytest tests/test_rules.py`."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
