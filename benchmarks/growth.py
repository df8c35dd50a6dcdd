"""Growth: how the CPU time of a check grows with what there is to judge, as ratios within one run.

Usage: python benchmarks/growth.py. Each row is one kind of configuration in several sizes; the start-up of a check of
nothing is taken off, and the exponent is that of the time in the number of resource instances or files: 1 when twice as
many take twice as long. Run it with the interpreter of an environment that iplint is installed in.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from measure import Failed, cost

SIZES = (250, 1_000, 4_000, 20_000)
MANY = (250, 1_000, 4_000)
# Of more of these the budget of a root is spent.
FEW = (250, 500, 1_000)
FILES = (100, 1_000, 4_000, 20_000)
STACKS = (100, 300, 900)
DEPTHS = (1, 4, 8)
RUNS = 3
# What takes longer is run once.
LONG = 5.0

# Five resources that belong together.
TERRAFORM = """
resource "aws_iam_role" "r{n}" {{
  name               = "role-{n}"
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ec2.amazonaws.com" }} }}]
  }})
}}
resource "aws_iam_role_policy" "p{n}" {{
  role   = aws_iam_role.r{n}.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "*" }}] }})
}}
resource "aws_iam_instance_profile" "i{n}" {{
  role = aws_iam_role.r{n}.name
}}
resource "aws_launch_template" "t{n}" {{
  user_data = base64encode("#!/bin/sh\\necho ${{var.name}} {n}\\n")
  iam_instance_profile {{
    name = aws_iam_instance_profile.i{n}.name
  }}
  metadata_options {{
    http_tokens = var.tokens
  }}
}}
resource "aws_instance" "w{n}" {{
  launch_template {{
    id = aws_launch_template.t{n}.id
  }}
}}
"""
VARIABLES = """
variable "name" {
  default = "app"
}
variable "tokens" {
  default = "required"
}
"""
CLOUDFORMATION = """  Role{n}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {{Effect: Allow, Action: "sts:AssumeRole", Principal: {{Service: ec2.amazonaws.com}}}}
  Profile{n}:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref Role{n}]
  Launch{n}:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile{n}
      MetadataOptions: {{HttpTokens: !Ref Tokens}}
      UserData: !Base64
        Fn::Sub: "echo ${{AWS::Region}} {n}"
"""


# Two launches that break most rules, and hold a secret each.
FAILING_CLOUDFORMATION = """  Role{n}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {{Effect: Allow, Action: "sts:AssumeRole", Principal: {{Service: lambda.amazonaws.com}}}}
      Policies:
        - PolicyName: everything
          PolicyDocument: {{Statement: [{{Effect: Allow, Action: "*", Resource: "*"}}]}}
  Profile{n}:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref Role{n}]
  Launch{n}:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile{n}
      UserData:
        Fn::Base64: |
          export AWS_SECRET_ACCESS_KEY=FAKEsecretFAKEsecretFAKEsecretFA{n:08}
          curl http://169.254.169.254/latest/meta-data/iam/security-credentials/web
  Bare{n}:
    Type: AWS::EC2::Instance
    Properties: {{ImageId: ami-0abcdef1234567890}}
