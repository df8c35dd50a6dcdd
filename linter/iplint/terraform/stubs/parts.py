"""What several stubs have in common: roles of instances, metadata options, policy statements, overrides."""

from __future__ import annotations

EC2_TRUST = """
data "aws_iam_policy_document" "assume_role_policy" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}
"""
EC2_ROLE = (
    EC2_TRUST
    + """
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
)
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
  endpoint  = try(var.metadata_options.http_endpoint, null)
  hop_limit = try(var.metadata_options.http_put_response_hop_limit, null)
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
LISTED = """[for statement in try(coalesce({}), []) : {{
      Effect      = try(coalesce(statement.effect), "Allow")
      Action      = try(statement.actions, null)
      NotAction   = try(statement.not_actions, null)
      Resource    = try(statement.resources, null)
      NotResource = try(statement.not_resources, null)
      Condition   = try(coalesce(statement.condition, statement.conditions), null)
    }}]"""
INLINE = f"""jsonencode({{{{
    Statement = {LISTED}
  }}}})
"""
# Which template an override of a mixed instances policy launches from. The input has the shape of the block at last;
# before, its overrides are beside the template, and name it by id.
OVERRIDES = """
        dynamic "override" {
          for_each = var._as_block ? (
            try(coalesce(var.mixed_instances_policy.launch_template.override), [])
          ) : try(coalesce(var.mixed_instances_policy.override), [])
          content {
            dynamic "launch_template_specification" {
              for_each = try(flatten([coalesce(override.value.launch_template_specification)]), [])
              content {
                launch_template_id   = try(launch_template_specification.value.launch_template_id, null)
                launch_template_name = (
                  var._as_block ? try(launch_template_specification.value.launch_template_name, null) : null
                )
                version = var._with_version ? try(launch_template_specification.value.version, null) : null
              }
            }
          }
        }
"""
