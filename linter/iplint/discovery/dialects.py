"""Files of other tools that describe EC2 launches: they are not supported, so each file with a launch is reported.

Facts: documentation of the tools. Launches are found by the bytes, since such files may be templates of a template
engine (Helm, Jinja) and invalid YAML.
"""

from __future__ import annotations

from iplint.syntax.pattern import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from re import Pattern


def _key(*names: str) -> str:
    """Return a pattern for the start of a YAML or JSON entry with one of some keys."""
    return rf"(?m)(?:^|[{{,])[ \t\r\n-]*[\"']?(?:{'|'.join(names)})[\"']?[ \t]*:"


def _at_top(*names: str) -> str:
    """Return a pattern for such an entry at the top level."""
    return rf"(?m)^(?:\{{[ \t\r\n]*)?[ \t]{{0,2}}[\"']?(?:{'|'.join(names)})[\"']?[ \t]*:"


def _kubernetes(groups: str, *kinds: str) -> tuple[str, str]:
    """Return the patterns for a Kubernetes object by its API group and kind."""
    api = rf"\bapiVersion[\"']?[ \t]*:[ \t]*[\"']?(?:{groups})/"
    return api, rf"\bkind[\"']?[ \t]*:[ \t]*[\"']?(?:{'|'.join(kinds)})\b"


class Dialect:
    """The files of a tool: `mark` is in all of them, and all `patterns` are in a file with a launch."""

    __slots__ = ("_patterns", "mark", "tool")

    def __init__(self, tool: str, mark: bytes, *patterns: str) -> None:
        self.tool = tool
        self.mark = mark
        self._patterns: list[Callable[[], Pattern[str]]] = [pattern(one) for one in patterns]

    def holds_launch(self, text: str) -> bool:
        """Return whether a text is a file of the tool with a launch."""
        return all(one().search(text) for one in self._patterns)


LAUNCH_TYPES = (
    r"\bAWS::(?:AutoScaling::|Batch::Compute|Cloud9::|EC2::(?:Instance|LaunchTemplate|SpotFleet|EC2Fleet)\b|"
    r"EKS::(?:Cluster|Nodegroup)\b|ElasticBeanstalk::|EMR::|ImageBuilder::|SageMaker::NotebookInstance)"
)
DIALECTS = (
    Dialect("the Serverless Framework", b"provider", _at_top("service"), _key("provider"), LAUNCH_TYPES),
    Dialect(
        "eksctl",
        b"eksctl.io/",
        *_kubernetes(r"eksctl\.io", "ClusterConfig"),
        _key("nodeGroups", "managedNodeGroups", "autoModeConfig"),
    ),
    Dialect("Karpenter", b"karpenter", *_kubernetes(r"karpenter\.(?:k8s\.aws|sh)", "EC2NodeClass", "AWSNodeTemplate")),
    Dialect("EKS Auto Mode", b"eks.amazonaws.com/", *_kubernetes(r"eks\.amazonaws\.com", "NodeClass")),
    Dialect(
        "Cluster API",
        b"cluster.x-k8s.io/",
        *_kubernetes(
            r"infrastructure\.cluster\.x-k8s\.io", "AWSMachine(?:Template|Pool)?", "AWSManagedMachinePool", "AWSCluster"
        ),
    ),
    Dialect(
        "OpenShift",
        b"machine.openshift.io/",
        *_kubernetes(
            r"machine\.openshift\.io", "Machine(?:Set)?", "ControlPlaneMachineSet", "AWSMachineProviderConfig"
        ),
        r"\bAWSMachineProviderConfig\b",
    ),
    Dialect(
        "Rancher", b"rke-machine-config.cattle.io/", *_kubernetes(r"rke-machine-config\.cattle\.io", "Amazonec2Config")
    ),
    Dialect("kOps", b"kops", *_kubernetes(r"kops\.k8s\.io", "InstanceGroup")),
    Dialect(
        "Crossplane",
        b"upbound.io/",
        *_kubernetes(
            r"(?:autoscaling|batch|ec2|eks|emr)\.aws(?:\.m)?\.upbound\.io",
            "AutoscalingGroup",
            "Instance",
            "LaunchConfiguration",
            "LaunchTemplate",
            "NodeGroup",
            "SpotFleetRequest",
            "SpotInstanceRequest",
        ),
    ),
    Dialect(
        "Crossplane",
        b"aws.crossplane.io/",
        *_kubernetes(
            r"(?:autoscaling|batch|ec2|eks)\.aws\.crossplane\.io",
            "AutoScalingGroup",
            "ComputeEnvironment",
            "Instance",
            "LaunchTemplate",
            "NodeGroup",
        ),
    ),
    Dialect(
        "AWS Controllers for Kubernetes",
        b"services.k8s.aws/",
        *_kubernetes(r"(?:ec2|eks|autoscaling)\.services\.k8s\.aws", "Instance", "LaunchTemplate", "Nodegroup"),
    ),
    Dialect(
        "Elastic Beanstalk",
        b"OptionSettings",
        _at_top("OptionSettings"),
        r"\baws:(?:autoscaling:(?:launchconfiguration|asg)|ec2:instances)\b",
    ),
    Dialect("AWS ParallelCluster", b"HeadNode", _at_top("HeadNode"), _key("InstanceType")),
    Dialect(
        "Ansible",
        b"ec2_",
        _key(
            r"(?:(?:amazon|community)\.aws\.)?ec2_(?:instance|launch_template|lc|spot_instance)",
            r"(?:amazon|community)\.aws\.(?:autoscaling_(?:group|launch_config)|ec2_asg)",
        ),
    ),
    Dialect(
        "Pulumi",
        b"aws",
        r"\btype[\"']?[ \t]*:[ \t]*[\"']?aws(?:-native)?:(?:autoscaling|ec2|batch|emr)[:/]"
        r"(?:\w+:)?(?:Instance|LaunchTemplate|LaunchConfiguration|SpotInstanceRequest|SpotFleetRequest|Fleet|Group|"
        r"AutoScalingGroup|ComputeEnvironment|Cluster)\b",
    ),
)
BEANSTALK = Dialect(
    "Elastic Beanstalk",
    b"",
    rf"\baws:autoscaling:|\baws:ec2:|\baws:elasticbeanstalk:|{LAUNCH_TYPES}",
)
# What CloudFormation's own templates begin with, in YAML and in JSON. They may quote a file of another tool.
_YAML_TEMPLATE = pattern(r"(?m)^(?:AWSTemplateFormatVersion|Resources)[ \t]*:")
_JSON_TEMPLATE = pattern(r"\"AWSTemplateFormatVersion\"[ \t\r\n]*:|^\s*\{[^{}]*\"Resources\"[ \t\r\n]*:")


def unread_launch(data: bytes, is_extension: bool = False) -> str | None:
    """Return why a file of another tool that describes EC2 launches is not read; None for other files.

    `is_extension` says that it is in Elastic Beanstalk's `.ebextensions`.
    """
    marked = [BEANSTALK] if is_extension else [dialect for dialect in DIALECTS if dialect.mark in data]
    if not marked:
        return None
    text = data.decode("utf-8", "replace")
    if not is_extension and (_YAML_TEMPLATE().search(text) or _JSON_TEMPLATE().search(text)):
        return None
    found = next((dialect for dialect in marked if dialect.holds_launch(text)), None)
    if found is None:
        return None
    return f"this file describes EC2 launches for {found.tool}, which is not read: nothing in it is checked"
