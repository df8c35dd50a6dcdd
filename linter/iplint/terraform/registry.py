"""Well-known modules of the public registry: stubs of their resources, as far as they matter for credentials.

Each stub is written as a module: the inputs that matter, with their defaults, and the resources that use them. A
`since` block has the default from a version on. The place of everything in it is the module call. Facts: the sources,
change logs and upgrade guides of the modules terraform-aws-modules/ec2-instance/aws, /autoscaling/aws, /eks/aws and
/iam/aws, and cloudposse/ec2-instance/aws and /ec2-bastion-server/aws.
"""

from __future__ import annotations

from iplint.location import Origin, Source, Span
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import Block
from iplint.terraform.configuration import Module
from iplint.terraform.installed import registry_address
from iplint.terraform.source_map import SourceMap
from iplint.terraform.versions import ANY, LAST, Allowed, allowed, padded, parse_version
from iplint.value import Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.syntax.hcl_tree import Body, TemplateText
    from iplint.terraform.source_map import DeclaredBlock, Node
    from iplint.value import Hole


class ModuleTable:
    """A known module: from which version on, up to (not including) which one, and its stub."""

    __slots__ = ("beyond", "first", "text")

    def __init__(self, first: str, beyond: str, text: str) -> None:
        self.first = padded(parse_version(first) or ())
        self.beyond = padded(parse_version(beyond) or ())
        self.text = text


class ModuleStub(Module):
    """The stub for a registry module, in the versions that the call allows."""

    def __init__(self, source: str, shown: str, versions: Allowed) -> None:
        super().__init__(f"registry {source}", shown)
        self.stub_of = source
        self.versions = versions


class CallSourceMap(SourceMap):
    """The source map of a stub: every place is that of the module call."""

    __slots__ = ("_at",)

    def __init__(self, text: str, at: Span) -> None:
        super().__init__(Source(at.path, text))
        self._at = at

    def span(self, start: int, end: int) -> Span:
        """See SourceMap.span."""
        del start, end
        return self._at

    def of(self, node: Node) -> Span:
        """See SourceMap.of. A whole block has no place: nothing else in the call is inside it."""
        if isinstance(node, Block):
            return Span(self._at.source, self._at.start, self._at.start)
        return self._at

    def pieces(self, part: TemplateText) -> tuple[Chunk | Hole, ...]:
        """See SourceMap.pieces."""
        return (Chunk(part.text, Origin(self._at)),)


def module_stub(caller: Module, call: DeclaredBlock, source: str, constraint: str) -> ModuleStub | None:
    """Return the stub for a module; None when it, or a version that the call allows, is not known."""
    address = registry_address(source)
    tables = MODULES.get(address, ()) if address is not None else ()
    # A module that is part of another comes in the other's version.
    versions = caller.versions if isinstance(caller, ModuleStub) else allowed(constraint or ANY)
    if address is None or versions is None:
        return None
    # Of the versions that a call allows, the newest is installed.
    known = next((table for table in tables if versions.meets(table.first, table.beyond)), None)
    if known is None:
        return None
    if not constraint and not isinstance(caller, ModuleStub):
        # Without a constraint the newest version is installed.
        newest = known.beyond[0] - 1
        versions = Allowed((newest, LAST, 0), (newest, LAST, 1))
    module = ModuleStub(address, call.at.path, versions)
    source_map = CallSourceMap(known.text, call.at)
    body, _ = hcl.parse(source_map.source)
    module.add(body, source_map)
    for name, variable in module.variables.items():
        _choose(name, variable.body, module, known)
    return module


def _choose(name: str, body: Body, module: ModuleStub, known: ModuleTable) -> None:
    """Keep the default that a variable has in all possible versions; remove it when they differ."""
    default = body.attributes.get("default")
    ages = [(known.first, default)]
    for block in body.blocks:
        ages.append((padded(parse_version(block.labels[0]) or ()), block.body.attributes.get("default")))
    body.blocks = []
    ends = [*(start for start, _ in ages[1:]), known.beyond]
    chosen = [written for (start, written), end in zip(ages, ends, strict=True) if module.versions.meets(start, end)]
    body.attributes.pop("default", None)
    if len(chosen) == 1 and chosen[0] is not None:
        body.attributes["default"] = chosen[0]
    elif len(chosen) > 1:
        module.unsettled[name] = f"the version of module {module.stub_of}"