"""
FAILING_TERRAFORM = """
resource "aws_iam_role" "r{n}" {{
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "lambda.amazonaws.com" }} }}]
  }})
}}
resource "aws_iam_role_policy_attachment" "a{n}" {{
  role       = aws_iam_role.r{n}.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}
resource "aws_iam_instance_profile" "i{n}" {{
  role = aws_iam_role.r{n}.name
}}
resource "aws_instance" "w{n}" {{
  iam_instance_profile = aws_iam_instance_profile.i{n}.name
  user_data            = <<-EOT
    export AWS_SECRET_ACCESS_KEY=FAKEsecretFAKEsecretFAKEsecretFA{n:08}
    curl http://169.254.169.254/latest/meta-data/iam/security-credentials/web
  EOT
}}
resource "aws_instance" "b{n}" {{
}}
"""


def terraform(directory: Path, size: int) -> int:
    """That many resources in one module."""
    sets = "".join(TERRAFORM.format(n=n) for n in range(size // 5))
    (directory / "main.tf").write_text('provider "aws" {}\n' + VARIABLES + sets, encoding="utf-8")
    return size


def shared(directory: Path, size: int) -> int:
    """That many launches, attachments and values around one role, in repetitions of one block each."""
    half = min(size // 2, 1_000)
    rest = "".join(
        f'resource "aws_instance" "w{n}" {{\n  iam_instance_profile = aws_iam_instance_profile.i0.name\n'
        f"  user_data = local.v{n}\n  metadata_options {{\n    http_tokens = var.tokens\n  }}\n}}\n"
        f'locals {{\n  v{n} = "${{local.v{n - 1}}}"\n}}\n'
        for n in range(1, size - half)
    )
    text = f"""
resource "aws_iam_role_policy_attachment" "it" {{
  for_each   = toset([for n in range({half}) : "arn:aws:iam::aws:policy/P${{n}}"])
  role       = aws_iam_role.r0.name
  policy_arn = each.value
}}
locals {{
  v0 = "x"
}}
"""
    (directory / "main.tf").write_text('provider "aws" {}\n' + VARIABLES + TERRAFORM.format(n=0) + text + rest)
    return size


def counted(directory: Path, size: int) -> int:
    """A module that is called as often as makes that many instances."""
    call = f'  source = "./it"\n  count = {size // 5}\n  name = "n${{count.index}}"\n'
    (directory / "main.tf").write_text(f'provider "aws" {{}}\nmodule "it" {{\n{call}}}\n', encoding="utf-8")
    (directory / "it").mkdir()
    (directory / "it" / "main.tf").write_text(VARIABLES + TERRAFORM.format(n=0), encoding="utf-8")
    return size


def lengthened(directory: Path, size: int) -> int:
    """That many values, each a text that is the one before and a letter more."""
    rest = "".join(f'  a{n} = "${{local.a{n - 1}}}x"\n' for n in range(1, size))
    launch = f'resource "aws_instance" "i" {{\n  user_data = local.a{size - 1}\n}}\n'
    text = f'provider "aws" {{}}\nlocals {{\n  a0 = "x"\n{rest}}}\n{launch}'
    (directory / "main.tf").write_text(text, encoding="utf-8")
    return size


def decided(directory: Path, size: int) -> int:
    """That many launches, each of which is there or not by a variable of its own."""
    launches = "".join(
        f'variable "v{n}" {{\n  default = true\n}}\nresource "aws_instance" "w{n}" {{\n  count = var.v{n} ? 1 : 0\n}}\n'
        for n in range(size)
    )
    (directory / "main.tf").write_text(f'provider "aws" {{}}\n{launches}', encoding="utf-8")
    return size


def nested(directory: Path, depth: int) -> int:
    """Modules within modules, each with resources of its own."""
    each = 20
    for level in range(depth + 1):
        below = 'module "next" {\n  source = "./next"\n  name = "x-${var.name}"\n  tokens = var.tokens\n}\n'
        sets = "".join(TERRAFORM.format(n=n) for n in range(each))
        text = ('provider "aws" {}\n' if level == 0 else "") + VARIABLES + sets + (below if level < depth else "")
        (directory / "main.tf").write_text(text, encoding="utf-8")
        if level < depth:
            directory = directory / "next"
            directory.mkdir()
    return 5 * each * (depth + 1)


def cloudformation(directory: Path, size: int) -> int:
    """That many launches in one template."""
    launches = "".join(CLOUDFORMATION.format(n=n) for n in range(size))
    head = "Parameters:\n  Tokens: {Type: String, Default: required}\nResources:\n"
    (directory / "template.yaml").write_text(head + launches, encoding="utf-8")
    return size


def nested_stacks(directory: Path, size: int) -> int:
    """That many stacks in one template, each of which nests the same template with one launch."""
    stacks = "".join(
        f"  S{n}:\n    Type: AWS::CloudFormation::Stack\n"
        f"    Properties: {{TemplateURL: launch.yaml, Parameters: {{Tokens: required, Name: n{n}}}}}\n"
        for n in range(size)
    )
    (directory / "template.yaml").write_text(f"Resources:\n{stacks}", encoding="utf-8")
    head = "Parameters:\n  Tokens: {Type: String}\n  Name: {Type: String}\nResources:\n"
    (directory / "launch.yaml").write_text(head + CLOUDFORMATION.format(n=0), encoding="utf-8")
    return size


def failing_cloudformation(directory: Path, size: int) -> int:
    """That many launches in one template, each of which breaks rules."""
    launches = "".join(FAILING_CLOUDFORMATION.format(n=n) for n in range(size // 2))
    (directory / "template.yaml").write_text(f"Resources:\n{launches}", encoding="utf-8")
    return size


def failing_terraform(directory: Path, size: int) -> int:
    """That many launches in one module, each of which breaks rules."""
    launches = "".join(FAILING_TERRAFORM.format(n=n) for n in range(size // 2))
    (directory / "main.tf").write_text(f'provider "aws" {{}}\n{launches}', encoding="utf-8")
    return size


def files(directory: Path, size: int) -> int:
    """That many files: templates and modules with one launch each, and half of them neither."""
    for number in range(size):
        home = directory / str(number // 100) / str(number)
        home.mkdir(parents=True)
        if number % 2:
            (home / "settings.yaml").write_text(f"name: app-{number}\nports: [80, 443]\n", encoding="utf-8")
        elif number % 4:
            cloudformation(home, 1)
        else:
            terraform(home, 5)
    return size


def cpu(directory: Path) -> float:
    """The least CPU seconds of a check of a directory."""
    least = math.inf
    for _ in range(RUNS):
        least = min(
            least, cost([sys.executable, "-m", "iplint", "check", "--no-cache", str(directory)], statuses=(0, 1)).cpu
        )
        if least > LONG:
            break
    return least


def row(name: str, make: Callable[[Path, int], int], sizes: tuple[int, ...]) -> None:
    measured: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as empty:
        start = cpu(Path(empty))
    beyond = ""
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            count = make(Path(directory), size)
            try:
                measured.append((count, cpu(Path(directory)) - start))
            except Failed as failed:
                # More than the budget of a root: the check ends with status 3, however many there are.
                beyond = f"; {size:,}: {failed}"
                break
    times = ", ".join(f"{size:,}: {seconds:.2f} s" for size, (_, seconds) in zip(sizes, measured, strict=False))
    if len(measured) > 1:
        (first, least), (last, most) = measured[0], measured[-1]
        times += f"; exponent {math.log(most / least) / math.log(last / first):.2f}"
    print(f"{name}: {times}{beyond}", flush=True)


def main() -> None:
    row("Terraform resources", terraform, SIZES)
    row("Terraform launches with one role", shared, SIZES)
    row("Terraform texts that grow by each local", lengthened, FEW)
    row("variables that decide one launch each", decided, FEW)
    row("instances of a Terraform module", counted, MANY)
    row("depth of Terraform modules", nested, DEPTHS)
    row("failing Terraform launches", failing_terraform, MANY)
    row("CloudFormation launches", cloudformation, SIZES)
    row("nested stacks", nested_stacks, STACKS)
    row("failing CloudFormation launches", failing_cloudformation, MANY)
    row("files", files, FILES)


if __name__ == "__main__":
    main()
