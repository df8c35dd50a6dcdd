"""Stubs of terraform-aws-modules/autoscaling/aws.

Version 4 has launch configurations beside templates, each only when asked for; 5.1 has templates alone, 6.5 a role and
a profile of its own, 7.0 names templates of others by id instead of by name.
"""

from __future__ import annotations

from iplint.terraform.stubs.parts import EC2_PROFILE, EC2_ROLE, OVERRIDES, POLICIES, TOKENS


def _groups(template: str, create: str) -> str:
    """Return the two groups, with an argument that names the launch template and one that makes a group."""
    return "".join(
        f"""
resource "aws_autoscaling_group" "{name}" {{
  count = {create} && {when} ? 1 : 0
  launch_configuration = local.configuration
  dynamic "launch_template" {{
    for_each = local.with_template ? [1] : []
    content {{
      {template} = local.template
      version = local.version
    }}
  }}
  dynamic "mixed_instances_policy" {{
    for_each = var.use_mixed_instances_policy ? [1] : []
    content {{
      launch_template {{
        launch_template_specification {{
          launch_template_{template} = local.template
          version = local.version
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


# What all versions have in common: inputs, and the launch template.
COMMON = """
variable "ignore_desired_capacity_changes" {
  default = false
}
variable "use_mixed_instances_policy" {
  default = false
}
variable "mixed_instances_policy" {
  default = null
}
variable "iam_instance_profile_arn" {
  default = null
}
variable "iam_instance_profile_name" {
  default = null
}
variable "default_version" {
  default = null
}
variable "update_default_version" {
  default = null
}
variable "user_data" {
  default = null
}
resource "aws_launch_template" "this" {
  count                  = local.create_template ? 1 : 0
  default_version        = var.default_version
  update_default_version = var.update_default_version
  user_data              = local.user_data
  iam_instance_profile {
    name = local.named ? var.iam_instance_profile_name : null
    arn  = local.arn
  }
  metadata_options {
    http_tokens   = local.tokens
    http_endpoint = local.endpoint

    http_put_response_hop_limit = local.hop_limit
  }
}
output "launch_template_id" {
  value = try(aws_launch_template.this[0].id, null)
}
output "launch_template_name" {
  value = try(aws_launch_template.this[0].name, null)
}
output "launch_template_latest_version" {
  value = try(aws_launch_template.this[0].latest_version, null)
}
"""
# From 5.1 on, the inputs that make something.
MADE = """
variable "create" {
  default = true
}
variable "create_launch_template" {
  default = true
}
variable "launch_template_version" {
  default = null
}
locals {
  configuration   = null
  with_template   = !var.use_mixed_instances_policy
  create_template = var.create_launch_template
  version = var.launch_template_version == null ? (
    try(aws_launch_template.this[0].latest_version, null)
  ) : var.launch_template_version
}
"""
# From 6.0 on (the role from 6.5).
WITH_ROLE = (
    """
variable "create_iam_instance_profile" {
  default = false
}
locals {
  default_role_name = null
  with_role         = var.create && var.create_iam_instance_profile
  arn       = var.create_iam_instance_profile ? aws_iam_instance_profile.this[0].arn : var.iam_instance_profile_arn
  named     = !var.create_iam_instance_profile && var.iam_instance_profile_arn == null
  user_data = var.user_data
}
output "iam_instance_profile_arn" {
  value = try(aws_iam_instance_profile.this[0].arn, var.iam_instance_profile_arn)
}
"""
    + EC2_ROLE
    + EC2_PROFILE
    + POLICIES
)
# Options and templates that are given by name, before 7.0.
BY_NAME = """
variable "metadata_options" {
  default = null
}
variable "_otherwise" {
  type    = string
  default = null
}
variable "launch_template" {
  default = null
}
variable "_as_block" {
  default = false
}
variable "_with_version" {
  default = false
}
locals {
  template = local.create_template ? aws_launch_template.this[0].name : var.launch_template
}
"""
# Before 6.0: user data that is encoded already, no role.
BEFORE_ROLES = """
variable "user_data_base64" {
  default = null
}
locals {
  arn       = var.iam_instance_profile_arn
  named     = true
  user_data = var.user_data_base64
}
"""

AUTOSCALING_4 = (
    COMMON
    + TOKENS
    + BY_NAME
    + BEFORE_ROLES
    + """
variable "create_asg" {
  default = true
}
variable "create_lc" {
  default = false
}
variable "use_lc" {
  default = false
}
variable "launch_configuration" {
  default = null
}
variable "create_lt" {
  default = false
}
variable "use_lt" {
  default = false
}
variable "lt_version" {
  default = null
}
locals {
  own             = var.create_lc ? aws_launch_configuration.this[0].name : var.launch_configuration
  configuration   = var.use_lc ? local.own : null
  with_template   = var.use_lt
  create_template = var.create_lt
  version = var.lt_version == null && var.create_lt ? (
    aws_launch_template.this[0].latest_version
  ) : var.lt_version
}
resource "aws_launch_configuration" "this" {
  count                = var.create_lc ? 1 : 0
  iam_instance_profile = var.iam_instance_profile_name
  user_data            = var.user_data
  user_data_base64     = var.user_data_base64
  metadata_options {
    http_tokens   = local.tokens
    http_endpoint = local.endpoint

    http_put_response_hop_limit = local.hop_limit
  }
}
output "launch_configuration_name" {
  value = try(aws_launch_configuration.this[0].name, null)
}
"""
    + _groups("name", "var.create_asg")
)
AUTOSCALING_5 = COMMON + TOKENS + BY_NAME + BEFORE_ROLES + MADE + _groups("name", "var.create")
AUTOSCALING_6 = COMMON + TOKENS + BY_NAME + WITH_ROLE + MADE + _groups("name", "var.create")
AUTOSCALING = (
    COMMON
    + TOKENS
    + """
variable "launch_template_id" {
  default = null
}
variable "metadata_options" {
  default = null
  since "9.0.0" {
    default = { http_tokens = "required" }
  }
}
variable "_otherwise" {
  type    = string
  default = null
  since "9.0.0" {
    default = "required"
  }
}
variable "_as_block" {
  default = false
  since "9.0.0" {
    default = true
  }
}
variable "_with_version" {
  default = false
  since "9.0.0" {
    default = true
  }
}
locals {
  template = local.create_template ? aws_launch_template.this[0].id : var.launch_template_id
}
"""
    + WITH_ROLE
    + MADE
    + _groups("id", "var.create")
)