EC2_ROLE = """
data "aws_iam_policy_document" "assume_role_policy" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "this" {
  count                = local.with_role ? 1 : 0
  assume_role_policy   = data.aws_iam_policy_document.assume_role_policy.json
  permissions_boundary = var.iam_role_permissions_boundary
  name                 = local.role_name
}
variable "iam_role_permissions_boundary" {
  default = null
}
variable "name" {
  default = null
}
variable "iam_role_name" {
  default = null
}
variable "iam_role_use_name_prefix" {
  default = true
}
locals {
  role_name = var.iam_role_use_name_prefix ? null : try(coalesce(var.iam_role_name), local.default_role_name)
}
"""
EC2_PROFILE = """
resource "aws_iam_instance_profile" "this" {
  count = local.with_role ? 1 : 0
  role  = aws_iam_role.this[0].name
  name  = local.role_name
}
"""
POLICIES = """
resource "aws_iam_role_policy_attachment" "this" {
  for_each   = { for key, arn in var.iam_role_policies : key => arn if local.with_role }
  policy_arn = each.value
  role       = aws_iam_role.this[0].name
}
variable "iam_role_policies" {
  default = {}
}
output "iam_role_name" {
  value = try(aws_iam_role.this[0].name, null)
}
output "iam_role_arn" {
  value = try(aws_iam_role.this[0].arn, null)
}
output "iam_instance_profile_id" {
  value = try(aws_iam_instance_profile.this[0].id, null)
}
"""
# What is left out of given options is `otherwise`; without options nothing is set.
TOKENS = """
locals {
  tokens = try(
    coalesce(var.metadata_options.http_tokens, var._otherwise),
    var.metadata_options == null ? null : var._otherwise,
  )
  endpoint = try(var.metadata_options.http_endpoint, null)
}
"""

STATEMENTS = """
  dynamic "statement" {{
    for_each = try(coalesce({}), [])
    content {{
      effect        = try(coalesce(statement.value.effect), "Allow")
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)
      dynamic "principals" {{
        for_each = try(coalesce(statement.value.principals), [])
        content {{
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }}
      }}
      dynamic "condition" {{
        for_each = try(coalesce(statement.value.condition, statement.value.conditions), [])
        content {{
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }}
      }}
    }}
  }}
"""

# As text, so that the policy that holds it is the only one to check.
INLINE = """jsonencode({{
    Statement = [for statement in try(coalesce({}), []) : {{
      Effect      = try(coalesce(statement.effect), "Allow")
      Action      = try(statement.actions, null)
      NotAction   = try(statement.not_actions, null)
      Resource    = try(statement.resources, null)
      NotResource = try(statement.not_resources, null)
      Condition   = try(coalesce(statement.condition, statement.conditions), null)
    }}]
  }})
"""

EC2_INSTANCE = (
    """
variable "create" {
  default = true
}
variable "create_spot_instance" {
  default = false
}
variable "ignore_ami_changes" {
  default = false
}
variable "create_iam_instance_profile" {
  default = false
}
variable "iam_instance_profile" {
  default = null
}
variable "metadata_options" {
  default = null
  since "5.0.0" {
    default = { http_tokens = "optional" }
  }
  since "5.8.0" {
    default = { http_tokens = "required" }
  }
}
variable "_otherwise" {
  default = "optional"
  since "6.0.0" {
    default = "required"
  }
}
variable "user_data" {
  default = null
}
variable "user_data_base64" {
  default = null
}
variable "launch_template" {
  default = null
}
locals {
  default_role_name = var.name
  with_role         = var.create && var.create_iam_instance_profile
  profile           = var.create_iam_instance_profile ? aws_iam_instance_profile.this[0].name : var.iam_instance_profile
}
"""
    + "".join(
        f"""
resource "{type}" "{name}" {{
  count                = var.create && {when} ? 1 : 0
  iam_instance_profile = local.profile
  user_data            = var.user_data
  user_data_base64     = var.user_data_base64
  metadata_options {{
    http_tokens   = local.tokens
    http_endpoint = local.endpoint
  }}
  dynamic "launch_template" {{
    for_each = try(length(var.launch_template), 0) > 0 ? [var.launch_template] : []
    content {{
      id      = try(launch_template.value.id, null)
      name    = try(launch_template.value.name, null)
      version = try(launch_template.value.version, null)
    }}
  }}
}}
"""
        for type, name, when in (
            ("aws_instance", "this", "!var.create_spot_instance && !var.ignore_ami_changes"),
            ("aws_instance", "ignore_ami", "!var.create_spot_instance && var.ignore_ami_changes"),
            ("aws_spot_instance_request", "this", "var.create_spot_instance"),
        )
    )
    + """
output "iam_instance_profile_arn" {
  value = try(aws_iam_instance_profile.this[0].arn, null)
}
"""
    + TOKENS
    + EC2_ROLE
    + EC2_PROFILE
    + POLICIES
)

