"""Published privilege escalation paths: ways to get more permissions than the policies allow.

Each path is a set of actions that are needed together. Facts: the pathfinding.cloud catalogue of privilege escalation
(its identifiers are kept), the list of cloudsplaining, and the Service Authorization Reference for the paths without a
number.
"""

from __future__ import annotations

# The effect of each kind of path, as a predicate, most severe first.
SELF = "can give itself any permission"
NEW = "can start something that runs with a more powerful role"
EXISTING = "can make what runs with another role act for it"
PRINCIPAL = "can act as another user or role"
CATEGORIES = (SELF, NEW, EXISTING, PRINCIPAL)


# The actions by which a role is taken, and handed on.
ASSUME = "sts:AssumeRole"
PASS_ROLE = "iam:PassRole"  # noqa: S105  # the name of an action, no password
_OF_INSTANCES = ("ec2:", "autoscaling:")


class Path:
    """A privilege escalation path: the actions needed together, and its category (of CATEGORIES)."""

    __slots__ = ("actions", "category", "name")

    def __init__(self, name: str, category: str, *actions: str) -> None:
        self.name = name
        self.category = category
        self.actions = actions

    @property
    def takes_profile(self) -> bool:
        """Return whether the path runs something that gets a role through an instance profile."""
        return any(action.startswith(_OF_INSTANCES) for action in self.actions)


