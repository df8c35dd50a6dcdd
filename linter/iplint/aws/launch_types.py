"""The resource types that launch EC2 instances or say how: where each keeps profile, tokens and template.

Facts: CloudFormation Template Reference and the Terraform Registry's AWS provider documentation, page of each type.
Paths are dotted property names; `*` stands for every item of a list. A type has one row for each part of it that
launches instances on its own.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Path: TypeAlias = tuple[str, ...]


def path(dotted: str) -> Path:
    """The names of a dotted path."""
    return tuple(dotted.split(".")) if dotted else ()


class TemplateLink:
    """How a launch names a launch template: the paths of its id, name and version."""

    __slots__ = ("id", "name", "version")

    def __init__(self, prefix: str, id: str = "", name: str = "", version: str = "") -> None:
        self.id = path(f"{prefix}.{id}".lstrip(".")) if id else None
        self.name = path(f"{prefix}.{name}".lstrip(".")) if name else None
        self.version = path(f"{prefix}.{version}".lstrip(".")) if version else None


class OptionList:
    """A list of settings that are named by namespace and name, as Elastic Beanstalk has them."""

    __slots__ = ("items", "name", "namespace", "value")

    def __init__(self, items: str, namespace: str, name: str, value: str) -> None:
        self.items = path(items)
        self.namespace = namespace
        self.name = name
        self.value = value


class LaunchType:
    """One way in which a resource type launches instances, or describes launches.

    `site` is the part of the resource that the other paths start from. `is_template` marks what launches nothing by
    itself. `profile` are the paths that may name a profile, empty where the service has no such setting; `role` is
    where a service takes a role that it wraps in a profile of its own. `tokens` is the setting that ends IMDSv1 when it
    is `safe`; `endpoint` the switch of the metadata service. `unset` tells what holds when no place sets the tokens:
    "optional", or whose decision it is. `profile_unset` likewise: "missing", or whose decision it is.
    `copied_from` names what settles the settings that are not written down, out of sight.
    `only_if` is a path and the values of it under which the row applies at all, `overrides` the items of the part that
    launch in its place, with settings of their own, and likewise a path of the resource and the value under which they
    may have any.
    """

    __slots__ = (
        "configuration",
        "copied_from",
        "endpoint",
        "is_template",
        "needs_template",
        "only_if",
        "options",
        "overrides",
        "profile",
        "profile_unset",
        "role",
        "safe",
        "site",
        "template",
        "tokens",
        "tokens_name",
        "type",
        "unset",
    )

    def __init__(
        self,
        type: str,
        *,
        site: str = "",
        is_template: bool = False,
        profile: tuple[str, ...] = (),
        profile_unset: str = "missing",
        role: str = "",
        tokens: str = "",
        endpoint: str = "",
        safe: str = "required",
        unset: str = "optional",
        template: TemplateLink | None = None,
        needs_template: bool = False,
        configuration: str = "",
        copied_from: str = "",
        options: OptionList | None = None,
        only_if: tuple[str, tuple[str, ...]] | None = None,
        overrides: tuple[str, tuple[str, str]] | None = None,
    ) -> None:
        self.type = type
        self.site = path(site)
        self.is_template = is_template
        self.profile = tuple(path(dotted) for dotted in profile)
        self.profile_unset = profile_unset
        self.role = path(role)
        self.tokens = path(tokens)
        self.tokens_name = tokens.rpartition(".")[2]
        self.endpoint = path(endpoint)
        self.safe = safe
        self.unset = unset
        self.template = template
        self.needs_template = needs_template
        self.configuration = path(configuration)
        self.copied_from = path(copied_from)
        self.options = options
        self.only_if = (path(only_if[0]), only_if[1]) if only_if is not None else None
        self.overrides = (path(overrides[0]), path(overrides[1][0]), overrides[1][1]) if overrides is not None else None


BEANSTALK_NAMESPACE = "aws:autoscaling:launchconfiguration"
_CFN_OPTIONS = OptionList("OptionSettings", "Namespace", "OptionName", "Value")
_TF_OPTIONS = OptionList("setting", "namespace", "name", "value")
_INSTANCE_TEMPLATE = TemplateLink("LaunchTemplate", "LaunchTemplateId", "LaunchTemplateName", "Version")
_SPECIFICATION = TemplateLink("LaunchTemplateSpecification", "LaunchTemplateId", "LaunchTemplateName", "Version")
_TF_TEMPLATE = TemplateLink("launch_template", "id", "name", "version")
_TF_SPECIFICATION = TemplateLink(
    "launch_template_specification", "launch_template_id", "launch_template_name", "version"
)
_BATCH_UNSET = "the launch template that AWS Batch makes"
_EKS_UNSET = "the launch template that EKS makes"
_EMR_UNSET = "the security configuration of the cluster"
_EC2_BATCH = ("EC2", "SPOT", "ECS_MANAGED_INSTANCES")

CLOUDFORMATION = (
    LaunchType(
        "AWS::EC2::Instance",
        profile=("IamInstanceProfile",),
        tokens="MetadataOptions.HttpTokens",
        endpoint="MetadataOptions.HttpEndpoint",
        template=_INSTANCE_TEMPLATE,
    ),
    LaunchType(
        "AWS::EC2::LaunchTemplate",
        site="LaunchTemplateData",
        is_template=True,
        profile=("IamInstanceProfile.Name", "IamInstanceProfile.Arn"),
        tokens="MetadataOptions.HttpTokens",
        endpoint="MetadataOptions.HttpEndpoint",
    ),
    LaunchType(
        "AWS::AutoScaling::LaunchConfiguration",
        is_template=True,
        profile=("IamInstanceProfile",),
        tokens="MetadataOptions.HttpTokens",
        endpoint="MetadataOptions.HttpEndpoint",
        copied_from="InstanceId",
    ),
    LaunchType(
        "AWS::AutoScaling::AutoScalingGroup",
        template=_INSTANCE_TEMPLATE,
        configuration="LaunchConfigurationName",
        needs_template=True,
    ),
    LaunchType(
        "AWS::AutoScaling::AutoScalingGroup",
        site="MixedInstancesPolicy.LaunchTemplate",
        template=_SPECIFICATION,
        needs_template=True,
    ),
    LaunchType(
        "AWS::AutoScaling::AutoScalingGroup",
        site="MixedInstancesPolicy.LaunchTemplate.Overrides.*",
        template=_SPECIFICATION,
        needs_template=True,
    ),
    LaunchType(
        "AWS::EC2::SpotFleet",
        site="SpotFleetRequestConfigData.LaunchSpecifications.*",
        profile=("IamInstanceProfile.Arn",),
    ),
    LaunchType(
        "AWS::EC2::SpotFleet",
        site="SpotFleetRequestConfigData.LaunchTemplateConfigs.*",
        template=_SPECIFICATION,
        needs_template=True,
    ),
    LaunchType(
        "AWS::EC2::EC2Fleet",
        site="LaunchTemplateConfigs.*",
        profile=("IamInstanceProfile.Name", "IamInstanceProfile.Arn"),
        tokens="MetadataOptions.HttpTokens",
        endpoint="MetadataOptions.HttpEndpoint",
        template=_SPECIFICATION,
        needs_template=True,
        # EC2 refuses such settings for fleets of the other types, so that the template decides.
        overrides=("Overrides.*", ("Type", "instant")),
    ),
    LaunchType(
        "AWS::ElasticBeanstalk::Environment",
        profile=("IamInstanceProfile",),
        tokens="DisableIMDSv1",
        safe="true",
        options=_CFN_OPTIONS,
        configuration="TemplateName",
        copied_from="VersionLabel",
    ),
    LaunchType(
        "AWS::ElasticBeanstalk::ConfigurationTemplate",
        is_template=True,
        profile=("IamInstanceProfile",),
        tokens="DisableIMDSv1",
        safe="true",
        options=_CFN_OPTIONS,
        copied_from="EnvironmentId",
    ),
    LaunchType(
        "AWS::Batch::ComputeEnvironment",
        site="ComputeResources",
        profile=("InstanceRole", "ManagedInstancesProvider.InstanceLaunchTemplate.Ec2InstanceProfileArn"),
        unset=_BATCH_UNSET,
        template=_INSTANCE_TEMPLATE,
        only_if=("Type", _EC2_BATCH),
    ),
    LaunchType("AWS::EMR::Cluster", profile=("JobFlowRole",), unset=_EMR_UNSET),
    LaunchType(
        "AWS::EKS::Nodegroup",
        role="NodeRole",
        unset=_EKS_UNSET,
        template=TemplateLink("LaunchTemplate", "Id", "Name", "Version"),
    ),
    LaunchType(
        "AWS::ECS::CapacityProvider",
        site="ManagedInstancesProvider.InstanceLaunchTemplate",
        profile=("Ec2InstanceProfileArn",),
        unset="ECS",
    ),
    LaunchType(
        "AWS::ImageBuilder::InfrastructureConfiguration",
        profile=("InstanceProfileName",),
        tokens="InstanceMetadataOptions.HttpTokens",
    ),
    LaunchType(
        "AWS::PCS::ComputeNodeGroup",
        profile=("IamInstanceProfileArn",),
        unset="AWS PCS",
        template=TemplateLink("CustomLaunchTemplate", id="TemplateId", version="Version"),
    ),
    LaunchType(
        "AWS::WorkspacesInstances::WorkspaceInstance",
        site="ManagedInstance",
        profile=("IamInstanceProfile.Name", "IamInstanceProfile.Arn"),
        tokens="MetadataOptions.HttpTokens",
        endpoint="MetadataOptions.HttpEndpoint",
    ),
    LaunchType(
        "AWS::BedrockAgentCore::CapacityProvider",
        site="ComputeConfiguration.Ec2Configuration.LaunchTemplateSource.LaunchParameters",
        profile=("InstanceProfileArn",),
        profile_unset="Bedrock AgentCore",
        unset="Bedrock AgentCore",
    ),
    LaunchType(
        "AWS::GameLift::GameServerGroup",
        template=_INSTANCE_TEMPLATE,
        needs_template=True,
    ),
    LaunchType(
        "AWS::MGN::LaunchConfigurationTemplate",
        template=TemplateLink("", id="Ec2LaunchTemplateID"),
        needs_template=True,
    ),
    LaunchType(
        "AWS::SageMaker::NotebookInstance",
        tokens="InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion",
        safe="2",
    ),
    LaunchType("AWS::AppStream::Fleet", tokens="DisableIMDSV1", safe="true"),
    LaunchType("AWS::AppStream::ImageBuilder", tokens="DisableIMDSV1", safe="true"),
    LaunchType("AWS::AppStream::AppBlockBuilder", tokens="DisableIMDSV1", safe="true"),
)

_TF_TOKENS = "metadata_options.http_tokens"
_TF_ENDPOINT = "metadata_options.http_endpoint"

TERRAFORM = (
    LaunchType(
        "aws_instance",
        profile=("iam_instance_profile",),
        template=_TF_TEMPLATE,
        tokens=_TF_TOKENS,
        endpoint=_TF_ENDPOINT,
    ),
    LaunchType(
        "aws_spot_instance_request",
        profile=("iam_instance_profile",),
        template=_TF_TEMPLATE,
        tokens=_TF_TOKENS,
        endpoint=_TF_ENDPOINT,
    ),
    LaunchType(
        "aws_launch_template",
        is_template=True,
        profile=("iam_instance_profile.name", "iam_instance_profile.arn"),
        tokens=_TF_TOKENS,
        endpoint=_TF_ENDPOINT,
    ),
    LaunchType(
        "aws_launch_configuration",
        is_template=True,
        profile=("iam_instance_profile",),
        tokens=_TF_TOKENS,
        endpoint=_TF_ENDPOINT,
    ),
    LaunchType(
        "aws_autoscaling_group",
        template=_TF_TEMPLATE,
        configuration="launch_configuration",
        needs_template=True,
    ),
    LaunchType(
        "aws_autoscaling_group",
        site="mixed_instances_policy.launch_template",
        template=_TF_SPECIFICATION,
        needs_template=True,
    ),
    LaunchType(
        "aws_autoscaling_group",
        site="mixed_instances_policy.launch_template.override.*",
        template=_TF_SPECIFICATION,
        needs_template=True,
    ),
    LaunchType(
        "aws_spot_fleet_request",
        site="launch_specification.*",
        profile=("iam_instance_profile", "iam_instance_profile_arn"),
    ),
    LaunchType(
        "aws_spot_fleet_request",
        site="launch_template_config.*",
        template=TemplateLink("launch_template_specification", "id", "name", "version"),
        needs_template=True,
    ),
    LaunchType("aws_ec2_fleet", site="launch_template_config.*", template=_TF_SPECIFICATION, needs_template=True),
    LaunchType(
        "aws_elastic_beanstalk_environment",
        profile=("IamInstanceProfile",),
        tokens="DisableIMDSv1",
        safe="true",
        options=_TF_OPTIONS,
        configuration="template_name",
        copied_from="version_label",
    ),
    LaunchType(
        "aws_elastic_beanstalk_configuration_template",
        is_template=True,
        profile=("IamInstanceProfile",),
        tokens="DisableIMDSv1",
        safe="true",
        options=_TF_OPTIONS,
        copied_from="environment_id",
    ),
    LaunchType(
        "aws_batch_compute_environment",
        site="compute_resources",
        profile=("instance_role",),
        unset=_BATCH_UNSET,
        template=TemplateLink("launch_template", "launch_template_id", "launch_template_name", "version"),
        only_if=("type", _EC2_BATCH),
    ),
    LaunchType("aws_emr_cluster", site="ec2_attributes", profile=("instance_profile",), unset=_EMR_UNSET),
    LaunchType("aws_eks_node_group", role="node_role_arn", unset=_EKS_UNSET, template=_TF_TEMPLATE),
    LaunchType(
        "aws_ecs_capacity_provider",
        site="managed_instances_provider.instance_launch_template",
        profile=("ec2_instance_profile_arn",),
        unset="ECS",
    ),
    LaunchType(
        "aws_imagebuilder_infrastructure_configuration",
        profile=("instance_profile_name",),
        tokens="instance_metadata_options.http_tokens",
    ),
    LaunchType(
        "aws_sagemaker_notebook_instance",
        tokens="instance_metadata_service_configuration.minimum_instance_metadata_service_version",
        safe="2",
    ),
    LaunchType("aws_gamelift_game_server_group", template=_TF_TEMPLATE, needs_template=True),
)

TEMPLATE_TYPES = frozenset(("AWS::EC2::LaunchTemplate", "aws_launch_template"))
CONFIGURATION_TYPES = frozenset(
    (
        "AWS::AutoScaling::LaunchConfiguration",
        "AWS::ElasticBeanstalk::ConfigurationTemplate",
        "aws_elastic_beanstalk_configuration_template",
        "aws_launch_configuration",
    )
)
AUTO_SCALING_CONFIGURATIONS = frozenset(
    (
        "AWS::AutoScaling::LaunchConfiguration",
        "aws_launch_configuration",
        "awscc_autoscaling_launch_configuration",
    )
)
# The settings by which a group names one of these.
LAUNCH_CONFIGURATION_SETTINGS = (
    ("LaunchConfigurationName",),
    ("launch_configuration",),
    ("launch_configuration_name",),
)
PROFILE_TYPES = {
    "AWS::IAM::InstanceProfile": (("Roles",), ("InstanceProfileName",)),
    "aws_iam_instance_profile": (("role",), ("name",)),
}
# Services that take a profile by its name or by its ARN, wherever a setting's name does not end in ARN. Of EMR, the
# provider's own examples pass an ARN where EMR's reference speaks of a name.
EITHER_FORM = frozenset(
    (
        "AWS::AutoScaling::LaunchConfiguration",
        "AWS::Batch::ComputeEnvironment",
        "AWS::EMR::Cluster",
        "AWS::ElasticBeanstalk::ConfigurationTemplate",
        "AWS::ElasticBeanstalk::Environment",
        "aws_batch_compute_environment",
        "aws_elastic_beanstalk_configuration_template",
        "aws_elastic_beanstalk_environment",
        "aws_emr_cluster",
        "aws_launch_configuration",
        "awscc_autoscaling_launch_configuration",
        "awscc_batch_compute_environment",
        "awscc_elasticbeanstalk_configuration_template",
        "awscc_elasticbeanstalk_environment",
        "awscc_emr_cluster",
    )
)


def profile_form(type: str, path: Path) -> str:
    """How a setting names an instance profile: by "name", by "arn", or by "either"."""
    if path[-1].lower().endswith("arn"):
        return "arn"
    return "either" if type in EITHER_FORM else "name"


# Terraform's provider before 3.0 had a list of roles.
OLD_PROFILE_ROLES = ("roles",)
TEMPLATE_NAMES = {
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateName",),
    "aws_launch_template": ("name",),
    "AWS::AutoScaling::LaunchConfiguration": ("LaunchConfigurationName",),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": ("TemplateName",),
    "aws_elastic_beanstalk_configuration_template": ("name",),
    "aws_launch_configuration": ("name",),
}

# Terraform's Cloud Control provider names CloudFormation's types in its own way; these are not read.
CLOUD_CONTROL = frozenset(
    (
        "awscc_autoscaling_auto_scaling_group",
        "awscc_autoscaling_launch_configuration",
        "awscc_batch_compute_environment",
        "awscc_ec2_ec2_fleet",
        "awscc_ec2_instance",
        "awscc_ec2_launch_template",
        "awscc_ec2_spot_fleet",
        "awscc_ecs_capacity_provider",
        "awscc_eks_nodegroup",
        "awscc_elasticbeanstalk_environment",
        "awscc_emr_cluster",
        "awscc_iam_group",
        "awscc_iam_instance_profile",
        "awscc_iam_managed_policy",
        "awscc_iam_role",
        "awscc_iam_role_policy",
        "awscc_iam_user",
        "awscc_imagebuilder_infrastructure_configuration",
        "awscc_sagemaker_notebook_instance",
    )
)

# An account's default for every launch in a region that says nothing; CloudFormation has no such type.
METADATA_DEFAULTS = ("aws_ec2_instance_metadata_defaults", ("http_tokens",))
# Where a launch names its image, and where an image says that it supports nothing but IMDSv2.
IMAGES = (("aws_ami",), ("imds_support",), "v2.0", (("ami",), ("image_id",)))

_ROWS: dict[str, tuple[LaunchType, ...]] = {}


def launch_types(type: str) -> tuple[LaunchType, ...]:
    """The rows of a resource type; none when it launches nothing."""
    if not _ROWS:
        for row in (*CLOUDFORMATION, *TERRAFORM):
            _ROWS[row.type] = (*_ROWS.get(row.type, ()), row)
    return _ROWS.get(type, ())
