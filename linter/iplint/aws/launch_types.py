"""The resource types that launch EC2 instances or describe launches, with the paths of profile, tokens and template.

Facts: CloudFormation Template Reference, the Terraform Registry's AWS provider documentation and the documentation of
Packer's Amazon plugin, page of each type. Paths are dotted property names; `*` matches every item of a list. A type has
one row for each part of it that launches instances on its own. The types of Terraform's Cloud Control provider follow
from CloudFormation's.
"""

from __future__ import annotations

from iplint.aws.cloud_control import PREFIX, attribute, attributes, resource_type
from iplint.aws.paths import path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.aws.paths import Path


class TemplateLink:
    """How a launch names a launch template: the paths of its id, name and version."""

    __slots__ = ("id", "name", "version")

    def __init__(self, prefix: str, id: str = "", name: str = "", version: str = "") -> None:
        self.id = path(f"{prefix}.{id}".lstrip(".")) if id else None
        self.name = path(f"{prefix}.{name}".lstrip(".")) if name else None
        self.version = path(f"{prefix}.{version}".lstrip(".")) if version else None

    def in_cloud_control(self) -> TemplateLink:
        """Return the link with the names of the Cloud Control provider."""
        link = TemplateLink("")
        link.id = attributes(self.id) if self.id else None
        link.name = attributes(self.name) if self.name else None
        link.version = attributes(self.version) if self.version else None
        return link


class OptionList:
    """A list of settings, each with a member that names it, as in Elastic Beanstalk.

    `name` and `value` are the members that hold a setting's name and its value. Where a namespace is part of the name,
    `namespace` is the member that holds it, and its required value.
    """

    __slots__ = ("items", "name", "namespace", "value")

    def __init__(self, items: str, name: str, value: str, namespace: tuple[str, str] | None = None) -> None:
        self.items = path(items)
        self.name = name
        self.value = value
        self.namespace = namespace

    def valued(self, value: str) -> OptionList:
        """Return how to read items of the list by another member for the values."""
        return OptionList("", self.name, value, self.namespace)

    def in_cloud_control(self) -> OptionList:
        """Return the list with the names of the Cloud Control provider; the names of the settings are kept."""
        namespace = (attribute(self.namespace[0]), self.namespace[1]) if self.namespace is not None else None
        found = OptionList("", attribute(self.name), attribute(self.value), namespace)
        found.items = attributes(self.items)
        return found


# The hop limit is beside the setting of tokens wherever that has one of these names.
_HOP_LIMITS = {"HttpTokens": "HttpPutResponseHopLimit", "http_tokens": "http_put_response_hop_limit"}
# The result of the services that let their instances answer no request without a token.
REQUIRED = "required"
# What Terraform's documentation asks for beside the tokens, with the value that changes nothing.
BESIDE_TOKENS = {"http_tokens": (("http_endpoint", "enabled"),)}


# What requests spot instances and sends such settings, in place of the type that has them and does not.
SENDS_OPTIONS = "an aws_instance with instance_market_options"