PATHS = (
    Path("apprunner-001", NEW, "iam:PassRole", "apprunner:CreateService"),
    Path("apprunner-002", EXISTING, "apprunner:UpdateService"),
    Path(
        "bedrock-001",
        NEW,
        "iam:PassRole",
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore:StartCodeInterpreterSession",
        "bedrock-agentcore:InvokeCodeInterpreter",
    ),
    Path(
        "bedrock-002",
        EXISTING,
        "bedrock-agentcore:StartCodeInterpreterSession",
        "bedrock-agentcore:InvokeCodeInterpreter",
    ),
    Path("cloudformation-001", NEW, "iam:PassRole", "cloudformation:CreateStack"),
    Path("cloudformation-002", EXISTING, "cloudformation:UpdateStack"),
    Path(
        "cloudformation-003",
        NEW,
        "iam:PassRole",
        "cloudformation:CreateStackSet",
        "cloudformation:CreateStackInstances",
    ),
    Path("cloudformation-004", NEW, "iam:PassRole", "cloudformation:UpdateStackSet"),
    Path("cloudformation-005", NEW, "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
    Path("codebuild-001", NEW, "iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"),
    Path("codebuild-002", EXISTING, "codebuild:StartBuild"),
    Path("codebuild-003", EXISTING, "codebuild:StartBuildBatch"),
    Path("codebuild-004", NEW, "iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuildBatch"),
    Path(
        "datapipeline-001",
        NEW,
        "iam:PassRole",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
        "datapipeline:ActivatePipeline",
    ),
    Path("ec2instanceconnect-003", EXISTING, "ec2-instance-connect:SendSSHPublicKey", "ec2:DescribeInstances"),
    Path("ec2-001", NEW, "iam:PassRole", "ec2:RunInstances"),
    Path("ec2-002", EXISTING, "ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
    Path("ec2-003", NEW, "iam:PassRole", "ec2:RequestSpotInstances"),
    Path("ec2-004", EXISTING, "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"),
    Path("ecs-001", NEW, "iam:PassRole", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:CreateService"),
    Path("ecs-002", NEW, "iam:PassRole", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:RunTask"),
    Path("ecs-003", NEW, "iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:CreateService"),
    Path("ecs-004", NEW, "iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"),
    Path("ecs-005", NEW, "iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:StartTask"),
    Path("glue-001", NEW, "iam:PassRole", "glue:CreateDevEndpoint"),
    Path("glue-002", EXISTING, "glue:UpdateDevEndpoint"),
    Path("glue-003", NEW, "iam:PassRole", "glue:CreateJob", "glue:StartJobRun"),
    Path("glue-004", NEW, "iam:PassRole", "glue:CreateJob", "glue:CreateTrigger"),
    Path("glue-005", NEW, "iam:PassRole", "glue:UpdateJob", "glue:StartJobRun"),
    Path("glue-006", NEW, "iam:PassRole", "glue:UpdateJob", "glue:CreateTrigger"),
    Path("iam-001", SELF, "iam:CreatePolicyVersion"),
    Path("iam-002", PRINCIPAL, "iam:CreateAccessKey"),
    Path("iam-003", PRINCIPAL, "iam:CreateAccessKey", "iam:DeleteAccessKey"),
    Path("iam-004", PRINCIPAL, "iam:CreateLoginProfile"),
    Path("iam-005", SELF, "iam:PutRolePolicy"),
    Path("iam-006", PRINCIPAL, "iam:UpdateLoginProfile"),
    Path("iam-007", SELF, "iam:PutUserPolicy"),
    Path("iam-008", SELF, "iam:AttachUserPolicy"),
    Path("iam-009", SELF, "iam:AttachRolePolicy"),
    Path("iam-010", SELF, "iam:AttachGroupPolicy"),
    Path("iam-011", SELF, "iam:PutGroupPolicy"),
    Path("iam-012", PRINCIPAL, "iam:UpdateAssumeRolePolicy"),
    Path("iam-013", SELF, "iam:AddUserToGroup"),
    Path("iam-014", PRINCIPAL, "iam:AttachRolePolicy", "sts:AssumeRole"),
    Path("iam-015", PRINCIPAL, "iam:AttachUserPolicy", "iam:CreateAccessKey"),
    Path("iam-016", PRINCIPAL, "iam:CreatePolicyVersion", "sts:AssumeRole"),
    Path("iam-017", PRINCIPAL, "iam:PutRolePolicy", "sts:AssumeRole"),
    Path("iam-018", PRINCIPAL, "iam:PutUserPolicy", "iam:CreateAccessKey"),
    Path("iam-019", PRINCIPAL, "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"),
    Path("iam-020", PRINCIPAL, "iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"),
    Path("iam-021", PRINCIPAL, "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
    Path("lambda-001", NEW, "iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"),
    Path("lambda-002", NEW, "iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
    Path("lambda-003", EXISTING, "lambda:UpdateFunctionCode"),
    Path("lambda-004", EXISTING, "lambda:UpdateFunctionCode", "lambda:InvokeFunction"),
    Path("lambda-005", EXISTING, "lambda:UpdateFunctionCode", "lambda:AddPermission"),
    Path("lambda-006", NEW, "iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"),
    Path("sagemaker-001", NEW, "iam:PassRole", "sagemaker:CreateNotebookInstance"),
    Path("sagemaker-002", NEW, "iam:PassRole", "sagemaker:CreateTrainingJob"),
    Path("sagemaker-003", NEW, "iam:PassRole", "sagemaker:CreateProcessingJob"),
    Path("sagemaker-004", EXISTING, "sagemaker:CreatePresignedNotebookInstanceUrl"),
    Path(
        "sagemaker-005",
        EXISTING,
        "sagemaker:CreateNotebookInstanceLifecycleConfig",
        "sagemaker:StopNotebookInstance",
        "sagemaker:UpdateNotebookInstance",
        "sagemaker:StartNotebookInstance",
    ),
    Path("ssm-001", EXISTING, "ssm:StartSession"),
    Path("ssm-002", EXISTING, "ssm:SendCommand"),
    Path("sts-001", PRINCIPAL, "sts:AssumeRole"),
    Path("iam-set-default-policy-version", SELF, "iam:SetDefaultPolicyVersion"),
    Path(
        "lambda-new-table",
        NEW,
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:CreateEventSourceMapping",
        "dynamodb:CreateTable",
        "dynamodb:PutItem",
    ),
    Path("datapipeline-create", NEW, "iam:PassRole", "datapipeline:CreatePipeline"),
    Path("ec2-associate-profile", NEW, "iam:PassRole", "ec2:AssociateIamInstanceProfile"),
    Path("ec2-replace-profile", NEW, "iam:PassRole", "ec2:ReplaceIamInstanceProfileAssociation"),
    Path("ec2-fleet", NEW, "iam:PassRole", "ec2:CreateLaunchTemplate", "ec2:CreateFleet"),
    Path("ec2-spot-fleet", NEW, "iam:PassRole", "ec2:RequestSpotFleet"),
    Path(
        "autoscaling-create-group",
        NEW,
        "iam:PassRole",
        "autoscaling:CreateLaunchConfiguration",
        "autoscaling:CreateAutoScalingGroup",
    ),
    Path("batch-submit-job", NEW, "iam:PassRole", "batch:RegisterJobDefinition", "batch:SubmitJob"),
    Path("states-create", NEW, "iam:PassRole", "states:CreateStateMachine", "states:StartExecution"),
    Path("states-update", EXISTING, "states:UpdateStateMachine", "states:StartExecution"),
    Path("emr-run-job-flow", NEW, "iam:PassRole", "elasticmapreduce:RunJobFlow"),
    Path("ssm-automation", NEW, "iam:PassRole", "ssm:StartAutomationExecution"),
    Path("ecs-execute-command", EXISTING, "ecs:ExecuteCommand", "ecs:DescribeTasks"),
)
BY_ASSUMING = next(path for path in PATHS if path.actions == (ASSUME,))
# The actions by which alone permissions are given.
ITSELF = tuple(path.actions[0] for path in PATHS if path.category == SELF and len(path.actions) == 1)
ACTIONS = tuple(dict.fromkeys(action for path in PATHS for action in path.actions))
SERVICES = frozenset(action.partition(":")[0] for action in ACTIONS)
BY_SERVICE = {
    service: tuple(action for action in ACTIONS if action.partition(":")[0] == service) for service in sorted(SERVICES)
}
