"""Stubs of the modules of terraform-aws-modules/ecs/aws that instances use: their profile, before version 4."""

from __future__ import annotations

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
