"""The process that runs cfn-lint for `iplint check --validate`: it imports nothing of iplint.

Each line of standard input is a template, as a string of JSON; each line of standard output the errors in it.
"""

# cfn-lint has annotations, but does not say so, and not all of them hold.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportArgumentType=false

from __future__ import annotations

import json
import logging
import sys

from cfnlint.config import ConfigMixIn
from cfnlint.core import get_rules
from cfnlint.decode.decode import decode_str
from cfnlint.rules import RulesCollection
from cfnlint.runner import run_template_by_data

# What a template may set for itself: nothing that loads code or reads files.
ALLOWED = ("ignore_checks", "regions")


def errors(text: str, rules: RulesCollection) -> list[dict[str, object]]:
    """Return the errors of a template."""
    template, matches = decode_str(text)
    ignored: tuple[str, ...] = ()
    if not matches:
        ignored = _restricted(template)
        matches = list(run_template_by_data(template, ConfigMixIn([], regions=["us-east-1"]), rules))
    return [
        {
            "id": match.rule.id,
            "message": match.message,
            "start": [match.linenumber, match.columnnumber],
            "end": [match.linenumberend, match.columnnumberend],
        }
        for match in matches
        if match.rule.severity == "error" and not match.rule.id.startswith(ignored)
    ]


def _restricted(template: object) -> tuple[str, ...]:
    """Remove what a template may not set for cfn-lint; return the rules that it ignores, as starts of ids."""
    own = template
    for name in ("Metadata", "cfn-lint", "config"):
        own = own.get(name) if isinstance(own, dict) else None
    if not isinstance(own, dict):
        return ()
    for name in [name for name in own if name not in ALLOWED]:
        del own[name]
    ignored = own.get("ignore_checks")
    return tuple(id for id in ignored if isinstance(id, str)) if isinstance(ignored, list) else ()


def main() -> None:
    """Answer one template after the other."""
    logging.disable(logging.CRITICAL)
    rules = get_rules([], [], [])
    for line in sys.stdin:
        print(json.dumps(errors(json.loads(line), rules)), flush=True)


if __name__ == "__main__":
    main()