# Which template an override of a mixed instances policy launches from; the shape of the input changed twice.
OVERRIDES = """
        dynamic "override" {
          for_each = try(
            coalesce(var.mixed_instances_policy.launch_template.override),
            var.mixed_instances_policy.override,
            [],
          )
          content {
            dynamic "launch_template_specification" {
              for_each = try(flatten([coalesce(override.value.launch_template_specification)]), [])
              content {
                launch_template_id   = try(launch_template_specification.value.launch_template_id, null)
                launch_template_name = try(launch_template_specification.value.launch_template_name, null)
                version              = try(launch_template_specification.value.version, null)
              }
            }
          }
        }
"""

EC2_INSTANCE_OLD = """
variable "iam_instance_profile" {
  default = null
}
variable "metadata_options" {
  default = {}
}
variable "user_data" {
  default = null
}
variable "user_data_base64" {
  default = null
}
"""
EC2_INSTANCE_2 = (
    EC2_INSTANCE_OLD
    + """
variable "instance_count" {
  default = 1
}
resource "aws_instance" "this" {
  count                = var.instance_count
  iam_instance_profile = var.iam_instance_profile
  user_data            = var.user_data
  user_data_base64     = var.user_data_base64
  dynamic "metadata_options" {
    for_each = length(keys(var.metadata_options)) == 0 ? [] : [var.metadata_options]
    content {
      http_endpoint = lookup(metadata_options.value, "http_endpoint", "enabled")
      http_tokens   = lookup(metadata_options.value, "http_tokens", "optional")
    }
  }
}
"""
)
EC2_INSTANCE_3 = (
    EC2_INSTANCE_OLD
    + """
variable "create" {
  default = true
}
variable "create_spot_instance" {
  default = false
}
variable "launch_template" {
  default = null
}
"""
    + "".join(
        f"""
resource "{type}" "this" {{
  count                = var.create && {when} ? 1 : 0
  iam_instance_profile = var.iam_instance_profile
  user_data            = var.user_data
  user_data_base64     = var.user_data_base64
  dynamic "metadata_options" {{
    for_each = var.metadata_options != null ? [var.metadata_options] : []
    content {{
      http_endpoint = lookup(metadata_options.value, "http_endpoint", "enabled")
      http_tokens   = lookup(metadata_options.value, "http_tokens", "optional")
    }}
  }}
  dynamic "launch_template" {{
    for_each = var.launch_template != null ? [var.launch_template] : []
    content {{
      id      = lookup(var.launch_template, "id", null)
      name    = lookup(var.launch_template, "name", null)
      version = lookup(var.launch_template, "version", null)
    }}
  }}
}}
"""
        for type, when in (
            ("aws_instance", "!var.create_spot_instance"),
            ("aws_spot_instance_request", "var.create_spot_instance"),
        )
    )
)

AUTOSCALING = (
    """
variable "create" {
  default = true
}
variable "create_launch_template" {
  default = true
}
variable "ignore_desired_capacity_changes" {
  default = false
}
variable "use_mixed_instances_policy" {
  default = false
}
variable "mixed_instances_policy" {
  default = null
}
variable "launch_template_id" {
  default = null
}
variable "launch_template_version" {
  default = null
}
variable "create_iam_instance_profile" {
  default = false
}
variable "iam_instance_profile_arn" {
  default = null
}
variable "iam_instance_profile_name" {
  default = null
}
variable "metadata_options" {
  default = null
  since "9.0.0" {
    default = { http_tokens = "required" }
  }
}
variable "_otherwise" {
  default = null
  since "9.0.0" {
    default = "required"
  }
}
variable "user_data" {
  default = null
}
locals {
  default_role_name = null
  with_role = var.create && var.create_iam_instance_profile
  arn       = var.create_iam_instance_profile ? aws_iam_instance_profile.this[0].arn : var.iam_instance_profile_arn
  named     = !var.create_iam_instance_profile && var.iam_instance_profile_arn == null
  template  = var.create_launch_template ? aws_launch_template.this[0].id : var.launch_template_id
  version   = try(coalesce(var.launch_template_version, aws_launch_template.this[0].latest_version), null)
}
resource "aws_launch_template" "this" {
  count = var.create_launch_template ? 1 : 0
  iam_instance_profile {
    name = local.named ? var.iam_instance_profile_name : null
    arn  = local.arn
  }
  metadata_options {
    http_tokens   = local.tokens
    http_endpoint = local.endpoint
  }
  user_data = var.user_data
}
"""
    + "".join(
        f"""
resource "aws_autoscaling_group" "{name}" {{
  count = var.create && {when} ? 1 : 0
  dynamic "launch_template" {{
    for_each = var.use_mixed_instances_policy ? [] : [1]
    content {{
      id      = local.template
      version = local.version
    }}
  }}
  dynamic "mixed_instances_policy" {{
    for_each = var.use_mixed_instances_policy ? [1] : []
    content {{
      launch_template {{
        launch_template_specification {{
          launch_template_id = local.template
          version            = local.version
        }}
{OVERRIDES}      }}
    }}
  }}
}}
"""
        for name, when in (
            ("this", "!var.ignore_desired_capacity_changes"),
            ("idc", "var.ignore_desired_capacity_changes"),
        )
    )
    + """
output "launch_template_id" {
  value = try(aws_launch_template.this[0].id, null)
}
output "iam_instance_profile_arn" {
  value = try(aws_iam_instance_profile.this[0].arn, var.iam_instance_profile_arn)
}
"""
    + TOKENS
    + EC2_ROLE
    + EC2_PROFILE
    + POLICIES
)

