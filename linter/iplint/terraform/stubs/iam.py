"""Stubs of the modules of terraform-aws-modules/iam/aws.

Before version 4 the outputs of roles and users begin with `this_`. From 5.30 on a trust policy that is given counts
only where another input says so. Up to 5.42 the actions of the trust policy are those given; in 5.60, these and
sts:AssumeRole.
"""

from __future__ import annotations

from iplint.terraform.stubs.parts import INLINE, STATEMENTS

THIS_OUTPUTS = "".join(
    f"""
output "this_iam_{kind}_{attribute}" {{
  value = try(aws_iam_{kind}.this[0].{attribute}, "")
}}
"""
    for kind in ("role", "instance_profile")
    for attribute in ("arn", "name")
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
variable "create_custom_role_trust_policy" {
  default = false
}
variable "allow_self_assume_role" {
  default = false
}
variable "_custom_when_asked" {
  default = false
  since "5.30.0" {
    default = true
  }
}
variable "_assumes" {
  default = []
  since "5.43.0" {}
  since "5.60.0" {
    default = ["sts:AssumeRole"]
  }
}
variable "number_of_custom_role_policy_arns" {
  default = null
}
variable "trusted_role_arns" {
  default = []
}
variable "trusted_role_services" {
  default = []
}
variable "trusted_role_actions" {
  default = null
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
locals {
  trust = var._custom_when_asked && !var.create_custom_role_trust_policy ? "" : var.custom_role_trust_policy
  number = coalesce(var.number_of_custom_role_policy_arns, length(var.custom_role_policy_arns))
  self   = var.role_name != null ? var.role_name : "*"
  mfa    = var.role_requires_mfa && local.trust == ""
}
data "aws_caller_identity" "current" {}
data "aws_iam_policy_document" "assume_role" {
  dynamic "statement" {
    for_each = var.allow_self_assume_role ? [1] : []
    content {
      actions = ["sts:AssumeRole"]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values   = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/${local.self}"]
      }
    }
  }
  statement {
    actions = var.trusted_role_actions == null ? ["sts:AssumeRole"] : concat(var._assumes, var.trusted_role_actions)
    principals {
      type        = "AWS"
      identifiers = var.trusted_role_arns
    }
    principals {
      type        = "Service"
      identifiers = var.trusted_role_services
    }
    dynamic "condition" {
      for_each = local.mfa ? [1] : []
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
  assume_role_policy   = coalesce(local.trust, data.aws_iam_policy_document.assume_role.json)
}
resource "aws_iam_role_policy_attachment" "custom" {
  count      = var.create_role ? local.number : 0
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
    + THIS_OUTPUTS
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
output "id" {
  value = try(aws_iam_policy.policy[0].id, null)
}
"""

# Without a key of PGP the secret is in the state, and in an output.
IAM_USER_5 = """
variable "create_user" {
  default = true
}
variable "create_iam_access_key" {
  default = true
}
variable "pgp_key" {
  default = ""
}
variable "name" {
  default = null
}
variable "permissions_boundary" {
  default = ""
}
variable "policy_arns" {
  default = []
}
resource "aws_iam_user" "this" {
  count                = var.create_user ? 1 : 0
  name                 = var.name
  permissions_boundary = var.permissions_boundary
}
resource "aws_iam_access_key" "this" {
  count   = var.create_user && var.create_iam_access_key && var.pgp_key != "" ? 1 : 0
  user    = aws_iam_user.this[0].name
  pgp_key = var.pgp_key
}
resource "aws_iam_access_key" "this_no_pgp" {
  count = var.create_user && var.create_iam_access_key && var.pgp_key == "" ? 1 : 0
  user  = aws_iam_user.this[0].name
}
resource "aws_iam_user_policy_attachment" "this" {
  for_each   = { for key, arn in var.policy_arns : key => arn if var.create_user }
  user       = aws_iam_user.this[0].name
  policy_arn = each.value
}
""" + "".join(
    f"""
output "{before}iam_user_name" {{
  value = try(aws_iam_user.this[0].name, "")
}}
output "{before}iam_user_arn" {{
  value = try(aws_iam_user.this[0].arn, "")
}}
output "{before}iam_access_key_id" {{
  value = try(aws_iam_access_key.this[0].id, aws_iam_access_key.this_no_pgp[0].id, "")
}}
output "{before}iam_access_key_secret" {{
  value = try(aws_iam_access_key.this_no_pgp[0].secret, "")
}}
output "{before}iam_access_key_encrypted_secret" {{
  value = try(aws_iam_access_key.this[0].encrypted_secret, "")
}}
"""
    for before in ("", "this_")
)

IAM_USER = (
    """
variable "create" {
  default = true
}
variable "create_access_key" {
  default = true
}
variable "pgp_key" {
  default = null
}
variable "name" {
  default = ""
}
variable "permissions_boundary" {
  default = null
}
variable "policies" {
  default = {}
}
variable "create_inline_policy" {
  default = false
}
variable "inline_policy_permissions" {
  default = null
}
variable "source_inline_policy_documents" {
  default = []
}
variable "override_inline_policy_documents" {
  default = []
}
locals {
  inline_documents = concat(var.source_inline_policy_documents, var.override_inline_policy_documents)
}
resource "aws_iam_user" "this" {
  count                = var.create ? 1 : 0
  name                 = var.name
  permissions_boundary = var.permissions_boundary
}
resource "aws_iam_access_key" "this" {
  count   = var.create && var.create_access_key ? 1 : 0
  user    = aws_iam_user.this[0].name
  pgp_key = var.pgp_key
}
resource "aws_iam_user_policy_attachment" "additional" {
  for_each   = { for key, arn in var.policies : key => arn if var.create }
  user       = aws_iam_user.this[0].name
  policy_arn = each.value
}
resource "aws_iam_user_policy" "inline_documents" {
  count  = var.create && var.create_inline_policy ? length(local.inline_documents) : 0
  user   = aws_iam_user.this[0].name
  policy = local.inline_documents[count.index]
}
resource "aws_iam_user_policy" "inline" {
  count  = var.create && var.create_inline_policy ? 1 : 0
  user   = aws_iam_user.this[0].name
  policy = """
    + INLINE.format("var.inline_policy_permissions")
    + """}
output "arn" {
  value = try(aws_iam_user.this[0].arn, null)
}
output "name" {
  value = try(aws_iam_user.this[0].name, null)
}
output "access_key_id" {
  value = try(aws_iam_access_key.this[0].id, null)
}
output "access_key_secret" {
  value = try(aws_iam_access_key.this[0].secret, null)
}
output "access_key_encrypted_secret" {
  value = try(aws_iam_access_key.this[0].encrypted_secret, null)
}
"""
)
