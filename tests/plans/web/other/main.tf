data "aws_iam_policy_document" "ec2" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"] # expect: role-without-ec2-trust
    }
  }
}

resource "aws_iam_role" "good" {
  name_prefix        = "good-"
  assume_role_policy = data.aws_iam_policy_document.ec2.json
}

resource "aws_iam_instance_profile" "good" {
  name_prefix = "good-"
  role        = aws_iam_role.good.name
}

output "profile" {
  value = aws_iam_instance_profile.good.name
}