class LaunchType:
    """One way in which a resource type launches instances, or describes launches.

    `site` is the part of the resource that the other paths start from. `is_template` marks a type that launches nothing
    by itself. `profile` are the paths that may name a profile, empty where the service has no such setting; `role` is
    where a service takes a role for which it creates a profile. `tokens` is the setting that requires session tokens
    when it is `safe`; `endpoint` switches the metadata service; `hops` is its hop limit. `unset` is the result when no
    place sets the tokens: "optional", REQUIRED, or what decides instead; `profile_unset` likewise: "missing", or what
    decides. `copied_from` names the source of settings that are not written, outside the template. `only_if` is a path
    and its values (in any case) under which the row applies; with an unknown value it applies too, unless it is `rare`.
    `overrides` are the items that launch in place of the part, with settings of their own, and a path of the resource
    with the value under which overrides are allowed. `templates` are the items that launch in addition to the part,
    each with its own template and the settings of the part. `is_build` marks instances that only build an image:
    short-lived, and without need of a profile. `own_profile` are the policies of a profile that exists only during the
    launch; `provisioners` the addresses of the blocks whose texts are sent to the instance too. `own_default` says that
    the service sends its own defaults, so EC2's do not apply. `platform` is the path of the platform, which decides
    what the service sends; `security` that of a cluster's security configuration. `parents` are the items from which
    the part inherits unset settings: the path, the member that names them, and the name of the last. `unsent` are
    settings that the resource type has and never sends. `takes_profile_of_template` is false where a service ignores
    the profile of the template. `sends_together` says that the tokens are only sent beside an endpoint that is on.
    """

    __slots__ = (
        "configuration",
        "copied_from",
        "endpoint",
        "hops",
        "is_build",
        "is_template",
        "needs_template",
        "only_if",
        "options",
        "overrides",
        "own_default",
        "own_profile",
        "parents",
        "platform",
        "profile",
        "profile_unset",
        "provisioners",
        "rare",
        "role",
        "safe",
        "security",
        "sends_together",
        "site",
        "takes_profile_of_template",
        "template",
        "templates",
        "tokens",
        "tokens_name",
        "type",
        "unsent",
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
        rare: bool = False,
        overrides: tuple[str, tuple[str, str]] | None = None,
        templates: str = "",
        is_build: bool = False,
        own_profile: str = "",
        provisioners: str = "",
        own_default: bool = False,
        platform: tuple[str, ...] = (),
        security: str = "",
        parents: tuple[str, str, str] | None = None,
        unsent: tuple[str, ...] = (),
        takes_profile_of_template: bool = True,
        sends_together: bool = False,
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
        beside = _HOP_LIMITS.get(self.tokens_name)
        self.hops = (*self.tokens[:-1], beside) if beside is not None else ()
        self.safe = safe
        self.unset = unset
        self.template = template
        self.needs_template = needs_template
        self.configuration = path(configuration)
        self.copied_from = path(copied_from)
        self.options = options
        self.only_if = (path(only_if[0]), only_if[1]) if only_if is not None else None
        self.rare = rare
        self.templates = path(templates)
        self.is_build = is_build
        self.own_profile = path(own_profile)
        self.provisioners = path(provisioners)
        self.own_default = own_default
        self.platform = tuple(path(dotted) for dotted in platform)
        self.security = path(security)
        self.parents = (path(parents[0]), parents[1], parents[2]) if parents is not None else None
        if self.security:
            self.tokens_name, self.safe = MINIMUM_VERSION, "2"
        self.unsent = tuple(path(dotted) for dotted in unsent)
        self.takes_profile_of_template = takes_profile_of_template
        self.sends_together = sends_together
        self.overrides = (path(overrides[0]), path(overrides[1][0]), overrides[1][1]) if overrides is not None else None

    def in_cloud_control(self) -> LaunchType:
        """Return the same row of a CloudFormation type for the Cloud Control provider's resource."""
        from copy import copy

        row = copy(self)
        row.type = resource_type(self.type)
        row.site = attributes(self.site)
        row.role = attributes(self.role)
        row.configuration = attributes(self.configuration)
        row.copied_from = attributes(self.copied_from)
        row.templates = attributes(self.templates)
        row.platform = tuple(attributes(one) for one in self.platform)
        row.security = attributes(self.security)
        if self.template is not None:
            row.template = self.template.in_cloud_control()
        if self.overrides is not None:
            items, switch, value = self.overrides
            row.overrides = attributes(items), attributes(switch), value
        if self.parents is not None:
            row.parents = attributes(self.parents[0]), attribute(self.parents[1]), self.parents[2]
        if self.options is not None:
            row.options = self.options.in_cloud_control()
            return row
        row.profile = tuple(attributes(part) for part in self.profile)
        row.tokens = attributes(self.tokens)
        row.tokens_name = attribute(self.tokens_name)
        row.endpoint = attributes(self.endpoint)
        if self.only_if is not None:
            row.only_if = attributes(self.only_if[0]), self.only_if[1]
        return row


# How clusters name their security configuration, and where that keeps what it says.
MINIMUM_VERSION = "MinimumInstanceMetadataServiceVersion"
SECURITY_CONFIGURATIONS: dict[str, Path] = {
    "AWS::EMR::SecurityConfiguration": ("Name",),
    "aws_emr_security_configuration": ("name",),
    "awscc_emr_security_configuration": ("name",),
}
SECURITY_TEXTS: tuple[Path, ...] = (("SecurityConfiguration",), ("configuration",), ("security_configuration",))
# Where an object of a data pipeline refers to another.
REFERENCE_VALUES = ("RefValue", "ref_value")
# AWS Elastic Beanstalk Developer Guide, "General options for all environments", DisableIMDSv1: what platforms that run
# on this have it set to by default.
CLOSED_PLATFORM = "Amazon Linux 2023"
_PLATFORM = ("SolutionStackName", "PlatformArn")
_TF_PLATFORM = ("solution_stack_name", "platform_arn")
_BEANSTALK_NAMESPACE = "aws:autoscaling:launchconfiguration"
_CFN_OPTIONS = OptionList("OptionSettings", "OptionName", "Value", ("Namespace", _BEANSTALK_NAMESPACE))
_TF_OPTIONS = OptionList("setting", "name", "value", ("namespace", _BEANSTALK_NAMESPACE))
_INSTANCE_TEMPLATE = TemplateLink("LaunchTemplate", "LaunchTemplateId", "LaunchTemplateName", "Version")
_SPECIFICATION = TemplateLink("LaunchTemplateSpecification", "LaunchTemplateId", "LaunchTemplateName", "Version")
_TF_TEMPLATE = TemplateLink("launch_template", "id", "name", "version")
_TF_SPECIFICATION = TemplateLink(
    "launch_template_specification", "launch_template_id", "launch_template_name", "version"
)
# AWS Batch User Guide, "Use Amazon EC2 launch templates": it ignores the instance role of a template.
_BATCH_UNSET = "the launch template that AWS Batch makes"
_EKS_UNSET = "the launch template that EKS makes"
_ON = ("true",)
_EMR_UNSET = "the security configuration of the cluster"
_EC2_BATCH = ("ec2", "spot", "ecs_managed_instances")
_RDS_UNSET = "Amazon RDS"
# Amazon RDS API Reference, CreateDBInstance: the engines of RDS Custom, which run on EC2 instances of the account.
_RDS_CUSTOM = (
    "custom-oracle-ee",
    "custom-oracle-ee-cdb",
    "custom-oracle-se2",
    "custom-oracle-se2-cdb",
    "custom-sqlserver-dev",
    "custom-sqlserver-ee",
    "custom-sqlserver-se",
    "custom-sqlserver-web",
)
# AWS Data Pipeline Developer Guide, pipeline object reference: the objects that are instances. What they and their
# parents leave out is in the pipeline's default object, or is `DataPipelineDefaultResourceRole`.
_PIPELINE_RESOURCES = ("ec2resource", "emrcluster")
_PIPELINE_UNSET = "AWS Data Pipeline"
_OPSWORKS_UNSET = "AWS OpsWorks"

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
        copied_from="InstanceId",
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
        platform=_PLATFORM,
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
        platform=_PLATFORM,
        copied_from="EnvironmentId",
    ),
    LaunchType(
        "AWS::Batch::ComputeEnvironment",
        site="ComputeResources",
        profile=("InstanceRole", "ManagedInstancesProvider.InstanceLaunchTemplate.Ec2InstanceProfileArn"),
        unset=_BATCH_UNSET,
        takes_profile_of_template=False,
        template=_INSTANCE_TEMPLATE,
        only_if=("Type", _EC2_BATCH),
    ),
    LaunchType(
        "AWS::Batch::ComputeEnvironment",
        site="ComputeResources",
        profile=("InstanceRole",),
        unset=_BATCH_UNSET,
        takes_profile_of_template=False,
        template=TemplateLink("", "LaunchTemplateId", "LaunchTemplateName", "Version"),
        only_if=("Type", _EC2_BATCH),
        templates="LaunchTemplate.Overrides.*",
    ),
    LaunchType("AWS::EMR::Cluster", profile=("JobFlowRole",), unset=_EMR_UNSET, security="SecurityConfiguration"),
    LaunchType(
        "AWS::EKS::Nodegroup",
        role="NodeRole",
        unset=_EKS_UNSET,
        template=TemplateLink("LaunchTemplate", "Id", "Name", "Version"),
    ),
    # Amazon EKS User Guide, "Amazon EKS Auto Mode node IAM role"; "EKS Auto Mode managed instances": it enforces
    # IMDSv2, and its node classes have no setting for that.
    LaunchType("AWS::EKS::Cluster", site="ComputeConfig", role="NodeRoleArn", unset=REQUIRED, only_if=("Enabled", _ON)),
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
        "AWS::RDS::DBInstance",
        profile=("CustomIAMInstanceProfile",),
        unset=_RDS_UNSET,
        only_if=("Engine", _RDS_CUSTOM),
        rare=True,
    ),
    LaunchType(
        "AWS::DataPipeline::Pipeline",
        site="PipelineObjects.*",
        profile=("resourceRole",),
        profile_unset=_PIPELINE_UNSET,
        unset=_PIPELINE_UNSET,
        options=OptionList("Fields", "Key", "StringValue"),
        parents=("PipelineObjects.*", "Id", "Default"),
        only_if=("type", _PIPELINE_RESOURCES),
        rare=True,
    ),
    LaunchType(
        "AWS::OpsWorks::Stack",
        is_template=True,
        profile=("DefaultInstanceProfileArn",),
        unset=_OPSWORKS_UNSET,
    ),
    LaunchType("AWS::OpsWorks::Instance", configuration="StackId", unset=_OPSWORKS_UNSET, needs_template=True),
    LaunchType(
        "AWS::SageMaker::NotebookInstance",
        tokens="InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion",
        safe="2",
        own_default=True,
    ),
    LaunchType("AWS::AppStream::Fleet", tokens="DisableIMDSV1", safe="true", own_default=True),
    LaunchType("AWS::AppStream::ImageBuilder", tokens="DisableIMDSV1", safe="true", own_default=True),
    LaunchType("AWS::AppStream::AppBlockBuilder", tokens="DisableIMDSV1", safe="true", own_default=True),
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
    # Source of the provider, resourceSpotInstanceRequestCreate: RequestSpotInstances takes neither of the two.
    LaunchType(
        "aws_spot_instance_request",
        profile=("iam_instance_profile",),
        unsent=("metadata_options", "launch_template"),
    ),
    LaunchType(
        "aws_launch_template",
        is_template=True,
        profile=("iam_instance_profile.name", "iam_instance_profile.arn"),
        tokens=_TF_TOKENS,
        endpoint=_TF_ENDPOINT,
    ),
    # Source of the provider, expandInstanceMetadataOptions of launch configurations; of what it sends, 5.100 was tried.
    LaunchType(
        "aws_launch_configuration",
        is_template=True,
        profile=("iam_instance_profile",),
        tokens=_TF_TOKENS,
        endpoint=_TF_ENDPOINT,
        sends_together=True,
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
        platform=_TF_PLATFORM,
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
        platform=_TF_PLATFORM,
        copied_from="environment_id",
    ),
    LaunchType(
        "aws_batch_compute_environment",
        site="compute_resources",
        profile=("instance_role",),
        unset=_BATCH_UNSET,
        takes_profile_of_template=False,
        template=TemplateLink("launch_template", "launch_template_id", "launch_template_name", "version"),
        only_if=("type", _EC2_BATCH),
    ),
    LaunchType(
        "aws_emr_cluster",
        profile=("ec2_attributes.instance_profile",),
        unset=_EMR_UNSET,
        security="security_configuration",
    ),
    LaunchType("aws_eks_node_group", role="node_role_arn", unset=_EKS_UNSET, template=_TF_TEMPLATE),
    LaunchType(
        "aws_eks_cluster", site="compute_config", role="node_role_arn", unset=REQUIRED, only_if=("enabled", _ON)
    ),
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
        own_default=True,
    ),
    LaunchType("aws_gamelift_game_server_group", template=_TF_TEMPLATE, needs_template=True),
    LaunchType(
        "aws_db_instance",
        profile=("custom_iam_instance_profile",),
        unset=_RDS_UNSET,
        only_if=("engine", _RDS_CUSTOM),
        rare=True,
    ),
    LaunchType(
        "aws_rds_cluster_instance",
        profile=("custom_iam_instance_profile",),
        unset=_RDS_UNSET,
        only_if=("engine", _RDS_CUSTOM),
        rare=True,
    ),
    LaunchType(
        "aws_datapipeline_pipeline_definition",
        site="pipeline_object.*",
        profile=("resourceRole",),
        profile_unset=_PIPELINE_UNSET,
        unset=_PIPELINE_UNSET,
        options=OptionList("field", "key", "string_value"),
        parents=("pipeline_object.*", "id", "Default"),
        only_if=("type", _PIPELINE_RESOURCES),
        rare=True,
    ),
    LaunchType(
        "aws_opsworks_stack",
        is_template=True,
        profile=("default_instance_profile_arn",),
        unset=_OPSWORKS_UNSET,
    ),
    LaunchType("aws_opsworks_instance", configuration="stack_id", unset=_OPSWORKS_UNSET, needs_template=True),
)

