"""The resource types that hold or attach IAM policies, with the paths of documents, ARNs and recipients.

Facts: CloudFormation Template Reference (AWS::IAM::*, AWS::SSO::PermissionSet) and the Terraform Registry's
documentation of the AWS provider (aws_iam_*, aws_ssoadmin_*) and of the AWSCC provider (awscc_iam_*), and that of
Packer's Amazon plugin. Paths are dotted property names; `*` matches every item.
"""

from __future__ import annotations

from iplint.aws.launch_types import PACKER
from iplint.aws.paths import path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.aws.paths import Path


# What a name has in place of the name of the stack.
STACK_NAME = "AWS::StackName"


class PolicyHolder:
    """A resource type that holds or attaches policies.

    `documents` are paths of policy documents, `arns` of the attached managed policies, `boundary` of the permission
    boundary. `roles` are the paths that name the roles that get a policy, and `others`, of one that may be attached to
    nothing, those that name users and groups.
    `kind` is "role", "identity" (a user, group or permission set), "policy" (can be attached by its ARN), "inline"
    (belongs to what it names), "attachment", or "document" (holds statements for others to use). `name` is the path of
    the declared name, `prefix` that of the start of a generated name, `given` the start of the name where neither is
    set, with `{}` for the logical id; `path` is the path before the name in the ARN. `inline_names` names the inline
    policies that a role keeps.
    """

    __slots__ = (
        "arns",
        "boundary",
        "documents",
        "given",
        "inline_names",
        "kind",
        "name",
        "others",
        "path",
        "prefix",
        "roles",
        "trust",
        "type",
    )

    def __init__(
        self,
        type: str,
        kind: str,
        *,
        documents: tuple[str, ...] = (),
        arns: tuple[str, ...] = (),
        boundary: str = "",
        roles: tuple[str, ...] = (),
        others: tuple[str, ...] = (),
        name: str = "",
        prefix: str = "",
        given: str = "",
        path_before: str = "",
        trust: str = "",
        inline_names: str = "",
    ) -> None:
        self.type = type
        self.kind = kind
        self.documents: tuple[Path, ...] = tuple(path(dotted) for dotted in documents)
        self.arns: tuple[Path, ...] = tuple(path(dotted) for dotted in arns)
        self.boundary = path(boundary)
        self.roles: tuple[Path, ...] = tuple(path(dotted) for dotted in roles)
        self.others: tuple[Path, ...] = tuple(path(dotted) for dotted in others)
        self.name = path(name)
        self.prefix = path(prefix)
        self.given = given
        self.path = path(path_before)
        self.trust = path(trust)
        self.inline_names = path(inline_names)


_ROWS = (
    PolicyHolder(
        "AWS::IAM::Role",
        "role",
        documents=("Policies.*.PolicyDocument",),
        arns=("ManagedPolicyArns",),
        boundary="PermissionsBoundary",
        name="RoleName",
        given=f"{STACK_NAME}-{{}}-",
        path_before="Path",
        trust="AssumeRolePolicyDocument",
    ),
    PolicyHolder(
        "AWS::IAM::User",
        "identity",
        documents=("Policies.*.PolicyDocument",),
        arns=("ManagedPolicyArns",),
        boundary="PermissionsBoundary",
    ),
    PolicyHolder("AWS::IAM::Group", "identity", documents=("Policies.*.PolicyDocument",), arns=("ManagedPolicyArns",)),
    PolicyHolder("AWS::IAM::Policy", "inline", documents=("PolicyDocument",), roles=("Roles",)),
    PolicyHolder("AWS::IAM::RolePolicy", "inline", documents=("PolicyDocument",), roles=("RoleName",)),
    PolicyHolder("AWS::IAM::UserPolicy", "inline", documents=("PolicyDocument",)),
    PolicyHolder("AWS::IAM::GroupPolicy", "inline", documents=("PolicyDocument",)),
    PolicyHolder(
        "AWS::IAM::ManagedPolicy",
        "policy",
        documents=("PolicyDocument",),
        roles=("Roles",),
        others=("Users", "Groups"),
        name="ManagedPolicyName",
    ),
    PolicyHolder(
        "AWS::SSO::PermissionSet",
        "identity",
        documents=("InlinePolicy",),
        arns=("ManagedPolicies",),
        boundary="PermissionsBoundary.ManagedPolicyArn",
    ),
    PolicyHolder(
        "aws_iam_role",
        "role",
        documents=("inline_policy.*.policy",),
        arns=("managed_policy_arns",),
        boundary="permissions_boundary",
        name="name",
        prefix="name_prefix",
        given="terraform-",
        path_before="path",
        trust="assume_role_policy",
    ),
    PolicyHolder("aws_iam_role_policy", "inline", documents=("policy",), roles=("role",)),
    # What it names and the root does not declare is not made by it: it is left on the role.
    PolicyHolder("aws_iam_role_policies_exclusive", "inline", roles=("role_name",), inline_names="policy_names"),
    PolicyHolder("aws_iam_user_policy", "inline", documents=("policy",)),
    PolicyHolder("aws_iam_group_policy", "inline", documents=("policy",)),
    PolicyHolder("aws_iam_policy", "policy", documents=("policy",), name="name"),
    PolicyHolder("aws_iam_role_policy_attachment", "attachment", arns=("policy_arn",), roles=("role",)),
    PolicyHolder("aws_iam_user_policy_attachment", "attachment", arns=("policy_arn",)),
    PolicyHolder("aws_iam_group_policy_attachment", "attachment", arns=("policy_arn",)),
    PolicyHolder("aws_iam_policy_attachment", "attachment", arns=("policy_arn",), roles=("roles",)),
    PolicyHolder(
        "aws_iam_role_policy_attachments_exclusive", "attachment", arns=("policy_arns",), roles=("role_name",)
    ),
    PolicyHolder("aws_iam_user_policy_attachments_exclusive", "attachment", arns=("policy_arns",)),
    PolicyHolder("aws_iam_group_policy_attachments_exclusive", "attachment", arns=("policy_arns",)),
    PolicyHolder(
        "aws_ssoadmin_managed_policy_attachment",
        "attachment",
        arns=("managed_policy_arn",),
    ),
    PolicyHolder(
        "aws_ssoadmin_permission_set_inline_policy",
        "inline",
        documents=("inline_policy",),
    ),
    PolicyHolder(
        "awscc_iam_role",
        "role",
        documents=("policies.*.policy_document",),
        arns=("managed_policy_arns",),
        boundary="permissions_boundary",
        name="role_name",
        path_before="path",
        trust="assume_role_policy_document",
    ),
    PolicyHolder(
        "awscc_iam_user",
        "identity",
        documents=("policies.*.policy_document",),
        arns=("managed_policy_arns",),
        boundary="permissions_boundary",
    ),
    PolicyHolder(
        "awscc_iam_group", "identity", documents=("policies.*.policy_document",), arns=("managed_policy_arns",)
    ),
    PolicyHolder("awscc_iam_role_policy", "inline", documents=("policy_document",), roles=("role_name",)),
    PolicyHolder("awscc_iam_user_policy", "inline", documents=("policy_document",)),
    PolicyHolder("awscc_iam_group_policy", "inline", documents=("policy_document",)),
    PolicyHolder(
        "awscc_iam_managed_policy",
        "policy",
        documents=("policy_document",),
        roles=("roles",),
        others=("users", "groups"),
        name="managed_policy_name",
    ),
    PolicyHolder(
        "awscc_sso_permission_set",
        "identity",
        documents=("inline_policy",),
        arns=("managed_policies",),
        boundary="permissions_boundary.managed_policy_arn",
    ),
)
# The builders of Packer have a role made for their instance from these.
_BUILDERS = tuple(PolicyHolder(row.type, "identity", documents=(f"{row.own_profile[0]}.*",)) for row in PACKER)

