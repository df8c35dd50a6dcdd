"""Stubs of terraform-aws-modules/eks/aws version 17: worker groups, and node groups as they were then.

The options of worker groups are optional tokens by default; node groups have options from 17.18 on, and a template only
when asked for.
"""

from __future__ import annotations

from iplint.terraform.stubs.parts import EC2_TRUST


def _workers(group: str, resource: str) -> str:
    """Return the profiles and user data of a kind of worker groups, by the input and the name of their resources."""
    return f"""
variable "{group}" {{
  default = []
}}
locals {{
  {resource}_settings = [for group in var.{group} : merge(local.defaults, group)]
  {resource}_profiles = [
    for index, group in local.{resource}_settings :
    var.manage_worker_iam_resources ? aws_iam_instance_profile.{resource}[index].name : group.iam_instance_profile_name
  ]
  {resource}_user_data = [
    for index, group in local.{resource}_settings : base64encode(join("\\n", [
      group.pre_userdata,
      group.bootstrap_extra_args,
      group.kubelet_extra_args,
      group.additional_userdata,
      try(var.{group}[index].userdata_template_file, "") == "" ? "" : templatefile(
        var.{group}[index].userdata_template_file,
        merge(
          {{
            platform             = group.platform
            cluster_name         = var.cluster_name
            endpoint             = ""
            cluster_auth_base64  = ""
            pre_userdata         = group.pre_userdata
            additional_userdata  = group.additional_userdata
            bootstrap_extra_args = group.bootstrap_extra_args
            kubelet_extra_args   = group.kubelet_extra_args
          }},
          group.userdata_template_extra_args,
        )
      ),
    ]))
  ]
}}
resource "aws_iam_instance_profile" "{resource}" {{
  count = var.manage_worker_iam_resources && var.create_eks ? length(var.{group}) : 0
  role  = try(var.{group}[count.index].iam_role_id, aws_iam_role.workers[0].id)
}}
"""


ROLE = (
    """
variable "create_eks" {
  default = true
}
variable "cluster_name" {
  default = ""
}
variable "default_platform" {
  default = "linux"
}
variable "workers_group_defaults" {
  default = {}
}
variable "manage_worker_iam_resources" {
  default = true
}
variable "workers_role_name" {
  default = ""
}
variable "workers_additional_policies" {
  default = []
}
variable "attach_worker_cni_policy" {
  default = true
}
variable "permissions_boundary" {
  default = null
}
locals {
  with_role = var.manage_worker_iam_resources && var.create_eks
  defaults = merge(
    {
      platform                     = var.default_platform
      iam_instance_profile_name    = ""
      launch_template_id           = null
      launch_template_version      = "$Latest"
      update_default_version       = false
      pre_userdata                 = ""
      additional_userdata          = ""
      bootstrap_extra_args         = ""
      kubelet_extra_args           = ""
      userdata_template_extra_args = {}
      metadata_http_endpoint       = "enabled"
      metadata_http_tokens         = "optional"

      metadata_http_put_response_hop_limit = null
    },
    var.workers_group_defaults,
  )
}
resource "aws_iam_role" "workers" {
  count                = local.with_role ? 1 : 0
  name                 = var.workers_role_name == "" ? null : var.workers_role_name
  assume_role_policy   = data.aws_iam_policy_document.assume_role_policy.json
  permissions_boundary = var.permissions_boundary
}
resource "aws_iam_role_policy_attachment" "workers" {
  for_each = toset(local.with_role ? concat(
    ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly"],
    var.attach_worker_cni_policy ? ["AmazonEKS_CNI_Policy"] : [],
  ) : [])
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
  role       = aws_iam_role.workers[0].name
}
resource "aws_iam_role_policy_attachment" "workers_additional_policies" {
  count      = local.with_role ? length(var.workers_additional_policies) : 0
  policy_arn = var.workers_additional_policies[count.index]
  role       = aws_iam_role.workers[0].name
}
output "worker_iam_role_name" {
  value = try(aws_iam_role.workers[0].name, "")
}
output "worker_iam_role_arn" {
  value = try(aws_iam_role.workers[0].arn, "")
}
"""
    + EC2_TRUST
)

