"""Growth: how the CPU time of a check grows with what there is to judge, as ratios within one run.

Usage: python benchmarks/growth.py. Each row is one kind of configuration in several sizes; the start-up of a check of
nothing is taken off, and the exponent is that of the time in the number of resource instances: 1 when twice as many
take twice as long. Run it with the interpreter of an environment that iplint is installed in.
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SIZES = (250, 1_000, 4_000)
DEPTHS = (1, 4, 8)
RUNS = 3

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


def cpu(directory: Path) -> float:
    """The least CPU seconds of a check of a directory."""
    least = math.inf
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "iplint", "check", str(directory)], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


def row(name: str, make: Callable[[Path, int], int], sizes: tuple[int, ...]) -> None:
    measured: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as empty:
        start = cpu(Path(empty))
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            count = make(Path(directory), size)
            measured.append((count, cpu(Path(directory)) - start))
    (first, least), (last, most) = measured[0], measured[-1]
    exponent = math.log(most / least) / math.log(last / first)
    times = ", ".join(f"{size}: {seconds:.2f} s" for size, (_, seconds) in zip(sizes, measured, strict=True))
    print(f"{name}: {times}; exponent {exponent:.2f}")


def main() -> None:
    row("Terraform resources", terraform, SIZES)
    row("Terraform launches with one role", shared, SIZES)
    row("instances of a Terraform module", counted, SIZES)
    row("depth of Terraform modules", nested, DEPTHS)
    row("CloudFormation launches", cloudformation, SIZES)


if __name__ == "__main__":
    main()
