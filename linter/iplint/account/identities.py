"""Instance profiles, roles and managed policies of an account."""

from __future__ import annotations

from urllib.parse import unquote

from iplint.account.documents import AUTHORIZATION, PROFILES
from iplint.account.values import chosen, items, member, name_in, named, string, unknown, value_of
from iplint.aws.managed_policies import managed_policy
from iplint.aws.policy import managed_policy_path
from iplint.location import Origin
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.value import Absent, Known, Map, Ref, Seq, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.account.holdings import Holdings
    from iplint.account.values import Entries
    from iplint.location import Span
    from iplint.resource import Resource
    from iplint.syntax.tree import Node
    from iplint.value import Lazy, Value

# IAM User Guide, "Service-linked roles", and IAM Identity Center User Guide, "Permission sets": AWS alone changes these
# roles, and no instance can be given one.
_OF_AWS = ("/aws-service-role/", "/aws-reserved/")


class Identities:
    """The IAM resources of an account, by their ARNs and names."""

    __slots__ = ("_holdings", "_managed", "_policies", "_profiles", "_profiles_by_name", "_roles")

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        details = holdings.outputs(AUTHORIZATION)
        # The documents of AWS's own policies, and the policies of the account.
        self._managed: dict[str, Node] = {}
        self._policies: dict[str, Resource] = {}
        for policy in (found for detail in details for found in items(detail.get("Policies"))):
            self._add_policy(policy)
        self._roles: dict[str, Resource] = {}
        listed: list[Mapping] = [found for output in holdings.outputs(PROFILES) for found in _profiles(output)]
        for role in (found for detail in details for found in items(detail.get("RoleDetailList"))):
            if not string(role.get("Path")).startswith(_OF_AWS):
                self._add_role(role)
                listed += items(role.get("InstanceProfileList"))
        self._profiles: dict[str, Resource] = {}
        self._profiles_by_name: dict[str, Resource] = {}
        for profile in listed:
            self._add_profile(profile)

    def resources(self) -> list[Resource]:
        """Return the profiles, roles and policies of the account."""
        return [*self._profiles.values(), *self._roles.values(), *self._policies.values()]

    # Policies

    def _add_policy(self, policy: Mapping) -> None:
        arn, name = policy.get("Arn"), policy.get("PolicyName")
        if not isinstance(arn, Scalar) or arn.text in self._policies:
            return
        default = string(policy.get("DefaultVersionId"))
        versions = items(policy.get("PolicyVersionList"))
        version = next((one for one in versions if string(one.get("VersionId")) == default), None)
        written = version.get("Document") if version is not None else None
        if managed_policy_path(literal_text(arn.text, arn.origin)) is not None:
            if written is not None:
                self._managed[arn.text] = written
            return
        what = f"version {default or 'by default'} of {arn.text} in {self._holdings.lack(AUTHORIZATION)}"
        document = _document(written) if written is not None else unknown(what, arn.at, present=True)
        place = version.entries["Document"][0].at if version is not None and written is not None else arn.at
        entries = chosen(policy, ("PolicyName", "Path"))
        if isinstance(name, Scalar):
            entries["ManagedPolicyName"] = name.at, named(name)
        entries["PolicyDocument"] = place, document
        self._policies[arn.text] = self._holdings.resource(
            "AWS::IAM::ManagedPolicy", arn.text, arn.at, policy.at, entries
        )

    def _attached(self, arn: Scalar) -> Value:
        policy = self._policies.get(arn.text)
        return named(arn, Ref(policy, "Ref") if policy is not None else None)

    def _of_newer_policy(self, arn: Scalar) -> Node | None:
        """Return the document of an AWS managed policy that is newer than the table of these."""
        path = managed_policy_path(literal_text(arn.text, arn.origin))
        return self._managed.get(arn.text) if path is not None and managed_policy(path) is None else None

    # Roles

    def _add_role(self, role: Mapping) -> None:
        arn, name = role.get("Arn"), role.get("RoleName")
        if not isinstance(arn, Scalar) or not isinstance(name, Scalar) or name.text in self._roles:
            return
        entries = chosen(role, ("RoleName", "Path", "Tags"))
        entries["AssumeRolePolicyDocument"] = self._trust(role, arn)
        attached = role.entries.get("AttachedManagedPolicies")
        inline = role.entries.get("RolePolicyList")
        arns = [
            one
            for policy in items(attached[1] if attached else None)
            if isinstance(one := policy.get("PolicyArn"), Scalar)
        ]
        policies: list[Lazy] = []
        for policy in items(inline[1] if inline else None):
            policies.append(_inline(policy))
        for one in arns:
            newer = self._of_newer_policy(one)
            if newer is not None:
                document: Entries = {"PolicyDocument": (one.at, _document(newer)), "PolicyName": (one.at, name_in(one))}
                policies.append(Known(Map(document), one.at))
        kept: list[Lazy] = [self._attached(one) for one in arns if self._of_newer_policy(one) is None]
        lack = unknown(f"the policies of {arn.text} in {self._holdings.lack(AUTHORIZATION)}", arn.at)
        entries["Policies"] = (
            (inline[0].at, Known(Seq(policies), inline[0].at))
            if inline
            else (arn.at, Known(Seq(policies, lack), arn.at))
        )
        entries["ManagedPolicyArns"] = (
            (attached[0].at, Known(Seq(kept), attached[0].at)) if attached else (arn.at, lack)
        )
        boundary = member(role, "PermissionsBoundary", "PermissionsBoundaryArn")
        if isinstance(boundary, Scalar):
            entries["PermissionsBoundary"] = boundary.at, self._attached(boundary)
        self._roles[name.text] = self._holdings.resource("AWS::IAM::Role", arn.text, arn.at, role.at, entries)

    def _trust(self, role: Mapping, arn: Scalar) -> tuple[Span, Value]:
        written = role.entries.get("AssumeRolePolicyDocument")
        if written is None:
            return arn.at, unknown(f"the trust policy of {arn.text} in {self._holdings.lack(AUTHORIZATION)}", arn.at)
        return written[0].at, _document(written[1])

    # Profiles

    def _add_profile(self, profile: Mapping) -> None:
        arn, name = profile.get("Arn"), profile.get("InstanceProfileName")
        if not isinstance(arn, Scalar) or not isinstance(name, Scalar) or arn.text in self._profiles:
            return
        entries = chosen(profile, ("InstanceProfileName", "Path"))
        roles = profile.entries.get("Roles")
        if roles is not None:
            held: list[Lazy] = [
                self._held(role) for one in items(roles[1]) if isinstance(role := one.get("RoleName"), Scalar)
            ]
            entries["Roles"] = roles[0].at, Known(Seq(held), roles[0].at)
        else:
            entries["Roles"] = arn.at, unknown(f"the role of {arn.text} in {self._holdings.lack(PROFILES)}", arn.at)
        self._declare(arn.text, name.text, arn.at, profile.at, entries)

    def _declare(self, arn: str, name: str, at: Span, block: Span, entries: Entries) -> Resource:
        made = self._holdings.resource("AWS::IAM::InstanceProfile", arn, at, block, entries)
        self._profiles[arn] = self._profiles_by_name[name] = made
        return made

    def _held(self, role: Scalar) -> Value:
        found = self._roles.get(role.text)
        if found is not None:
            return named(role, Ref(found, "Ref"))
        return unknown(f"role {role.text} in {self._holdings.lack(AUTHORIZATION)}", role.at, present=True)

    def profile(self, written: Scalar) -> Value:
        """Return the name of an instance profile, which is written as an ARN or a name, with its resource."""
        is_arn = written.text.startswith("arn:")
        name = written.text.rpartition("/")[2]
        found = self._profiles.get(written.text) if is_arn else self._profiles_by_name.get(name)
        if found is None:
            found = self._undeclared(written, name)
        return name_in(written, Ref(found, "Ref"))

    def _undeclared(self, written: Scalar, name: str) -> Resource:
        """Return a profile that is used, and that no output has: what it holds is unknown."""
        arn = (
            written.text
            if written.text.startswith("arn:")
            else self._holdings.arn("iam", "", f"instance-profile/{name}")
        )
        # A profile without a role is in the list of profiles only.
        operation = AUTHORIZATION if self._holdings.missing(AUTHORIZATION) else PROFILES
        role = unknown(f"instance profile {name} in {self._holdings.lack(operation)}", written.at, present=True)
        entries: Entries = {"InstanceProfileName": (written.at, name_in(written)), "Roles": (written.at, role)}
        return self._declare(arn, name, written.at, written.at, entries)


def _profiles(output: Mapping) -> list[Mapping]:
    return items(output.get("InstanceProfiles"))


def _inline(policy: Mapping) -> Value:
    """Return an inline policy of a role."""
    entries = chosen(policy, ("PolicyName",))
    written = policy.entries.get("PolicyDocument")
    if written is not None:
        entries["PolicyDocument"] = written[0].at, _document(written[1])
    return Known(Map(entries), policy.at)


def _document(written: Node) -> Value:
    """Return a policy document. The API has it as JSON in the form of a part of a URL (RFC 3986), the CLI as JSON."""
    if isinstance(written, Scalar) and isinstance(written.value, str) and written.value.startswith("%"):
        return Known(literal_text(unquote(written.value), Origin(written.at)), written.at)
    if isinstance(written, Sequence) or (isinstance(written, Scalar) and not isinstance(written.value, str)):
        return unknown("a policy document that is not a JSON object", written.at, present=True)
    found = value_of(written, written.at)
    return found if not isinstance(found, Absent) else unknown("an empty policy document", written.at, present=True)
