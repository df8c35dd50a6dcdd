"""Stubs of the modules of terraform-aws-modules/ecs/aws.

Before version 4 the module is a cluster, with a part for the profile of its instances; 4 adds capacity providers, 5 is
a cluster and its services with their roles, 7 can launch instances itself (ECS Managed Instances).
"""

from __future__ import annotations

from iplint.terraform.stubs.parts import LISTED

# What the profile is for: instances of a cluster that an Auto Scaling group launches.
ECS_INSTANCE_PROFILE = """
variable "name" {}
variable "include_ssm" {
  default = false
}
resource "aws_iam_role" "this" {
  name = "${var.name}_ecs_instance_role"
  path = "/ecs/"
  assume_role_policy = jsonencode({
    Version = "2008-10-17"
    Statement = [{
      Action    = "sts:AssumeRole"
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}
resource "aws_iam_instance_profile" "this" {
  name = "${var.name}_ecs_instance_profile"
  role = aws_iam_role.this.name
}
resource "aws_iam_role_policy_attachment" "ecs_ec2_role" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}
resource "aws_iam_role_policy_attachment" "amazon_ssm_managed_instance_core" {
  count      = var.include_ssm ? 1 : 0
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}
resource "aws_iam_role_policy_attachment" "ecs_ec2_cloudwatch_role" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"
}
""" + "".join(
    f"""
output "{before}iam_{output}" {{
  value = aws_iam_{kind}.this.{attribute}
}}
"""
    for before in ("", "this_")
    for output, kind, attribute in (
        ("instance_profile_id", "instance_profile", "id"),
        ("instance_profile_arn", "instance_profile", "arn"),
        ("role_id", "role", "id"),
    )
)


def _inputs(inputs: str) -> str:
    """Return variables, given as lines of a name and a default."""
    return "".join(
        f'variable "{name}" {{\n  default = {default}\n}}\n'
        for name, default in (line.split(None, 1) for line in inputs.strip().splitlines())
    )


CLUSTER = """
resource "aws_ecs_cluster" "this" {
  count = local.creates ? 1 : 0
  name  = local.cluster_name
}
"""


def _outputs(before: str) -> str:
    return "".join(
        f"""
output "{before}{name}" {{
  value = try(aws_ecs_cluster.this[0].{name}, {otherwise})
}}
"""
        for name, otherwise in (("id", '""'), ("arn", '""'), ("name", "local.cluster_name"))
    )


CAPACITY = """
resource "aws_ecs_capacity_provider" "this" {
  for_each = { for key, one in try(coalesce(var.autoscaling_capacity_providers), {}) : key => one if local.creates }
  name     = try(coalesce(each.value.name), each.key)
  auto_scaling_group_provider {
    auto_scaling_group_arn = each.value.auto_scaling_group_arn
  }
}
output "autoscaling_capacity_providers" {
  value = aws_ecs_capacity_provider.this
}
"""
ECS_3 = (
    _inputs("create_ecs true\nname null")
    + "locals {\n  creates      = var.create_ecs\n  cluster_name = var.name\n}\n"
    + CLUSTER
    + _outputs("this_ecs_cluster_")
    + _outputs("ecs_cluster_")
)
ECS_4 = (
    _inputs('create true\ncluster_name ""\nautoscaling_capacity_providers {}')
    + "locals {\n  creates      = var.create\n  cluster_name = var.cluster_name\n}\n"
    + CLUSTER
    + _outputs("cluster_")
    + CAPACITY
)


def _role(role: str, service: str, when: str, *, inputs: str, statements: str, own: str, in_role: str = "false") -> str:
    """Return a role that has statements of its own and those of an input, with its inputs and outputs.

    `inputs` is what their names begin with; `own` are actions that it has on every resource. `in_role` says whether the
    statements are a policy of the role itself.
    """
    return (
        _inputs(f"""
            {inputs}_name null
            {inputs}_use_name_prefix true
            {inputs}_permissions_boundary null
            {statements} null
        """)
        + f"""
data "aws_iam_policy_document" "{role}_assume" {{
  statement {{
    actions = ["sts:AssumeRole"]
    principals {{
      type        = "Service"
      identifiers = ["{service}.amazonaws.com"]
    }}
  }}
}}
resource "aws_iam_role" "{role}" {{
  count                = {when} ? 1 : 0
  name                 = var.{inputs}_use_name_prefix ? null : try(coalesce(var.{inputs}_name), local.{role}_name)
  assume_role_policy   = data.aws_iam_policy_document.{role}_assume.json
  permissions_boundary = var.{inputs}_permissions_boundary
}}
locals {{
  {role}_policy = jsonencode({{ Statement = concat(
    [{{ Effect = "Allow", Action = {own}, Resource = "*" }}],
    {LISTED.format(f"var.{statements}")},
  ) }})
}}
resource "aws_iam_policy" "{role}" {{
  count  = local.with_{role}_policy && !{in_role} ? 1 : 0
  policy = local.{role}_policy
}}
resource "aws_iam_role_policy_attachment" "{role}_own" {{
  count      = local.with_{role}_policy && !{in_role} ? 1 : 0
  policy_arn = aws_iam_policy.{role}[0].arn
  role       = aws_iam_role.{role}[0].name
}}
resource "aws_iam_role_policy" "{role}" {{
  count  = local.with_{role}_policy && {in_role} ? 1 : 0
  policy = local.{role}_policy
  role   = aws_iam_role.{role}[0].name
}}
output "{inputs}_name" {{
  value = try(aws_iam_role.{role}[0].name, null)
}}
"""
    )


