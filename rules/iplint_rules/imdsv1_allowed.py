"""Launch that allows IMDSv1.

## What it does
Looks at every launch, merged with its launch template, and asks whether session tokens are required. A metadata
service that is switched off needs none. The account's default counts where the root sets it with the same provider
configuration and in the same region, and so does an image of the root that supports nothing but IMDSv2, if the launch
starts from it. Settings that are never sent, such as the metadata options of `aws_spot_instance_request`, do not count.
For an instance that only builds an image the severity is one lower, since it is terminated after the build. Without a
profile such an instance has no credentials, and is not reported.

## Why is this bad
With IMDSv1 a single forged GET request, through a proxy, a web application firewall or a server-side request forgery,
is answered with the credentials of the instance's role. A session token can only be had by a PUT request with a
header, which such requests cannot make.

## Bad
```yaml
Resources:
  Workers:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0abcdef1234567890
        IamInstanceProfile: {Name: workers}
        MetadataOptions:
          HttpTokens: optional
```
```terraform
resource "aws_launch_template" "workers" {
  image_id = "ami-0abcdef1234567890"
  iam_instance_profile {
    name = "workers"
  }
}
```

## Good
```yaml
Resources:
  Workers:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0abcdef1234567890
        IamInstanceProfile: {Name: workers}
        MetadataOptions:
          HttpTokens: required
```
```terraform
resource "aws_launch_template" "workers" {
  image_id = "ami-0abcdef1234567890"
  iam_instance_profile {
    name = "workers"
  }
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
```

## When it cannot tell
The setting comes from an input without a value, from a template that is declared elsewhere, or from a launch and its
template together where AWS does not document how they merge. Public images of Amazon Linux 2023 and Bottlerocket
require IMDSv2 unless the account's default allows IMDSv1: the setting `account-http-tokens = "no-preference"` settles
that. For a launch template that no launch here uses, the severity is one lower.

## Fix
Require session tokens in the metadata options of the launch, or of its launch template. Check first that nothing on
the instance still calls the metadata service without a token.

## References
- Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata"
- Amazon EC2 User Guide, "Configure the Instance Metadata Service options"
- AWS Config: ec2-imdsv2-check, ec2-launch-template-imdsv2-check, autoscaling-launchconfig-requires-imdsv2
- AWS Security Hub: EC2.8, EC2.170, AutoScaling.3
- CIS AWS Foundations Benchmark 3.0: 5.6
- NIST SP 800-53 r5: AC-2(6), AC-3, AC-3(3), AC-3(4), AC-3(7), AC-3(8), AC-3(12)(a), AC-3(13), AC-3(15), AC-4(28)
- NIST SP 800-53 r5: AC-6, AC-24, CM-5(1)(a), MP-2, SC-23(3)
- PCI DSS 4.0: 8.2.8.4, 8.2.8.2
- CWE: CWE-284
- checkov: CKV_AWS_79, CKV_AWS_371
- trivy: AVD-AWS-0028, AVD-AWS-0130
- prowler: ec2_instance_imdsv2_enabled, ec2_launch_template_imdsv2_required
- prowler: autoscaling_group_launch_configuration_requires_imdsv2
- KICS: c306ac53-ee5b-41d3-86a9-0fd2722b4e67, a4f5f706-80fd-4c96-9a24-6ab317d33d24
- cfn-guard: EC2_IMDSV2_CHECK
- semgrep: ec2-imdsv1-optional, aws-ec2-instance-metadata-service-v1-enabled
- semgrep: aws-ec2-launch-template-metadata-service-v1-enabled
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.launch_types import SENDS_OPTIONS
from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Absent, Known, Unknown


@rule(
    "imdsv1-allowed",
    group="metadata",
    on=Launch,
    severity=Severity.HIGH,
    why="a forged request (SSRF) to the metadata service returns the credentials of the instance's role",
    fix="require session tokens (IMDSv2) in the metadata options of the launch or its launch template",
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that a launch requires session tokens of the metadata service."""
    if launch.is_build and isinstance(launch.profile, Absent):
        return
    severity = Severity.MEDIUM if launch.is_template or launch.is_build else None
    name, safe = launch.tokens_name, launch.tokens_safe
    setting = launch.imdsv1
    match setting:
        case Known(value=True, at=at):
            message = f"{launch.address} allows IMDSv1: {name} is not {safe}"
            label = f"not {safe}"
        case Absent(at=at):
            default = f"{name} is not set" if name else "it cannot require session tokens without a launch template"
            label = f"{name} is not set" if name else "no launch template"
            if launch.unsent_options:
                default = (
                    "requests of this type are sent without metadata options and without a launch template; "
                    f"{SENDS_OPTIONS} can require session tokens"
                )
                label = "cannot require session tokens"
            message = f"{launch.address} allows IMDSv1: {default}"
        case Unknown():
            yield Undecided(setting, f"whether {launch.address} allows IMDSv1", related=launch.path, severity=severity)
            return
        case Known():
            return
    yield Fail(
        at,
        message,
        related=(*setting.trail, *launch.path),
        severity=severity,
        address=launch.imdsv1_holder,
        label=label,
        change=launch.tokens_change,
    )