# What reaches an EKS node is put around the bootstrap script; which of it depends on the image.
NODE_TEXTS = ("pre_bootstrap_user_data", "post_bootstrap_user_data", "bootstrap_extra_args")
NODE_USER_DATA = (
    "".join(
        f"""
variable "{name}" {{
  default = {default}
}}
"""
        for name, default in (
            *((text, "null") for text in NODE_TEXTS),
            ("user_data_template_path", "null"),
            ("cloudinit_pre_nodeadm", "[]"),
            ("cloudinit_post_nodeadm", "[]"),
        )
    )
    + """
locals {
  parts = concat(try(coalesce(var.cloudinit_pre_nodeadm), []), try(coalesce(var.cloudinit_post_nodeadm), []))
  texts = {
"""
    + "".join(f'    {name} = try(coalesce(var.{name}), "")\n' for name in NODE_TEXTS)
    + """
  }
  own_template = try(coalesce(var.user_data_template_path), "") == "" ? "" : templatefile(
    var.user_data_template_path,
    merge(local.texts, {
      enable_bootstrap_user_data = true
      cluster_name               = ""
      cluster_endpoint           = ""
      cluster_auth_base64        = ""
      cluster_ip_family          = ""
      cluster_service_cidr       = ""
      cluster_service_ipv4_cidr  = ""
      cluster_dns_ips            = ""
    })
  )
  user_data = base64encode(join("\\n", concat(
    [for part in local.parts : part.content],
    [local.own_template],
    values(local.texts),
  )))
}
"""
)

NODE_TOKENS = (
    """
variable "create" {
  default = true
}
variable "create_launch_template" {
  default = true
}
variable "launch_template_id" {
  default = null
}
variable "launch_template_version" {
  default = null
}
variable "update_launch_template_default_version" {
  default = true
}
variable "metadata_options" {
  default  = { http_tokens = "required" }
  nullable = false
}
variable "_otherwise" {
  default = null
  since "21.0.0" {
    default = "required"
  }
}
variable "iam_role_additional_policies" {
  default  = {}
  nullable = false
}
variable "create_iam_role_policy" {
  default = true
}
variable "iam_role_policy_statements" {
  default = []
}
resource "aws_iam_role_policy" "this" {
  count  = local.with_role && var.create_iam_role_policy && try(length(var.iam_role_policy_statements), 0) > 0 ? 1 : 0
  role   = aws_iam_role.this[0].name
  policy = """
    + INLINE.format("var.iam_role_policy_statements")
    + """}
resource "aws_iam_role_policy_attachment" "additional" {
  for_each   = { for key, arn in var.iam_role_additional_policies : key => arn if local.with_role }
  policy_arn = each.value
  role       = aws_iam_role.this[0].name
}
resource "aws_iam_role_policy_attachment" "this" {
  for_each   = local.with_role ? toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly"]) : []
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
  role       = aws_iam_role.this[0].name
}
locals {
  version = try(coalesce(var.launch_template_version, aws_launch_template.this[0].default_version), "$Default")
}
output "iam_role_name" {
  value = try(aws_iam_role.this[0].name, null)
}
output "launch_template_id" {
  value = try(aws_launch_template.this[0].id, null)
}
"""
    + TOKENS
    + EC2_ROLE
    + NODE_USER_DATA
)

EKS_MANAGED = (
    NODE_TOKENS
    + """
variable "use_custom_launch_template" {
  default = true
}
variable "create_iam_role" {
  default = true
}
variable "iam_role_arn" {
  default = null
}
locals {
  default_role_name = "${var.name}-eks-node-group"
  with_role         = var.create && var.create_iam_role
}
resource "aws_launch_template" "this" {
  count = var.create && var.create_launch_template && var.use_custom_launch_template ? 1 : 0
  update_default_version = var.update_launch_template_default_version
  user_data              = local.user_data
  metadata_options {
    http_tokens   = local.tokens
    http_endpoint = local.endpoint
  }
}
resource "aws_eks_node_group" "this" {
  count         = var.create ? 1 : 0
  node_role_arn = var.create_iam_role ? aws_iam_role.this[0].arn : var.iam_role_arn
  dynamic "launch_template" {
    for_each = var.use_custom_launch_template ? [1] : []
    content {
      id      = var.create_launch_template ? aws_launch_template.this[0].id : var.launch_template_id
      version = local.version
    }
  }
}
output "iam_role_arn" {
  value = try(aws_iam_role.this[0].arn, var.iam_role_arn)
}
"""
)