def _attached(role: str, policies: str) -> str:
    """Return the attachments of an input with policies by ARN."""
    return (
        _inputs(f"{policies} {{}}")
        + f"""
resource "aws_iam_role_policy_attachment" "{role}" {{
  for_each   = {{ for key, arn in try(coalesce(var.{policies}), {{}}) : key => arn if length(aws_iam_role.{role}) > 0 }}
  policy_arn = each.value
  role       = aws_iam_role.{role}[0].name
}}
"""
    )


TASK_EXEC = (
    _role(
        "task_exec",
        "ecs-tasks",
        "local.with_task_exec",
        inputs="task_exec_iam_role",
        statements="task_exec_iam_statements",
        own='["logs:CreateLogStream", "logs:PutLogEvents", "ecr:GetAuthorizationToken", "ecr:BatchGetImage"]',
    )
    + _attached("task_exec", "task_exec_iam_role_policies")
    + """
variable "create_task_exec_policy" {
  default = true
}
variable "_suffixed" {
  default = false
  since "7.0.0" {
    default = true
  }
}
variable "disable_v7_default_name_description" {
  default = false
}
locals {
  suffixed              = var._suffixed && !var.disable_v7_default_name_description
  with_task_exec_policy = local.with_task_exec && var.create_task_exec_policy
  task_exec_name        = "${local.name}${local.suffixed ? "-task-exec" : ""}"
}
"""
)
# The cluster, as the whole module and as a part of it.
_CLUSTER = (
    _inputs("create true\ncreate_task_exec_iam_role false\nautoscaling_capacity_providers {}\ncapacity_providers {}")
    + """
locals {
  creates        = var.create
  name           = local.cluster_name
  with_task_exec = var.create && var.create_task_exec_iam_role
}
output "task_exec_iam_role_arn" {
  value = try(aws_iam_role.task_exec[0].arn, null)
}
"""
    + CLUSTER
    + TASK_EXEC
)
MANAGED = (
    _inputs("create_node_iam_instance_profile true\ncreate_infrastructure_iam_role true")
    + """
locals {
  is_managed = anytrue([
    for one in try(coalesce(var.capacity_providers), {}) : try(one.managed_instances_provider, null) != null
  ])
  with_infrastructure        = var.create && var.create_infrastructure_iam_role && local.is_managed
  with_infrastructure_policy = local.with_infrastructure
  infrastructure_name        = "${local.name}-infra"

  with_node        = var.create && var.create_node_iam_instance_profile && local.is_managed
  with_node_policy = local.with_node
  node_name        = "${local.name}-node"
}
variable "node_iam_role_source_policy_documents" {
  default = []
}
variable "node_iam_role_override_policy_documents" {
  default = []
}
resource "aws_iam_instance_profile" "this" {
  count = local.with_node ? 1 : 0
  role  = aws_iam_role.node[0].name
  name  = var.node_iam_role_use_name_prefix ? null : try(coalesce(var.node_iam_role_name), local.node_name)
}
data "aws_iam_policy_document" "node_given" {
  count                     = local.with_node ? 1 : 0
  source_policy_documents   = var.node_iam_role_source_policy_documents
  override_policy_documents = var.node_iam_role_override_policy_documents
}
resource "aws_iam_role_policy" "node_given" {
  count = local.with_node && length(concat(
    coalesce(var.node_iam_role_source_policy_documents, []),
    coalesce(var.node_iam_role_override_policy_documents, []),
  )) > 0 ? 1 : 0
  role   = aws_iam_role.node[0].name
  policy = data.aws_iam_policy_document.node_given[0].json
}
resource "aws_ecs_capacity_provider" "this" {
  for_each = { for key, one in try(coalesce(var.capacity_providers), {}) : key => one if local.creates }
  name     = try(coalesce(each.value.name), each.key)
  dynamic "auto_scaling_group_provider" {
    for_each = try([coalesce(each.value.auto_scaling_group_provider)], [])
    content {
      auto_scaling_group_arn = auto_scaling_group_provider.value.auto_scaling_group_arn
    }
  }
  dynamic "managed_instances_provider" {
    for_each = try([coalesce(each.value.managed_instances_provider)], [])
    content {
      instance_launch_template {
        ec2_instance_profile_arn = local.with_node ? aws_iam_instance_profile.this[0].arn : try(
          managed_instances_provider.value.instance_launch_template.ec2_instance_profile_arn, null
        )
      }
    }
  }
}
output "node_iam_role_arn" {
  value = try(aws_iam_role.node[0].arn, null)
}
output "node_iam_instance_profile_arn" {
  value = try(aws_iam_instance_profile.this[0].arn, null)
}
"""
    + _role(
        "node",
        "ec2",
        "local.with_node",
        inputs="node_iam_role",
        statements="node_iam_role_statements",
        own='["ecs:DiscoverPollEndpoint", "ecs:RegisterContainerInstance", "ecs:Poll"]',
    )
    + _attached("node", "node_iam_role_additional_policies")
    + _role(
        "infrastructure",
        "ecs",
        "local.with_infrastructure",
        inputs="infrastructure_iam_role",
        statements="infrastructure_iam_role_statements",
        own='["ec2:DescribeInstances", "ec2:DescribeLaunchTemplates"]',
    )
)
SERVICE_INPUTS = """
create true
create_iam_role true
create_task_definition true
create_task_exec_iam_role true
create_task_exec_policy true
create_tasks_iam_role true
enable_execute_command false
network_mode "awsvpc"
load_balancer null
iam_role_arn null
iam_role_name null
iam_role_use_name_prefix true
iam_role_permissions_boundary null
iam_role_statements null
task_exec_iam_role_arn null
task_exec_iam_role_name null
task_exec_iam_role_use_name_prefix true
task_exec_iam_role_permissions_boundary null
task_exec_iam_role_policies {}
task_exec_iam_statements null
tasks_iam_role_arn null
tasks_iam_role_name null
tasks_iam_role_use_name_prefix true
tasks_iam_role_permissions_boundary null
tasks_iam_role_policies {}
tasks_iam_role_statements null
"""
# In the whole module the inputs of its services are attributes of `services`.
_CALL = "".join(
    f"  {name} = try(coalesce(each.value.{name}), {default})\n"
    for name, default in (line.split(None, 1) for line in SERVICE_INPUTS.strip().splitlines())
)
SERVICES = (
    """
variable "services" {
  default = {}
}
module "service" {
  source   = "terraform-aws-modules/ecs/aws//modules/service"
  for_each = { for key, one in try(coalesce(var.services), {}) : key => one if var.create }
  name     = try(coalesce(each.value.name), each.key)
"""
    + _CALL
    + """}
output "services" {
  value = module.service
}
"""
)
_BY_CLUSTER_NAME = _inputs('cluster_name ""') + "locals {\n  cluster_name = var.cluster_name\n}\n"
_BY_NAME = _inputs('name ""') + "locals {\n  cluster_name = var.name\n}\n"
ECS_6 = _BY_CLUSTER_NAME + _CLUSTER + CAPACITY + _outputs("cluster_") + SERVICES
ECS = _BY_CLUSTER_NAME + _CLUSTER + MANAGED + _outputs("cluster_") + SERVICES
ECS_CLUSTER_5 = _BY_CLUSTER_NAME + _CLUSTER + CAPACITY + _outputs("")
ECS_CLUSTER_6 = _BY_NAME + _CLUSTER + CAPACITY + _outputs("")
ECS_CLUSTER = _BY_NAME + _CLUSTER + MANAGED + _outputs("")
ECS_SERVICE = (
    _inputs(
        "\n".join(
            line
            for line in SERVICE_INPUTS.strip().splitlines()
            if not line.startswith(("iam_role_", "task_exec_iam", "tasks_iam_role_", "create_task_exec_policy"))
        )
    )
    + _inputs("iam_role_arn null\ntask_exec_iam_role_arn null\ntasks_iam_role_arn null\nname null")
    + """
variable "_in_role" {
  default = true
  since "6.0.0" {
    default = false
  }
}
locals {
  name              = try(coalesce(var.name), "")
  with_tasks        = var.create && var.create_task_definition && var.create_tasks_iam_role
  with_task_exec    = var.create && var.create_task_definition && var.create_task_exec_iam_role
  with_tasks_policy = local.with_tasks && (
    try(length(var.tasks_iam_role_statements), 0) > 0 || var.enable_execute_command
  )
  with_service = var.create && var.create_iam_role && var.network_mode != "awsvpc" && (
    try(length(var.load_balancer), 0) > 0
  )
  with_service_policy = local.with_service
  tasks_name          = "${local.name}${local.suffixed ? "-tasks" : ""}"
  service_name        = local.name
}
"""
    + "".join(
        f"""
output "{inputs}_arn" {{
  value = try(aws_iam_role.{role}[0].arn, var.{inputs}_arn)
}}
"""
        for role, inputs in (
            ("service", "iam_role"),
            ("task_exec", "task_exec_iam_role"),
            ("tasks", "tasks_iam_role"),
        )
    )
    + TASK_EXEC
    + _role(
        "tasks",
        "ecs-tasks",
        "local.with_tasks",
        inputs="tasks_iam_role",
        statements="tasks_iam_role_statements",
        own='["ssmmessages:OpenDataChannel"]',
        in_role="var._in_role",
    )
    + _attached("tasks", "tasks_iam_role_policies")
    + _role(
        "service",
        "ecs",
        "local.with_service",
        inputs="iam_role",
        statements="iam_role_statements",
        own='["ec2:Describe*", "elasticloadbalancing:RegisterTargets"]',
    )
)