# The builders of Packer that launch an instance; `amazon-chroot` works on the instance that it is run on.
PACKER = tuple(
    LaunchType(
        type,
        profile=("iam_instance_profile",),
        own_profile="temporary_iam_instance_profile_policy_document",
        tokens=_TF_TOKENS,
        endpoint=_TF_ENDPOINT,
        own_default=True,  # the plugin sends HttpTokens=optional where http_tokens is left out
        is_build=True,
        provisioners="provisioners.*",
    )
    for type in ("amazon-ebs", "amazon-ebssurrogate", "amazon-ebsvolume", "amazon-instance")
)
# What goes by the provider's credentials, by holder: there the names of their arguments are AWS's own.
CREDENTIAL_HOLDERS = frozenset(("provider aws", "amazon-chroot", *(row.type for row in PACKER)))

TEMPLATE_TYPES = frozenset(("AWS::EC2::LaunchTemplate", "aws_launch_template", "awscc_ec2_launch_template"))
CONFIGURATION_TYPES = frozenset(
    (
        "AWS::AutoScaling::LaunchConfiguration",
        "AWS::ElasticBeanstalk::ConfigurationTemplate",
        "AWS::OpsWorks::Stack",
        "aws_elastic_beanstalk_configuration_template",
        "aws_launch_configuration",
        "aws_opsworks_stack",
        "awscc_autoscaling_launch_configuration",
        "awscc_elasticbeanstalk_configuration_template",
    )
)
# What the settings name, in words, by which launches name one of these.
CONFIGURATION_KINDS = {
    "LaunchConfigurationName": "launch configuration",
    "launch_configuration": "launch configuration",
    "launch_configuration_name": "launch configuration",
    "TemplateName": "configuration template",
    "template_name": "configuration template",
    "StackId": "stack",
    "stack_id": "stack",
}
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
    "awscc_iam_instance_profile": (("roles",), ("instance_profile_name",)),
}
# Services that take a profile by its name or by its ARN, wherever a setting's name does not end in ARN. Of EMR, the
# provider's own examples pass an ARN where EMR's reference requires a name.
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
    """Return the form in which a setting names an instance profile: "name", "arn" or "either"."""
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
    "awscc_ec2_launch_template": ("launch_template_name",),
    "awscc_autoscaling_launch_configuration": ("launch_configuration_name",),
    "awscc_elasticbeanstalk_configuration_template": ("template_name",),
    # Stacks are named by their ids.
    "AWS::OpsWorks::Stack": ("StackId",),
    "aws_opsworks_stack": ("id",),
}

