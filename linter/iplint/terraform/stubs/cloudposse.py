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
_BASTION = (
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
  makes   = local.enabled && _MAKES
  profile = _PROFILE
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
CLOUDPOSSE_BASTION = _BASTION.replace("_MAKES", "!local.given").replace(
    "_PROFILE", "local.makes ? aws_iam_instance_profile.default[0].name : var.instance_profile"
)
# This version makes a profile only where one is given, and uses that: without it the bastion has none.
CLOUDPOSSE_BASTION_24 = _BASTION.replace("_MAKES", "local.given").replace("_PROFILE", "var.instance_profile")

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


def _inputs(default: str, **defaults: str) -> str:
    """Return the inputs of labels before 0.23, with a default that most have."""
    names = ("namespace", "environment", "stage", "name", "delimiter", "regex_replace_chars", "label_order", "enabled")
    return (
        "".join(f'variable "{name}" {{\n  default = {defaults.get(name, default)}\n}}\n' for name in names)
        + """
variable "attributes" {
  default = []
}
variable "tags" {
  default = {}
}
variable "additional_tag_map" {
  default = {}
}
"""
    )


OLD_LABELS = ("namespace", "environment", "stage", "name")
# What labels before 0.23 do with their elements: all in small letters.
_OLD_LABEL = """
locals {
  elements = merge(local.words, {
    attributes = lower(replace(join(local.delimiter, local.attributes), local.unwanted, ""))
  })
  labels    = [for name in local.order : local.elements[name] if length(local.elements[name]) > 0]
  id_full   = lower(join(local.delimiter, local.labels))
  generated = {
    for name, word in merge(local.elements, { name = local.id }) : title(name) => word if length(word) > 0
  }
}
output "id" {
  value = local.enabled ? local.id : ""
}
output "id_full" {
  value = local.enabled ? local.id_full : ""
}
output "delimiter" {
  value = local.enabled ? local.delimiter : ""
}
output "attributes" {
  value = local.enabled ? local.attributes : []
}
output "tags" {
  value = local.enabled ? local.tags : {}
}
output "label_order" {
  value = local.order
}
""" + "".join(f'output "{name}" {{\n  value = local.enabled ? local.words.{name} : ""\n}}\n' for name in OLD_LABELS)
ORDER = '["namespace", "environment", "stage", "name", "attributes"]'
# From 0.19 on null is what is not given, and a context says whether anything is made.
LABEL_22 = (
    _inputs("null")
    + """
variable "id_length_limit" {
  default = null
}
variable "context" {
  default = {
    enabled             = true
    namespace           = null
    environment         = null
    stage               = null
    name                = null
    delimiter           = null
    attributes          = []
    tags                = {}
    additional_tag_map  = {}
    regex_replace_chars = null
    label_order         = []
    id_length_limit     = null
  }
}
variable "_context_first" {
  default = false
  since "0.22.0" {
    default = true
  }
}
locals {
  own       = try(coalesce(var.attributes), [])
  inherited = try(coalesce(var.context.attributes), [])
  input = {
"""
    + "".join(
        f"    {name} = var.{name} == null ? var.context.{name} : var.{name}\n"
        for name in ("enabled", *OLD_LABELS, "delimiter", "label_order", "regex_replace_chars", "id_length_limit")
    )
    + """
    attributes = compact(distinct(
      var._context_first ? concat(local.inherited, local.own) : concat(local.own, local.inherited)
    ))
    tags               = merge(var.context.tags, var.tags)
    additional_tag_map = merge(var.context.additional_tag_map, var.additional_tag_map)
  }
  enabled   = local.input.enabled
  unwanted  = coalesce(local.input.regex_replace_chars, "/[^-a-zA-Z0-9]/")
  delimiter = local.input.delimiter == null ? "-" : local.input.delimiter
  order     = try(length(local.input.label_order), 0) > 0 ? local.input.label_order : """
    + ORDER
    + """
  limit      = local.input.id_length_limit == null ? 0 : local.input.id_length_limit
  attributes = local.input.attributes
  words = {
    for name in ["namespace", "environment", "stage", "name"] :
    name => lower(replace(coalesce(local.input[name], "\t"), local.unwanted, ""))
  }
  room  = local.limit - 5 - length(local.delimiter)
  short = local.room <= 0 ? "" : (
    "${trimsuffix(substr(local.id_full, 0, local.room), local.delimiter)}${local.delimiter}"
  )
  id = local.limit != 0 && length(local.id_full) > local.limit ? (
    substr("${local.short}${md5(local.id_full)}", 0, local.limit)
  ) : local.id_full
  tags = merge(local.generated, local.input.tags)
}
output "enabled" {
  value = local.enabled
}
output "context" {
  value = local.input
}
output "regex_replace_chars" {
  value = local.unwanted
}
output "id_length_limit" {
  value = local.limit
}
output "additional_tag_map" {
  value = local.input.additional_tag_map
}
"""
    + _OLD_LABEL
)
LABEL_18 = (
    _inputs('""', delimiter='"-"', regex_replace_chars='"/[^a-zA-Z0-9-]/"', label_order="[]", enabled="true")
    + """
variable "id_max_length" {
  default = 0
}
variable "context" {
  default = {
    namespace           = ""
    environment         = ""
    stage               = ""
    name                = ""
    enabled             = true
    delimiter           = ""
    attributes          = []
    label_order         = []
    tags                = {}
    additional_tag_map  = {}
    regex_replace_chars = ""
  }
}
locals {
  enabled   = var.enabled
  unwanted  = coalesce(var.regex_replace_chars, var.context.regex_replace_chars)
  delimiter = coalesce(var.delimiter, var.context.delimiter, "-")
  order = length(var.label_order) > 0 ? var.label_order : (
    length(var.context.label_order) > 0 ? var.context.label_order : """
    + ORDER
    + """
  )
  attributes = compact(distinct(concat(var.attributes, var.context.attributes)))
  words = {
"""
    + "".join(
        f'    {name} = lower(replace(coalesce(var.{name}, var.context.{name}, "~"), local.unwanted, ""))\n'
        for name in OLD_LABELS
    )
    + """
  }
  short = var.id_max_length <= 6 ? substr(md5(local.id_full), 0, var.id_max_length) : (
    "${replace(substr(local.id_full, 0, var.id_max_length - 6), "/-$/", "")}-${substr(md5(local.id_full), 0, 5)}"
  )
  id   = var.id_max_length != 0 && length(local.id_full) > var.id_max_length ? local.short : local.id_full
  tags = merge(var.context.tags, local.generated, var.tags)
}
output "context" {
  value = {
    enabled             = local.enabled
    name                = local.words.name
    namespace           = local.words.namespace
    environment         = local.words.environment
    stage               = local.words.stage
    attributes          = local.attributes
    tags                = local.tags
    delimiter           = local.delimiter
    label_order         = local.order
    regex_replace_chars = local.unwanted
    additional_tag_map  = merge(var.context.additional_tag_map, var.additional_tag_map)
  }
}
"""
    + _OLD_LABEL
)
