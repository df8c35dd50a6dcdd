"""Which rules check what a check of another tool does: what their pages refer to."""

from __future__ import annotations

from fnmatch import fnmatchcase

from iplint.peers.skips import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.rule import Rule

    AnyRule = Rule[object]

# trivy documentation, "Filtering": ids with and without their prefix, and the names that tfsec had, mean the same.
_TFSEC = {
    "aws-ec2-enforce-http-token-imds": "AVD-AWS-0028",
    "aws-autoscaling-enforce-http-token-imds": "AVD-AWS-0130",
    "aws-ec2-enforce-launch-config-http-token-imds": "AVD-AWS-0130",
    "aws-autoscaling-no-public-ip": "AVD-AWS-0009",
    "aws-ec2-no-secrets-in-launch-template-user-data": "AVD-AWS-0129",
    "aws-autoscaling-no-secrets-in-user-data": "AVD-AWS-0129",
    "aws-ec2-no-secrets-in-user-data": "AVD-AWS-0029",
    "aws-iam-no-policy-wildcards": "AVD-AWS-0057",
}
_CATALOGUES = {
    Tool.CHECKOV: "checkov",
    Tool.TRIVY: "trivy",
    Tool.TFSEC: "trivy",
    Tool.KICS: "KICS",
    Tool.CFN_NAG: "cfn-nag",
    Tool.CFN_GUARD: "cfn-guard",
    Tool.SEMGREP: "semgrep",
}
_WILD = "*?["


class References:
    """A table from the checks of other tools to the names of our rules."""

    __slots__ = ("_found",)

    def __init__(self, rules: Iterable[AnyRule]) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}
        for rule in rules:
            for catalogue in set(_CATALOGUES.values()):
                for id in rule.references.get(catalogue, ()):
                    self._found.setdefault((catalogue, id.lower()), []).append(rule.name)

    def rules(self, tool: Tool, id: str) -> list[str]:
        """Return the rules that check what a check does, whose id may be a pattern or in any spelling of the tool."""
        catalogue = _CATALOGUES[tool]
        written = _spelled(tool, id)
        if not any(sign in written for sign in _WILD):
            return self._found.get((catalogue, written), [])
        found = (
            names for (named, other), names in self._found.items() if named == catalogue and fnmatchcase(other, written)
        )
        return list(dict.fromkeys(name for names in found for name in names))


def _spelled(tool: Tool, id: str) -> str:
    """Return an id as our references spell it, in small letters."""
    written = id.strip().lower()
    match tool:
        case Tool.TRIVY | Tool.TFSEC:
            written = _TFSEC.get(written, written).lower()
            is_number = written.startswith(("aws-0", "aws-*"))
            return f"avd-{written}" if is_number else written
        case Tool.SEMGREP:
            # The registry repeats the name of the file: terraform.lang.security.name.name.
            return written.rpartition(".")[2]
        case _:
            return written