# How launches name a version of a launch template, and what says which one the default version is.
DEFAULT_VERSION = "$Default"
LATEST_VERSION = "$Latest"
LATEST_VERSION_ATTRIBUTES = frozenset(("LatestVersionNumber", "latest_version", "latest_version_number"))
DEFAULT_VERSION_ATTRIBUTES = frozenset(("DefaultVersionNumber", "default_version", "default_version_number"))
DEFAULT_VERSIONS = {"aws_launch_template": ("default_version",)}
UPDATES_DEFAULT_VERSION = {"aws_launch_template": ("update_default_version",)}

# A resource of these types offers or deploys a template from a catalog or a URL.
_CATALOGUED = ("AWS::ServiceCatalog::CloudFormationProduct", "AWS::ServiceCatalog::CloudFormationProvisionedProduct")
TEMPLATE_HOLDERS = frozenset(
    (
        *_CATALOGUED,
        *map(resource_type, _CATALOGUED),
        "aws_servicecatalog_product",
        "aws_servicecatalog_provisioned_product",
        "aws_servicecatalog_provisioning_artifact",
    )
)

# Services that launch an instance which no setting of the resource describes.
UNDESCRIBED: dict[str, str] = {
    "AWS::Cloud9::EnvironmentEC2": "AWS Cloud9",
    "AWS::EVS::Environment": "Amazon EVS",
    "AWS::Lambda::CapacityProvider": "AWS Lambda Managed Instances",
    "AWS::LaunchWizard::Deployment": "AWS Launch Wizard",
    "AWS::OpsWorksCM::Server": "AWS OpsWorks CM",
    "AWSUtility::CloudFormation::CommandRunner": "CommandRunner",
    "aws_cloud9_environment_ec2": "AWS Cloud9",
    "aws_lambda_capacity_provider": "AWS Lambda Managed Instances",
    "awscc_evs_environment": "Amazon EVS",
    "awscc_lambda_capacity_provider": "AWS Lambda Managed Instances",
    "awscc_launchwizard_deployment": "AWS Launch Wizard",
}