EKS_SELF_MANAGED = (
    NODE_TOKENS
    + """
variable "create_autoscaling_group" {
  default = true
}
variable "create_iam_instance_profile" {
  default = true
}
variable "iam_instance_profile_arn" {
  default = null
}
variable "use_mixed_instances_policy" {
  default = false
}
variable "mixed_instances_policy" {
  default = null
}
locals {
  default_role_name = "${var.name}-node-group"
  with_role         = var.create && var.create_iam_instance_profile
  template          = var.create_launch_template ? aws_launch_template.this[0].id : var.launch_template_id
}
resource "aws_launch_template" "this" {
  count = var.create && var.create_launch_template ? 1 : 0
  update_default_version = var.update_launch_template_default_version
  user_data              = local.user_data
  iam_instance_profile {
    arn = var.create_iam_instance_profile ? aws_iam_instance_profile.this[0].arn : var.iam_instance_profile_arn
  }
  metadata_options {
    http_tokens   = local.tokens
    http_endpoint = local.endpoint
  }
}
resource "aws_autoscaling_group" "this" {
  count = var.create && var.create_autoscaling_group ? 1 : 0
  dynamic "launch_template" {
    for_each = var.use_mixed_instances_policy ? [] : [1]
    content {
      id      = local.template
      version = local.version
    }
  }
  dynamic "mixed_instances_policy" {
    for_each = var.use_mixed_instances_policy ? [1] : []
    content {
      launch_template {
        launch_template_specification {
          launch_template_id = local.template
          version            = local.version
        }
"""
    + OVERRIDES
    + """      }
    }
  }
}
output "iam_role_arn" {
  value = try(aws_iam_role.this[0].arn, null)
}
"""
    + EC2_PROFILE
)


def _node_groups(kind: str, module: str, inputs: str) -> str:
    """Return the call for a kind of node groups: the group's settings, else the common defaults (before version 21)."""
    group = f"{kind}_node_group"
    passed = "".join(
        f"  {name} = try(each.value.{name}, var.{group}_defaults.{name}, {default})\n"
        for name, default in (line.split() for line in inputs.strip().splitlines())
    )
    return f"""
variable "{group}s" {{
  default = {{}}
}}
variable "{group}_defaults" {{
  default = {{}}
}}
module "{group}" {{
  source   = "terraform-aws-modules/eks/aws//modules/{module}"
  for_each = {{ for key, group in var.{group}s : key => group if var.create }}
  name = try(coalesce(each.value.name), each.key)
{passed}}}
output "{group}s" {{
  value = module.{group}
}}
"""


NODE_INPUTS = """
create true
create_launch_template true
launch_template_id null
launch_template_version null
metadata_options null
iam_role_additional_policies null
iam_role_permissions_boundary null
iam_role_name null
iam_role_use_name_prefix true
create_iam_role_policy true
iam_role_policy_statements null
pre_bootstrap_user_data null
post_bootstrap_user_data null
bootstrap_extra_args null
user_data_template_path null
cloudinit_pre_nodeadm null
cloudinit_post_nodeadm null
"""

