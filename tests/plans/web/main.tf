# plan.json is what Terraform 1.11 and version 5.100 of the AWS provider make of this, with a variable for the token and
# a small module of our own in the place of the one from the registry:
# terraform plan -out tfplan && terraform show -json tfplan > plan.json
provider "aws" {
  region                      = "eu-central-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

variable "token" {
  type      = string
  sensitive = true
}

data "aws_iam_policy_document" "ec2" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "good" {
  name_prefix        = "good-"
  assume_role_policy = data.aws_iam_policy_document.ec2.json
}

resource "aws_iam_role_policy_attachment" "admin" {
  role       = aws_iam_role.lambda.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess" # expect: administrator-access
}

resource "aws_iam_instance_profile" "good" {
  name_prefix = "good-"
  role        = aws_iam_role.good.name
}

resource "aws_instance" "good" {
  ami                  = "ami-0abcdef1234567890"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.good.name
  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_instance" "bare" { # expect: missing-instance-profile, imdsv1-allowed
  ami           = "ami-0abcdef1234567890"
  instance_type = "t3.micro"
}

resource "aws_instance" "keyed" {
  ami                  = "ami-0abcdef1234567890"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.good.name
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    export AWS_ACCESS_KEY_ID=AKIAQ2FAKEFAKEFAKE22 # expect: hardcoded-access-key
    ./run
  EOT
}

resource "aws_launch_template" "secret" {
  name = "secret"
  iam_instance_profile {
    name = aws_iam_instance_profile.good.name
  }
  metadata_options {
    http_tokens = "required"
  }
  user_data = base64encode("echo ${var.token} AKIAQ2FAKEFAKEFAKE33") # expect: hardcoded-access-key
}

resource "aws_iam_role" "lambda" {
  name = "lambda"
  assume_role_policy = jsonencode({ # expect: role-without-ec2-trust
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_instance_profile" "lambda" {
  name = "lambda"
  role = aws_iam_role.lambda.name
}

resource "aws_instance" "lambda" {
  ami                  = "ami-0abcdef1234567890"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.lambda.name
  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_launch_template" "group" {
  name_prefix   = "group-"
  image_id      = "ami-0abcdef1234567890"
  instance_type = "t3.micro"
  iam_instance_profile {
    arn = aws_iam_instance_profile.good.arn
  }
  metadata_options { # expect: imdsv1-allowed
    http_endpoint = "enabled"
  }
}

resource "aws_autoscaling_group" "group" {
  min_size           = 1
  max_size           = 2
  availability_zones = ["eu-central-1a"]
  launch_template {
    id      = aws_launch_template.group.id
    version = "$Latest"
  }
}

resource "aws_launch_template" "dynamic" {
  name = "dynamic"
  dynamic "iam_instance_profile" {
    for_each = [aws_iam_instance_profile.good.name]
    content {
      name = iam_instance_profile.value
    }
  }
  dynamic "metadata_options" {
    for_each = ["optional"]
    content {
      http_tokens = metadata_options.value # expect: imdsv1-allowed
    }
  }
}

resource "aws_autoscaling_group" "dynamic" {
  for_each           = toset(["blue", "green"])
  min_size           = 1
  max_size           = 2
  availability_zones = ["eu-central-1a"]
  mixed_instances_policy {
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.dynamic.id
        version            = aws_launch_template.dynamic.latest_version
      }
    }
  }
}

resource "aws_s3_bucket" "data" {
}

data "aws_iam_policy_document" "late" {
  statement {
    actions   = ["*"] # expect: administrator-access
    resources = ["*", aws_s3_bucket.data.arn]
  }
}

resource "aws_iam_role" "counted" {
  count              = 2
  assume_role_policy = data.aws_iam_policy_document.ec2.json
}

resource "aws_iam_role_policy" "counted" {
  role   = aws_iam_role.counted[1].id
  policy = data.aws_iam_policy_document.late.json
}

resource "aws_iam_instance_profile" "counted" {
  count = 2
  role  = aws_iam_role.counted[count.index].name
}

resource "aws_instance" "counted" {
  count                = 2
  ami                  = "ami-0abcdef1234567890"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.counted[count.index].id
  metadata_options {
    http_tokens = "required"
  }
}

module "app" {
  source  = "./app"
  count   = 2
  profile = aws_iam_instance_profile.good.name
  tokens  = "optional"
}

module "other" {
  source = "./other"
}

module "worker" {
  source               = "terraform-aws-modules/ec2-instance/aws"
  version              = "5.6.0"
  iam_instance_profile = module.other.profile
}
