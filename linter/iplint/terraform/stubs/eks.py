"""Stubs of terraform-aws-modules/eks/aws and its modules for node groups."""

from __future__ import annotations

from iplint.terraform.stubs.parts import EC2_PROFILE, EC2_ROLE, INLINE, OVERRIDES, TOKENS

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
  default = ""
}
variable "launch_template_name" {
  default = ""
}
variable "_by_name" {
  default = true
  since "19.0.0" {
    default = false
  }
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
  type    = string
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
  template_id   = var._by_name ? null : var.launch_template_id
  template_name = var._by_name && !var.create_launch_template ? var.launch_template_name : null
  version = var.launch_template_version == null ? (
    try(aws_launch_template.this[0].default_version, "$Default")
  ) : var.launch_template_version
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
variable "ami_id" {
  default = ""
}
variable "ami_type" {
  default = null
}
variable "_ami_type" {
  default = null
  since "21.0.0" {
    default = "AL2023_x86_64_STANDARD"
  }
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
  # Without a template of its own, or the name of another one, a group has the one that EKS makes.
  is_custom = (
    var._by_name ? var.create_launch_template || var.launch_template_name != "" : var.use_custom_launch_template
  )
}
resource "aws_launch_template" "this" {
  count = var.create && var.create_launch_template && local.is_custom ? 1 : 0
  image_id = var.ami_id
  update_default_version = var.update_launch_template_default_version
  user_data              = local.user_data
  metadata_options {
    http_tokens   = local.tokens
    http_endpoint = local.endpoint

    http_put_response_hop_limit = local.hop_limit
  }
}
resource "aws_eks_node_group" "this" {
  count         = var.create ? 1 : 0
  ami_type      = var.ami_id != "" ? null : try(coalesce(var.ami_type), var._ami_type)
  node_role_arn = var.create_iam_role ? aws_iam_role.this[0].arn : var.iam_role_arn
  dynamic "launch_template" {
    for_each = local.is_custom ? [1] : []
    content {
      id      = var.create_launch_template ? aws_launch_template.this[0].id : local.template_id
      name    = local.template_name
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
variable "_as_block" {
  default = false
  since "21.0.0" {
    default = true
  }
}
variable "_with_version" {
  default = false
  since "19.0.0" {}
  since "19.21.0" {
    default = true
  }
}
locals {
  default_role_name = "${var.name}-node-group"
  with_role         = var.create && var.create_iam_instance_profile
  template          = var.create_launch_template ? aws_launch_template.this[0].id : local.template_id
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

    http_put_response_hop_limit = local.hop_limit
  }
}
resource "aws_autoscaling_group" "this" {
  count = var.create && var.create_autoscaling_group ? 1 : 0
  dynamic "launch_template" {
    for_each = var.use_mixed_instances_policy ? [] : [1]
    content {
      id      = local.template
      name    = local.template_name
      version = local.version
    }
  }
  dynamic "mixed_instances_policy" {
    for_each = var.use_mixed_instances_policy ? [1] : []
    content {
      launch_template {
        launch_template_specification {
          launch_template_id   = local.template
          launch_template_name = local.template_name
          version              = local.version
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
launch_template_id ""
launch_template_name each.key
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
        NODE_INPUTS
        + 'use_custom_launch_template true\nami_id ""\nami_type null\ncreate_iam_role true\niam_role_arn null',
    )
    + _node_groups(
        "self_managed",
        "self-managed-node-group",
        NODE_INPUTS + "create_autoscaling_group true\ncreate_iam_instance_profile true\niam_instance_profile_arn null\n"
        "use_mixed_instances_policy false\nmixed_instances_policy null",
    )
)