# Auto Mode: the nodes that EKS itself starts have the role of the cluster's `compute_config`.
EKS_AUTO = """
variable "compute_config" {
  default = null
}
variable "cluster_compute_config" {
  default = null
}
variable "create_auto_mode_iam_resources" {
  default = false
}
variable "create_node_iam_role" {
  default = true
}
variable "node_iam_role_additional_policies" {
  default = {}
}
variable "node_iam_role_permissions_boundary" {
  default = null
}
variable "_own_role_first" {
  default = false
  since "21.0.0" {
    default = true
  }
}
locals {
  compute       = try(coalesce(var.compute_config), coalesce(var.cluster_compute_config), null)
  is_auto       = try(local.compute.enabled, false) == true || var.create_auto_mode_iam_resources
  with_own_role = var.create && var.create_node_iam_role && local.is_auto
}
resource "aws_eks_cluster" "this" {
  count = var.create ? 1 : 0
  dynamic "compute_config" {
    for_each = local.compute == null ? [] : [local.compute]
    content {
      enabled       = try(compute_config.value.enabled, false)
      node_role_arn = try(
        var._own_role_first ? aws_iam_role.eks_auto[0].arn : compute_config.value.node_role_arn,
        aws_iam_role.eks_auto[0].arn,
        compute_config.value.node_role_arn,
        null,
      )
    }
  }
}
data "aws_iam_policy_document" "auto_assume_role_policy" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "eks_auto" {
  count                = local.with_own_role ? 1 : 0
  assume_role_policy   = data.aws_iam_policy_document.auto_assume_role_policy.json
  permissions_boundary = var.node_iam_role_permissions_boundary
}
resource "aws_iam_role_policy_attachment" "eks_auto" {
  for_each = toset(
    local.with_own_role ? ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"] : []
  )
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
  role       = aws_iam_role.eks_auto[0].name
}
resource "aws_iam_role_policy_attachment" "eks_auto_additional" {
  for_each = {
    for key, arn in try(coalesce(var.node_iam_role_additional_policies), {}) : key => arn if local.with_own_role
  }
  policy_arn = each.value
  role       = aws_iam_role.eks_auto[0].name
}
"""

EKS = (
    """
variable "create" {
  default = true
}
"""
    + EKS_AUTO
    + _node_groups(
        "eks_managed",
        "eks-managed-node-group",
        NODE_INPUTS + "use_custom_launch_template true\ncreate_iam_role true\niam_role_arn null",
    )
    + _node_groups(
        "self_managed",
        "self-managed-node-group",
        NODE_INPUTS + "create_autoscaling_group true\ncreate_iam_instance_profile true\niam_instance_profile_arn null\n"
        "use_mixed_instances_policy false\nmixed_instances_policy null",
    )
)

IAM_ASSUMABLE_ROLE = (
    """
variable "create_role" {
  default = false
}
variable "create_instance_profile" {
  default = false
}
variable "role_name" {
  default = null
}
variable "role_requires_mfa" {
  default = true
}
variable "role_permissions_boundary_arn" {
  default = ""
}
variable "custom_role_trust_policy" {
  default = ""
}
variable "trusted_role_arns" {
  default = []
}
variable "trusted_role_services" {
  default = []
}
variable "trusted_role_actions" {
  default = ["sts:AssumeRole", "sts:TagSession"]
}
variable "custom_role_policy_arns" {
  default = []
}
variable "attach_admin_policy" {
  default = false
}
variable "admin_role_policy_arn" {
  default = "arn:aws:iam::aws:policy/AdministratorAccess"
}
variable "attach_poweruser_policy" {
  default = false
}
variable "poweruser_role_policy_arn" {
  default = "arn:aws:iam::aws:policy/PowerUserAccess"
}
variable "attach_readonly_policy" {
  default = false
}
variable "readonly_role_policy_arn" {
  default = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
variable "role_sts_externalid" {
  default = []
}
variable "role_requires_session_name" {
  default = false
}
variable "role_session_name" {
  default = ["$${aws:username}"]
}
variable "trust_policy_conditions" {
  default = []
}
variable "inline_policy_statements" {
  default = []
}
data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = distinct(concat(["sts:AssumeRole"], var.trusted_role_actions))
    principals {
      type        = "AWS"
      identifiers = var.trusted_role_arns
    }
    principals {
      type        = "Service"
      identifiers = var.trusted_role_services
    }
    dynamic "condition" {
      for_each = var.role_requires_mfa ? [1] : []
      content {
        test     = "Bool"
        variable = "aws:MultiFactorAuthPresent"
        values   = ["true"]
      }
    }
    dynamic "condition" {
      for_each = length(flatten([var.role_sts_externalid])) > 0 ? [1] : []
      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = flatten([var.role_sts_externalid])
      }
    }
    dynamic "condition" {
      for_each = var.role_requires_session_name ? [1] : []
      content {
        test     = "StringEquals"
        variable = "sts:RoleSessionName"
        values   = var.role_session_name
      }
    }
    dynamic "condition" {
      for_each = var.trust_policy_conditions
      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
      }
    }
  }
}
resource "aws_iam_role" "this" {
  count                = var.create_role ? 1 : 0
  name                 = var.role_name
  permissions_boundary = var.role_permissions_boundary_arn
  assume_role_policy   = coalesce(var.custom_role_trust_policy, data.aws_iam_policy_document.assume_role.json)
}
resource "aws_iam_role_policy_attachment" "custom" {
  count      = var.create_role ? length(var.custom_role_policy_arns) : 0
  role       = aws_iam_role.this[0].name
  policy_arn = element(var.custom_role_policy_arns, count.index)
}
resource "aws_iam_role_policy_attachment" "admin" {
  count      = var.create_role && var.attach_admin_policy ? 1 : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.admin_role_policy_arn
}
resource "aws_iam_role_policy_attachment" "poweruser" {
  count      = var.create_role && var.attach_poweruser_policy ? 1 : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.poweruser_role_policy_arn
}
resource "aws_iam_role_policy_attachment" "readonly" {
  count      = var.create_role && var.attach_readonly_policy ? 1 : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.readonly_role_policy_arn
}
resource "aws_iam_role_policy" "inline" {
  count  = var.create_role && try(length(var.inline_policy_statements), 0) > 0 ? 1 : 0
  role   = aws_iam_role.this[0].name
  policy = """
    + INLINE.format("var.inline_policy_statements")
    + """}
resource "aws_iam_instance_profile" "this" {
  count = var.create_role && var.create_instance_profile ? 1 : 0
  name  = var.role_name
  role  = aws_iam_role.this[0].name
}
output "iam_role_arn" {
  value = try(aws_iam_role.this[0].arn, "")
}
output "iam_role_name" {
  value = try(aws_iam_role.this[0].name, "")
}
output "iam_instance_profile_arn" {
  value = try(aws_iam_instance_profile.this[0].arn, "")
}
output "iam_instance_profile_name" {
  value = try(aws_iam_instance_profile.this[0].name, "")
}
output "iam_instance_profile_id" {
  value = try(aws_iam_instance_profile.this[0].id, "")
}
"""
)