# Where a manifest for Kubernetes is in Terraform. Karpenter launches what its node classes describe (Karpenter
# documentation, NodeClasses); what has a reference to one of them is none itself.
MANIFESTS: dict[str, Path] = {
    "kubectl_manifest": ("yaml_body",),
    "kubernetes_manifest": ("manifest", "kind"),
}
NODE_CLASSES = ("EC2NodeClass", "AWSNodeTemplate")
NODE_CLASS_REFERENCES = ("nodeClassRef", "providerRef")

# An account's defaults for every launch in a region that says nothing, by what they decide; CloudFormation has no such
# type.
METADATA_DEFAULTS = "aws_ec2_instance_metadata_defaults"
# A policy of the organization sets them for its accounts, which then cannot change them. AWS Organizations User Guide,
# "Declarative policy syntax".
DECLARED_DEFAULTS = ("aws_organizations_policy", "content", "instance_metadata_defaults")
METADATA_DEFAULT_SETTINGS: dict[str, Path] = {
    "tokens": ("http_tokens",),
    "endpoint": ("http_endpoint",),
    "hop_limit": ("http_put_response_hop_limit",),
}
# Where an image says that it supports nothing but IMDSv2, and where launches name their images: the last are the kinds
# of image among which a service chooses.
IMAGES = (
    ("aws_ami", "amazon-ebs", "amazon-ebssurrogate", "amazon-instance", "amazon-chroot"),
    ("imds_support",),
    "v2.0",
)
IMAGE_SETTINGS: tuple[Path, ...] = (("ami",), ("image_id",), ("ImageId",), ("AmiType",), ("ami_type",))
IMAGE_OVERRIDES: tuple[Path, ...] = (
    ("Overrides", "*", "ImageId"),
    ("override", "*", "image_id"),
    ("Ec2Configuration", "*", "ImageIdOverride"),
    ("ec2_configuration", "*", "image_id_override"),
)
# By what data sources find images, and the accounts by which AWS publishes its own.
IMAGE_SOURCES: dict[str, tuple[Path, ...]] = {
    "aws_ami": (("name_regex",), ("filter", "*", "values")),
    "aws_ami_ids": (("name_regex",), ("filter", "*", "values")),
    "aws_ssm_parameter": (("name",),),
    "aws_elastic_beanstalk_solution_stack": (("name_regex",),),
}
PUBLISHERS = frozenset(("amazon", "137112412989", "092701018921"))
# Where a launch, a launch template or a launch configuration asks for a public address.
PUBLIC_ADDRESS = (
    ("NetworkInterfaces", "AssociatePublicIpAddress"),
    ("AssociatePublicIpAddress",),
    ("network_interfaces", "associate_public_ip_address"),
    ("associate_public_ip_address",),
)