POLICY_HOLDERS = {row.type: row for row in (*_ROWS, *_BUILDERS)}
# What the property beside a policy document is called that names the policy.
DOCUMENT_NAMES = {"PolicyDocument": "PolicyName", "policy": "name", "policy_document": "policy_name"}
# What the attributes of roles and instance profiles name, and how: by name, by ARN, or by an id that nothing takes.
# CloudFormation Template Reference, "Return values"; AWS provider documentation, "Attribute Reference".
NAMING_ATTRIBUTES = {
    "AWS::IAM::Role": {"Ref": ("role", "name"), "Arn": ("role", "arn"), "RoleId": ("role", "id")},
    "AWS::IAM::InstanceProfile": {"Ref": ("profile", "name"), "Arn": ("profile", "arn")},
    "aws_iam_role": {
        "name": ("role", "name"),
        "id": ("role", "name"),
        "arn": ("role", "arn"),
        "unique_id": ("role", "id"),
    },
    "aws_iam_instance_profile": {
        "name": ("profile", "name"),
        "id": ("profile", "name"),
        "arn": ("profile", "arn"),
        "unique_id": ("profile", "id"),
        "role": ("role", "name"),
        "role_name": ("role", "name"),
        "role_arn": ("role", "arn"),
        "role_id": ("role", "id"),
    },
    "awscc_iam_role": {
        "role_name": ("role", "name"),
        "id": ("role", "name"),
        "arn": ("role", "arn"),
        "role_id": ("role", "id"),
    },
    "awscc_iam_instance_profile": {
        "instance_profile_name": ("profile", "name"),
        "id": ("profile", "name"),
        "arn": ("profile", "arn"),
    },
}
# Data sources that look a policy up, by its ARN or its name.
POLICY_LOOKUPS = ("aws_iam_policy",)
# A Terraform data source, not a resource: its statements count where they are.
POLICY_DOCUMENT = PolicyHolder("aws_iam_policy_document", "document", documents=("json",))
# Where it takes other documents.
TAKEN_DOCUMENTS: tuple[Path, ...] = tuple(
    (name,) for name in ("source_policy_documents", "override_policy_documents", "source_json", "override_json")
)
ROLE_TYPES = frozenset(row.type for row in _ROWS if row.kind == "role")
POLICY_TYPES = frozenset(row.type for row in _ROWS if row.kind == "policy")
# Where both are on a role, they take away all that they do not name.
EXCLUSIVE = frozenset(("aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachments_exclusive"))
# What runs code that is not here with the texts that it gets.
RUNS_CODE = frozenset(("aws_lambda_invocation", "external"))
# How the types of Terraform's actions begin here. Terraform documentation, Actions: what they run is not known by type.
ACTION = "action "
# The providers of Terraform whose resources give no role of AWS a policy: those of AWS, whose types are known here,
# those that change nothing outside of Terraform, and well-known ones of other services.
KNOWN_PROVIDERS = frozenset(
    (
        *("aws", "awscc", "archive", "assert", "cloudinit", "external", "http", "local", "null", "random", "template"),
        *("terraform", "time", "tls", "azuread", "azurerm", "cloudflare", "consul", "datadog", "digitalocean"),
        "docker",
        *("fastly", "github", "gitlab", "google", "grafana", "helm", "kubectl", "kubernetes", "mongodbatlas", "mysql"),
        *("newrelic", "nomad", "okta", "opsgenie", "pagerduty", "postgresql", "rancher2", "sentry", "splunk", "tfe"),
        *("vault", "vsphere"),
    )
)