IAM_ROLE = (
    """
variable "create" {
  default = true
}
variable "create_instance_profile" {
  default = false
}
variable "permissions_boundary" {
  default = null
}
variable "trust_policy_permissions" {
  default = {}
}
variable "policies" {
  default = {}
}
variable "create_inline_policy" {
  default = false
}
variable "inline_policy_permissions" {
  default = {}
}
variable "source_inline_policy_documents" {
  default = []
}
variable "override_inline_policy_documents" {
  default = []
}
variable "name" {
  default = null
}
variable "use_name_prefix" {
  default = true
}
locals {
  role_name        = var.use_name_prefix ? null : var.name
  inline_documents = concat(var.source_inline_policy_documents, var.override_inline_policy_documents)
}
data "aws_iam_policy_document" "this" {"""
    + STATEMENTS.format("var.trust_policy_permissions")
    + """}
resource "aws_iam_role" "this" {
  count                = var.create ? 1 : 0
  name                 = local.role_name
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.this.json
}
resource "aws_iam_role_policy" "inline_documents" {
  count  = var.create && var.create_inline_policy ? length(local.inline_documents) : 0
  role   = aws_iam_role.this[0].name
  policy = local.inline_documents[count.index]
}
resource "aws_iam_role_policy_attachment" "this" {
  for_each   = { for key, arn in var.policies : key => arn if var.create }
  role       = aws_iam_role.this[0].name
  policy_arn = each.value
}
resource "aws_iam_role_policy" "inline" {
  count  = var.create && var.create_inline_policy ? 1 : 0
  role   = aws_iam_role.this[0].name
  policy = """
    + INLINE.format("var.inline_policy_permissions")
    + """}
resource "aws_iam_instance_profile" "this" {
  count = var.create && var.create_instance_profile ? 1 : 0
  name  = local.role_name
  role  = aws_iam_role.this[0].name
}
output "arn" {
  value = try(aws_iam_role.this[0].arn, null)
}
output "name" {
  value = try(aws_iam_role.this[0].name, null)
}
output "instance_profile_arn" {
  value = try(aws_iam_instance_profile.this[0].arn, null)
}
output "instance_profile_name" {
  value = try(aws_iam_instance_profile.this[0].name, null)
}
output "instance_profile_id" {
  value = try(aws_iam_instance_profile.this[0].id, null)
}
"""
)

IAM_POLICY = """
variable "create" {
  default = true
}
variable "create_policy" {
  default = true
}
variable "policy" {
  default = ""
}
resource "aws_iam_policy" "policy" {
  count  = var.create && var.create_policy ? 1 : 0
  policy = var.policy
}
output "arn" {
  value = try(aws_iam_policy.policy[0].arn, null)
}
"""