EKS_17 = (
    ROLE
    + _workers("worker_groups", "workers")
    + _workers("worker_groups_launch_template", "workers_launch_template")
    + """
resource "aws_launch_configuration" "workers" {
  count                = var.create_eks ? length(var.worker_groups) : 0
  iam_instance_profile = local.workers_profiles[count.index]
  user_data_base64     = local.workers_user_data[count.index]
  metadata_options {
    http_endpoint = local.workers_settings[count.index].metadata_http_endpoint
    http_tokens   = local.workers_settings[count.index].metadata_http_tokens

    http_put_response_hop_limit = local.workers_settings[count.index].metadata_http_put_response_hop_limit
  }
}
resource "aws_autoscaling_group" "workers" {
  count                = var.create_eks ? length(var.worker_groups) : 0
  launch_configuration = aws_launch_configuration.workers[count.index].name
}
resource "aws_launch_template" "workers_launch_template" {
  count                  = var.create_eks ? length(var.worker_groups_launch_template) : 0
  update_default_version = local.workers_launch_template_settings[count.index].update_default_version
  user_data              = local.workers_launch_template_user_data[count.index]
  iam_instance_profile {
    name = local.workers_launch_template_profiles[count.index]
  }
  metadata_options {
    http_endpoint = local.workers_launch_template_settings[count.index].metadata_http_endpoint
    http_tokens   = local.workers_launch_template_settings[count.index].metadata_http_tokens

    http_put_response_hop_limit = local.workers_launch_template_settings[
      count.index
    ].metadata_http_put_response_hop_limit
  }
}
resource "aws_autoscaling_group" "workers_launch_template" {
  count = var.create_eks ? length(var.worker_groups_launch_template) : 0
  launch_template {
    id      = aws_launch_template.workers_launch_template[count.index].id
    version = try(
      var.worker_groups_launch_template[count.index].launch_template_version,
      local.defaults.launch_template_version == "$Latest"
      ? aws_launch_template.workers_launch_template[count.index].latest_version
      : aws_launch_template.workers_launch_template[count.index].default_version,
    )
  }
}
variable "node_groups" {
  default = {}
}
variable "node_groups_defaults" {
  default = {}
}
module "node_groups" {
  source                 = "terraform-aws-modules/eks/aws//modules/node_groups"
  create_eks             = var.create_eks
  default_iam_role_arn   = try(aws_iam_role.workers[0].arn, "")
  workers_group_defaults = local.defaults
  node_groups_defaults   = var.node_groups_defaults
  node_groups            = var.node_groups
}
output "node_groups" {
  value = module.node_groups.node_groups
}
output "worker_iam_instance_profile_names" {
  value = concat(aws_iam_instance_profile.workers[*].name, aws_iam_instance_profile.workers_launch_template[*].name)
}
output "worker_iam_instance_profile_arns" {
  value = concat(aws_iam_instance_profile.workers[*].arn, aws_iam_instance_profile.workers_launch_template[*].arn)
}
output "workers_launch_template_ids" {
  value = aws_launch_template.workers_launch_template[*].id
}
"""
)

EKS_17_NODE_GROUPS = """
variable "create_eks" {
  default = true
}
variable "default_iam_role_arn" {
  default = ""
}
variable "workers_group_defaults" {
  default = {}
}
variable "node_groups_defaults" {
  default = {}
}
variable "node_groups" {
  default = {}
}
variable "_with_options" {
  default = false
  since "17.18.0" {
    default = true
  }
}
locals {
  groups = {
    for key, group in var.node_groups : key => merge(
      {
        iam_role_arn            = var.default_iam_role_arn
        launch_template_id      = var.workers_group_defaults["launch_template_id"]
        launch_template_version = var.workers_group_defaults["launch_template_version"]
        create_launch_template  = false
        update_default_version  = true
        kubelet_extra_args      = var.workers_group_defaults["kubelet_extra_args"]
        pre_userdata            = var.workers_group_defaults["pre_userdata"]
        bootstrap_env           = {}
        metadata_http_endpoint  = var.workers_group_defaults["metadata_http_endpoint"]
        metadata_http_tokens    = var.workers_group_defaults["metadata_http_tokens"]

        metadata_http_put_response_hop_limit = var.workers_group_defaults["metadata_http_put_response_hop_limit"]
      },
      var.node_groups_defaults,
      group,
    ) if var.create_eks
  }
}
resource "aws_launch_template" "workers" {
  for_each               = { for key, group in local.groups : key => group if group.create_launch_template }
  update_default_version = each.value.update_default_version
  user_data = base64encode(join("\\n", concat(
    [each.value.pre_userdata, each.value.kubelet_extra_args],
    [for key, value in each.value.bootstrap_env : "export ${key}='${value}'"],
  )))
  metadata_options {
    http_endpoint = var._with_options ? each.value.metadata_http_endpoint : null
    http_tokens   = var._with_options ? each.value.metadata_http_tokens : null

    http_put_response_hop_limit = var._with_options ? each.value.metadata_http_put_response_hop_limit : null
  }
}
resource "aws_eks_node_group" "workers" {
  for_each      = local.groups
  node_role_arn = each.value.iam_role_arn
  dynamic "launch_template" {
    for_each = each.value.launch_template_id != null || each.value.create_launch_template ? [1] : []
    content {
      id = each.value.launch_template_id != null ? (
        each.value.launch_template_id
      ) : aws_launch_template.workers[each.key].id
      version = each.value.launch_template_id != null ? each.value.launch_template_version : (
        each.value.launch_template_version == "$Latest" ? aws_launch_template.workers[each.key].latest_version : (
          each.value.launch_template_version == "$Default"
          ? aws_launch_template.workers[each.key].default_version
          : each.value.launch_template_version
        )
      )
    }
  }
}
output "node_groups" {
  value = aws_eks_node_group.workers
}
"""
