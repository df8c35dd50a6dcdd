variable "profile" {
  type = string
}

variable "tokens" {
  type = string
}

resource "aws_instance" "this" {
  ami                  = "ami-0abcdef1234567890"
  instance_type        = "t3.micro"
  iam_instance_profile = var.profile
  metadata_options {
    http_tokens = var.tokens # expect: imdsv1-allowed
  }
}
