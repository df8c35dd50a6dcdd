"""Stubs of terraform-aws-modules/ec2-instance/aws."""

from __future__ import annotations

from iplint.terraform.stubs.parts import EC2_PROFILE, EC2_ROLE, POLICIES, TOKENS

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
  type    = string
  default = "optional"
  since "5.8.0" {
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

    http_put_response_hop_limit = local.hop_limit
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

      http_put_response_hop_limit = lookup(metadata_options.value, "http_put_response_hop_limit", "1")
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

      http_put_response_hop_limit = lookup(metadata_options.value, "http_put_response_hop_limit", "1")
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
