"""Policies that one root gives, by name, to a role that another root declares.

The roots of a run are checked one by one. Each records the roles that its proven launches have, by name, and the
policies that it gives to names of roles that it does not declare. Here they meet: a launch whose role may get more
permissions from another root is not proven. Whether both are deployed in one account is not known, so that this is
never a failure.
"""

from __future__ import annotations

from iplint.finding import LaunchStatus, Undecided
from iplint.judging.proving import left_open
from iplint.model import Launch, PolicySource
from iplint.model.proof import Obligation
from iplint.model.reference import may_be_one_name, name_shape
from iplint.value import Known, Reason, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iplint.finding import Finding, GrantByName, Report, RoleInUse, Verdict
    from iplint.model import ScannedText
    from iplint.model.stack import Subject

# The launches that such a policy leaves undecided; of others it opens only the proof.
HOLDING = (LaunchStatus.PROVEN, LaunchStatus.QUALIFIED)


def role_names(subject: Subject) -> Iterator[Verdict]:
    """Yield the name of a launch's role as the part of a verdict, if it is declared and may be named elsewhere."""
    role = subject.role if isinstance(subject, Launch) else None
    name = name_shape(role.name) if role is not None else None
    if role is not None and name is not None:
        yield Undecided(Unknown((), role.resource.at), "", part=name)


def given_by_name(subject: Subject) -> Iterator[Verdict]:
    """Yield what a policy source gives to roles that are declared elsewhere, with their names as parts."""
    if not isinstance(subject, PolicySource):
        return
    for role in subject.roles_elsewhere:
        name, grant = name_shape(role), subject.raising
        if grant is None:
            return
        if name is not None:
            match grant.administrator:
                case Known(value=True):
                    gives = f"administrator access: {grant.what}"
                case Unknown():
                    gives = "a policy that is not known here"
                case Known():
                    gives = "permissions that may lead to administrator access"
            what = (
                f"whether {subject.address} is deployed in the same account: it gives role {role.value.display} {gives}"
            )
            yield Undecided(Unknown((Reason(what, role.at),), role.at), "", part=name)


def granted_by_commands(text: ScannedText) -> Iterator[tuple[str, Reason]]:
    """Yield the names of roles that commands of a text give a policy, and what they give."""
    for name, at in text.names_granted_to:
        what = f"whether {text.address} runs in the same account: a command in it gives role {name} a policy"
        yield name, Reason(what, at)


class GrantsByName:
    """The policies that the roots of a run give by name, and the roles that their launches have."""

    __slots__ = ("_grants", "_roles")

    def __init__(self) -> None:
        self._grants: dict[str, list[GrantByName]] = {}
        self._roles: list[RoleInUse] = []

    def add(self, grants: Iterable[GrantByName], roles: Iterable[RoleInUse]) -> None:
        """Add what a root records."""
        for grant in grants:
            self._grants.setdefault(grant.role, []).append(grant)
        self._roles += roles

    def apply(self, report: Report) -> Iterator[Finding]:
        """Leave launches undecided whose roles other roots may give more permissions; yield the verdicts on them."""
        if not self._grants:
            return
        from copy import copy  # few runs have such policies

        known: dict[str, list[GrantByName]] = {}
        proofs = {(proof.root, proof.key): number for number, proof in enumerate(report.proofs or ())}
        for role in self._roles:
            for name in role.names:
                if name not in known:
                    known[name] = [
                        grant
                        for other, grants in self._grants.items()
                        if may_be_one_name(name, other)
                        for grant in grants
                    ]
            given = (grant for name in role.names for grant in known[name] if grant.root != role.root)
            grant = next(given, None)
            if grant is None:
                continue
            place = (role.root, role.key)
            if report.proofs is not None and place in proofs:
                report.proofs[proofs[place]] = left_open(
                    report.proofs[proofs[place]], [(grant.what, grant.at)], Obligation.PRIVILEGES
                )
            if role.status not in HOLDING:
                continue
            report.reconsider(role)
            finding = copy(role.finding)
            finding.at = grant.at
            finding.message += f" depends on {grant.what}"
            finding.when = f"depends on {grant.what}"
            yield finding