# Where a launch keeps the script that its instances run at boot.
USER_DATA = (("UserData",), ("user_data",), ("user_data_base64",))
# What else brings texts onto instances, with the path that says where a container runs instead.
FARGATE = "FARGATE"
CARRIERS: dict[str, Path] = {
    "AWS::ECS::TaskDefinition": ("RequiresCompatibilities", "*"),
    "AWS::ImageBuilder::Component": (),
    "aws_ecs_task_definition": ("requires_compatibilities", "*"),
    "aws_imagebuilder_component": (),
}

# Where a Terraform resource has what its provisioners write or run on an instance ("Terraform documentation,
# remote-exec", "file").
PROVISIONED: tuple[Path, ...] = (("provisioner", "*", "inline"), ("provisioner", "*", "content"))
# The hosts that provisioners connect to, and what gives an instance its address ("Terraform documentation, Provisioner
# Connection Settings").
CONNECTIONS: tuple[Path, ...] = (
    ("connection", "host"),
    ("provisioner", "*", "connection", "host"),
)
ADDRESS_TYPES: dict[str, tuple[Path, ...]] = {"aws_eip": (("instance",),)}
# The paths of the instances that Systems Manager runs a text on.
RUN_ON: dict[str, tuple[Path, ...]] = {
    "AWS::SSM::Association": (("InstanceId",), ("Targets", "*", "Values", "*")),
    "AWS::SSM::MaintenanceWindowTask": (("Targets", "*", "Values", "*"),),
    "aws_ssm_association": (("instance_id",), ("targets", "*", "values", "*")),
    "aws_ssm_maintenance_window_task": (("targets", "*", "values", "*"),),
    "awscc_ssm_association": (("instance_id",), ("targets", "*", "values", "*")),
}
# What Terraform runs itself, where it runs ("Terraform documentation, local-exec").
INTERPRETERS: tuple[Path, ...] = (("provisioner", "*", "interpreter"), ("provisioner", "*", "interpreter", "*"))
RUN_LOCALLY: tuple[Path, ...] = (("provisioner", "*", "command"), ("provisioner", "*", "environment"))

