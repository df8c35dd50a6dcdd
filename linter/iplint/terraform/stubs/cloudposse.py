"""Stubs of modules of Cloud Posse."""

from __future__ import annotations

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

# What a label says: whether what it is given to is made at all, and which name that gets.
LABELS = ("namespace", "tenant", "environment", "stage", "name")
SETTINGS = (
    "enabled",
    *LABELS,
    "delimiter",
    "label_order",
    "regex_replace_chars",
    "id_length_limit",
    "label_key_case",
    "label_value_case",
)
LABEL = (
    """
variable "context" {
  default = {
    enabled        = true
    attributes     = []
    tags           = {}
    labels_as_tags = ["unset"]

    additional_tag_map = {}
    descriptor_formats = {}
  }
}
variable "attributes" {
  default = []
}
variable "tags" {
  default = {}
}
variable "additional_tag_map" {
  default = {}
}
variable "descriptor_formats" {
  default = {}
}
variable "labels_as_tags" {
  default = ["default"]
}
"""
    + "".join(f'variable "{name}" {{\n  default = null\n}}\n' for name in SETTINGS)
    + "locals {\n"
    + "".join(f"  {name} = var.{name} == null ? try(var.context.{name}, null) : var.{name}\n" for name in SETTINGS)
    + "  chosen = {\n"
    + "".join(f"    {name} = local.{name}\n" for name in SETTINGS)
    + """
    labels_as_tags = try(contains(var.context.labels_as_tags, "unset"), true) ? (
      var.labels_as_tags
    ) : var.context.labels_as_tags
    additional_tag_map = merge(try(var.context.additional_tag_map, {}), var.additional_tag_map)
    descriptor_formats = merge(try(var.context.descriptor_formats, {}), var.descriptor_formats)
    attributes = compact(distinct(concat(
      try(coalesce(var.context.attributes, []), []),
      var.attributes == null ? [] : var.attributes,
    )))
    tags = merge(try(var.context.tags, {}), var.tags)
  }
  unwanted = local.regex_replace_chars == null ? "/[^-a-zA-Z0-9]/" : local.regex_replace_chars
  letters  = local.label_value_case == null ? "lower" : local.label_value_case
  between  = local.delimiter == null ? "-" : local.delimiter
  order = try(length(local.label_order), 0) > 0 ? local.label_order : [
    "namespace", "environment", "stage", "name", "attributes"
  ]
  limit = local.id_length_limit == null ? 0 : local.id_length_limit
  written = {
    for name in ["namespace", "tenant", "environment", "stage", "name"] :
    name => local.chosen[name] == null ? "" : replace(local.chosen[name], local.unwanted, "")
  }
  cased = {
    for name, word in local.written :
    name => {
      none  = word
      title = title(lower(word))
      upper = upper(word)
      lower = lower(word)
    }[local.letters]
  }
  more = compact(distinct([
    for word in compact(distinct([for word in local.chosen.attributes : replace(word, local.unwanted, "")])) :
    {
      none  = word
      title = title(lower(word))
      upper = upper(word)
      lower = lower(word)
    }[local.letters]
  ]))
  elements = merge(local.cased, { attributes = join(local.between, local.more) })
  id_full  = join(local.between, [for name in local.order : local.elements[name] if length(local.elements[name]) > 0])
  kept     = local.limit - 5 - length(local.between)
  short    = local.kept <= 0 ? "" : "${trimsuffix(substr(local.id_full, 0, local.kept), local.between)}${local.between}"
  digits   = "${md5(local.id_full)}qrstuvwxyz"
  digest = replace({
    none  = local.digits
    title = title(local.digits)
    upper = upper(local.digits)
    lower = lower(local.digits)
  }[local.letters], local.unwanted, "")
  id = local.limit != 0 && length(local.id_full) > local.limit ? (
    substr("${local.short}${local.digest}", 0, local.limit)
  ) : local.id_full
  tagged = merge(local.elements, { name = local.id })
  tags = merge(
    {
      for name, word in local.tagged :
      (local.label_key_case == "upper" ? upper(name) : local.label_key_case == "lower" ? name : title(name)) => word
      if length(word) > 0 && anytrue([for one in local.chosen.labels_as_tags : contains(["default", name], one)])
    },
    local.chosen.tags,
  )
}
output "enabled" {
  value = local.enabled
}
output "id" {
  value = local.enabled ? local.id : ""
}
output "id_full" {
  value = local.enabled ? local.id_full : ""
}
output "delimiter" {
  value = local.enabled ? local.between : ""
}
output "attributes" {
  value = local.enabled ? local.more : []
}
output "tags" {
  value = local.enabled ? local.tags : {}
}
output "context" {
  value = local.chosen
}
"""
    + "".join(f'output "{name}" {{\n  value = local.enabled ? local.cased.{name} : ""\n}}\n' for name in LABELS)
)