# What all modules of Cloud Posse have in common: whether they make anything, by themselves or by what they are given.
CLOUDPOSSE = """
variable "enabled" {
  default = null
}
variable "context" {
  default = {}
}
variable "instance_profile" {
  default = ""
}
variable "metadata_http_tokens_required" {
  default = true
}
variable "metadata_http_endpoint_enabled" {
  default = true
}
variable "permissions_boundary_arn" {
  default = ""
}
locals {
  enabled = var.enabled != null ? var.enabled : try(var.context.enabled == null ? true : var.context.enabled, true)
  given   = try(length(var.instance_profile), 0) > 0
}
data "aws_iam_policy_document" "default" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "default" {
  count                = local.makes ? 1 : 0
  assume_role_policy   = data.aws_iam_policy_document.default.json
  permissions_boundary = var.permissions_boundary_arn
}
resource "aws_iam_instance_profile" "default" {
  count = local.makes ? 1 : 0
  role  = aws_iam_role.default[0].name
}
output "instance_profile" {
  value = local.profile
}
"""
CLOUDPOSSE_OPTIONS = """
  metadata_options {
    http_endpoint = var.metadata_http_endpoint_enabled ? "enabled" : "disabled"
    http_tokens   = var.metadata_http_tokens_required ? "required" : "optional"

    http_put_response_hop_limit = var.metadata_http_put_response_hop_limit
  }
"""
CLOUDPOSSE_INSTANCE = (
    CLOUDPOSSE
    + f"""
variable "instance_profile_enabled" {{
  default = true
}}
variable "metadata_http_put_response_hop_limit" {{
  default = 2
}}
variable "user_data" {{
  default = null
}}
variable "user_data_base64" {{
  default = null
}}
locals {{
  makes   = local.enabled && var.instance_profile_enabled && !local.given
  own     = local.makes ? aws_iam_instance_profile.default[0].name : null
  profile = var.instance_profile_enabled ? (local.given ? var.instance_profile : local.own) : ""
}}
resource "aws_instance" "default" {{
  count                = local.enabled ? 1 : 0
  iam_instance_profile = local.profile
  user_data            = var.user_data
  user_data_base64     = var.user_data_base64
{CLOUDPOSSE_OPTIONS}
}}
output "role" {{
  value = local.makes ? aws_iam_role.default[0].name : null
}}
"""
)
CLOUDPOSSE_BASTION = (
    CLOUDPOSSE
    + f"""
variable "metadata_http_put_response_hop_limit" {{
  default = 1
}}
variable "user_data" {{
  default = []
}}
variable "user_data_base64" {{
  default = ""
}}
locals {{
  makes   = local.enabled && !local.given
  profile = local.makes ? aws_iam_instance_profile.default[0].name : var.instance_profile
}}
resource "aws_instance" "default" {{
  count                = local.enabled ? 1 : 0
  iam_instance_profile = local.profile
  user_data            = try(length(var.user_data_base64), 0) > 0 ? var.user_data_base64 : join("\\n", var.user_data)
{CLOUDPOSSE_OPTIONS}
}}
resource "aws_iam_role_policy" "main" {{
  count  = local.makes ? 1 : 0
  role   = aws_iam_role.default[0].id
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [
      {{
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:UpdateInstanceInformation", "ssm:PutInventory"]
        Resource = "*"
      }},
    ]
  }})
}}
output "role" {{
  value = local.makes ? aws_iam_role.default[0].name : null
}}
"""
)

# Of one module, the newest versions first.
MODULES: dict[str, tuple[ModuleTable, ...]] = {
    "terraform-aws-modules/ec2-instance/aws": (
        ModuleTable("4.2.0", "7.0.0", EC2_INSTANCE),
        ModuleTable("3.0.0", "4.2.0", EC2_INSTANCE_3),
        ModuleTable("2.0.0", "3.0.0", EC2_INSTANCE_2),
    ),
    "terraform-aws-modules/autoscaling/aws": (ModuleTable("7.0.0", "10.0.0", AUTOSCALING),),
    "terraform-aws-modules/eks/aws": (ModuleTable("18.0.0", "22.0.0", EKS),),
    "terraform-aws-modules/eks/aws//modules/eks-managed-node-group": (ModuleTable("18.0.0", "22.0.0", EKS_MANAGED),),
    "terraform-aws-modules/eks/aws//modules/self-managed-node-group": (
        ModuleTable("18.0.0", "22.0.0", EKS_SELF_MANAGED),
    ),
    "terraform-aws-modules/iam/aws//modules/iam-assumable-role": (ModuleTable("5.0.0", "6.0.0", IAM_ASSUMABLE_ROLE),),
    "terraform-aws-modules/iam/aws//modules/iam-role": (ModuleTable("6.0.0", "7.0.0", IAM_ROLE),),
    "terraform-aws-modules/iam/aws//modules/iam-policy": (ModuleTable("5.0.0", "7.0.0", IAM_POLICY),),
    "cloudposse/ec2-instance/aws": (ModuleTable("0.41.0", "3.0.0", CLOUDPOSSE_INSTANCE),),
    "cloudposse/ec2-bastion-server/aws": (ModuleTable("0.25.0", "1.0.0", CLOUDPOSSE_BASTION),),
}