# What runs containers on the instances it launches ("Amazon EC2 User Guide, Instance metadata access considerations":
# in a container environment, a hop limit of 2).
CONTAINER_SERVICES = frozenset(
    (
        "AWS::Batch::ComputeEnvironment",
        "AWS::ECS::CapacityProvider",
        "AWS::EKS::Nodegroup",
        "AWS::ElasticBeanstalk::ConfigurationTemplate",
        "AWS::ElasticBeanstalk::Environment",
        "AWS::ImageBuilder::InfrastructureConfiguration",
        "aws_batch_compute_environment",
        "aws_ecs_capacity_provider",
        "aws_eks_node_group",
        "aws_elastic_beanstalk_configuration_template",
        "aws_elastic_beanstalk_environment",
        "aws_imagebuilder_infrastructure_configuration",
    )
)

# Whose texts are scripts that run on instances launched elsewhere.
SCRIPT_TYPES = frozenset(
    (
        "AWS::ImageBuilder::Component",
        "AWS::SSM::Association",
        "AWS::SSM::Document",
        "AWS::SSM::MaintenanceWindowTask",
        "AWS::SageMaker::NotebookInstanceLifecycleConfig",
        "aws_imagebuilder_component",
        "aws_sagemaker_notebook_instance_lifecycle_configuration",
        "aws_ssm_association",
        "aws_ssm_document",
        "aws_ssm_maintenance_window_task",
        "cloudinit_config",
        "template_cloudinit_config",
        "template_file",
    )
)

# Where code is in a template that runs in functions and builds, and what Terraform itself runs.
INLINE_CODE = {
    "AWS::CodeBuild::Project": "BuildSpec",
    "AWS::Lambda::Function": "ZipFile",
    "AWSUtility::CloudFormation::CommandRunner": "Command",
    "AWS::Serverless::Function": "InlineCode",
    "archive_file": "content",
    "aws_codebuild_project": "buildspec",
    "awscc_lambda_function": "zip_file",
    "external": "program",
}

# Types that pass their text to code with a role of its own, or store it where others may read it.
CODE_TYPES = frozenset(
    (
        "AWS::AppRunner::Service",
        "AWS::Batch::JobDefinition",
        "AWS::CodeBuild::Project",
        "AWS::ECS::TaskDefinition",
        "AWS::Glue::Job",
        "AWS::Lambda::Function",
        "AWS::Serverless::Function",
        "aws_amplify_app",
        "aws_apprunner_service",
        "aws_batch_job_definition",
        "aws_codebuild_project",
        "aws_ecs_task_definition",
        "aws_glue_job",
        "aws_lambda_function",
        "aws_s3_bucket_object",
        "aws_s3_object",
        "awscc_apprunner_service",
        "awscc_batch_job_definition",
        "awscc_codebuild_project",
        "awscc_ecs_task_definition",
        "awscc_lambda_function",
    )
)

_ROWS: dict[str, tuple[LaunchType, ...]] = {}
_CLOUD_CONTROL: dict[str, tuple[LaunchType, ...]] = {}


def launch_types(type: str) -> tuple[LaunchType, ...]:
    """Return the rows of a resource type; an empty tuple when it launches nothing."""
    if not _ROWS:
        _gather(_ROWS, (*CLOUDFORMATION, *TERRAFORM, *PACKER))
    if type.startswith(PREFIX):
        if not _CLOUD_CONTROL:
            _gather(_CLOUD_CONTROL, (row.in_cloud_control() for row in CLOUDFORMATION))
        return _CLOUD_CONTROL.get(type, ())
    return _ROWS.get(type, ())


def _gather(found: dict[str, tuple[LaunchType, ...]], rows: Iterable[LaunchType]) -> None:
    for row in rows:
        found[row.type] = (*found.get(row.type, ()), row)
