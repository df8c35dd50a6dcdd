"""The resources to which each privilege-raising action applies, and the services to which an action passes a role.

Facts: Service Authorization Reference, "Actions, resources, and condition keys" of each service; IAM User Guide, "IAM
and AWS STS condition context keys", iam:PassedToService. A resource is a pattern in which the partition, ACCOUNT and
REGION are those of the role; a role of ANY account may be assumed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Every resource of the account.
EVERYTHING = "arn:aws:?*:*:ACCOUNT:?*"
# Actions by which a principal gets permissions that it does not have, and the kind of resource of each.
IAM_WRITES = {
    "iam:PutRolePolicy": "role",
    "iam:AttachRolePolicy": "role",
    "iam:CreatePolicyVersion": "policy",
    "iam:PutUserPolicy": "user",
    "iam:AttachUserPolicy": "user",
    "iam:PutGroupPolicy": "group",
    "iam:AttachGroupPolicy": "group",
    "iam:AddUserToGroup": "group",
    "iam:UpdateAssumeRolePolicy": "role",
    "iam:CreateAccessKey": "user",
    "iam:CreateLoginProfile": "user",
    "iam:UpdateLoginProfile": "user",
}
_OF_IAM = {**IAM_WRITES, "iam:SetDefaultPolicyVersion": "policy", "iam:DeleteAccessKey": "user", "iam:PassRole": "role"}
_INSTANCE = "arn:aws:ec2:REGION:ACCOUNT:instance/?*"
_NOTEBOOK = "notebook-instance/?*"
# What each action needs to be allowed on, below its service, region and account; or a whole ARN.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "apprunner:CreateService": ("service/?*",),
    "apprunner:UpdateService": ("service/?*",),
    "autoscaling:CreateAutoScalingGroup": ("autoScalingGroup:?*:autoScalingGroupName/?*",),
    "autoscaling:CreateLaunchConfiguration": ("launchConfiguration:?*:launchConfigurationName/?*",),
    "batch:RegisterJobDefinition": ("job-definition/?*",),
    "batch:SubmitJob": ("job-definition/?*", "job-queue/?*"),
    # The interpreters of an account: those of AWS run without a role.
    "bedrock-agentcore:CreateCodeInterpreter": ("code-interpreter-custom/?*",),
    "bedrock-agentcore:InvokeCodeInterpreter": ("code-interpreter-custom/?*",),
    "bedrock-agentcore:StartCodeInterpreterSession": ("code-interpreter-custom/?*",),
    "cloudformation:CreateChangeSet": ("stack/?*/?*",),
    "cloudformation:CreateStack": ("stack/?*/?*",),
    "cloudformation:CreateStackInstances": ("stackset/?*:?*",),
    "cloudformation:CreateStackSet": ("stackset/?*:?*",),
    "cloudformation:ExecuteChangeSet": ("stack/?*/?*",),
    "cloudformation:UpdateStack": ("stack/?*/?*",),
    "cloudformation:UpdateStackSet": ("stackset/?*:?*",),
    "codebuild:CreateProject": ("project/?*",),
    "codebuild:StartBuild": ("project/?*",),
    "codebuild:StartBuildBatch": ("project/?*",),
    "dynamodb:CreateTable": ("table/?*",),
    "dynamodb:PutItem": ("table/?*",),
    "ec2-instance-connect:SendSSHPublicKey": (_INSTANCE,),
    "ec2:AssociateIamInstanceProfile": ("instance/?*",),
    "ec2:CreateFleet": ("?*",),
    "ec2:CreateLaunchTemplate": ("launch-template/?*",),
    "ec2:CreateLaunchTemplateVersion": ("launch-template/?*",),
    "ec2:ModifyInstanceAttribute": ("instance/?*",),
    "ec2:ModifyLaunchTemplate": ("launch-template/?*",),
    "ec2:ReplaceIamInstanceProfileAssociation": ("instance/?*",),
    "ec2:RequestSpotFleet": ("?*",),
    "ec2:RequestSpotInstances": ("?*",),
    "ec2:RunInstances": (
        "arn:aws:ec2:REGION::image/?*",
        "instance/?*",
        "network-interface/?*",
        "security-group/?*",
        "subnet/?*",
        "volume/?*",
    ),
    "ec2:StartInstances": ("instance/?*",),
    "ec2:StopInstances": ("instance/?*",),
    "ecs:CreateService": ("service/?*",),
    "ecs:DescribeTasks": ("task/?*",),
    "ecs:ExecuteCommand": ("cluster/?*", "task/?*"),
    "ecs:RegisterTaskDefinition": ("task-definition/?*:?*",),
    "ecs:RunTask": ("task-definition/?*:?*",),
    "ecs:StartTask": ("task-definition/?*:?*",),
    "elasticmapreduce:RunJobFlow": ("cluster/?*",),
    "glue:CreateDevEndpoint": ("devEndpoint/?*",),
    "glue:CreateJob": ("job/?*",),
    "glue:CreateTrigger": ("trigger/?*",),
    "glue:StartJobRun": ("job/?*",),
    "glue:UpdateDevEndpoint": ("devEndpoint/?*",),
    "glue:UpdateJob": ("job/?*",),
    "lambda:AddPermission": ("function:?*",),
    "lambda:CreateFunction": ("function:?*",),
    "lambda:InvokeFunction": ("function:?*",),
    "lambda:UpdateFunctionCode": ("function:?*",),
    "sagemaker:CreateNotebookInstance": (_NOTEBOOK,),
    "sagemaker:CreateNotebookInstanceLifecycleConfig": ("notebook-instance-lifecycle-config/?*",),
    "sagemaker:CreatePresignedNotebookInstanceUrl": (_NOTEBOOK,),
    "sagemaker:CreateProcessingJob": ("processing-job/?*",),
    "sagemaker:CreateTrainingJob": ("training-job/?*",),
    "sagemaker:StartNotebookInstance": (_NOTEBOOK,),
    "sagemaker:StopNotebookInstance": (_NOTEBOOK,),
    "sagemaker:UpdateNotebookInstance": (_NOTEBOOK,),
    # A document of AWS that runs any command.
    "ssm:SendCommand": (_INSTANCE, "arn:aws:ssm:REGION::document/AWS-RunShellScript"),
    "ssm:StartAutomationExecution": ("automation-definition/?*:?*",),
    "ssm:StartSession": (_INSTANCE,),
    "states:CreateStateMachine": ("stateMachine:?*",),
    "states:StartExecution": ("stateMachine:?*",),
    "states:UpdateStateMachine": ("stateMachine:?*",),
    "sts:AssumeRole": ("arn:aws:iam::ANY:role/?*",),
}
TARGETS: Mapping[str, tuple[str, ...]] = {
    **{action: (f"arn:aws:iam::ACCOUNT:{kind}/?*",) for action, kind in _OF_IAM.items()},
    **{
        action: tuple(
            kind if kind.startswith("arn:") else f"arn:aws:{action.partition(':')[0]}:REGION:ACCOUNT:{kind}"
            for kind in kinds
        )
        for action, kinds in _KINDS.items()
    },
}
# The kind of resource in which a service keeps what it is for, where it has others too.
_MAIN_KINDS = {
    "dynamodb": "table/?*",
    "ecr": "repository/?*",
    "kinesis": "stream/?*",
    "kms": "key/?*",
    "lambda": "function:?*",
    "logs": "log-group:?*",
    "secretsmanager": "secret:?*",
    "states": "stateMachine:?*",
}
# The services that a role is passed to by what runs something with it, where they are called otherwise.
_RECEIVERS: Mapping[str, tuple[str, ...]] = {
    "apprunner": ("tasks.apprunner", "build.apprunner"),
    "autoscaling": ("autoscaling", "ec2"),
    "batch": ("batch", "ecs-tasks"),
    "datapipeline": ("datapipeline", "elasticmapreduce", "ec2"),
    "ecs": ("ecs", "ecs-tasks"),
    "elasticmapreduce": ("elasticmapreduce", "ec2"),
}


def service_targets(service: str) -> tuple[str, ...]:
    """Return the resource patterns of a service, any one of which covers every resource of the service."""
    # A star as the name matches every resource of the kind, and some services have no other kind.
    found = (f"arn:aws:{service}:REGION:ACCOUNT:?*", f"arn:aws:{service}:::?*")
    kind = _MAIN_KINDS.get(service)
    return found if kind is None else (*found, f"arn:aws:{service}:REGION:ACCOUNT:{kind}")


def receivers(actions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the services to which these actions may pass a role, as iam:PassedToService names them."""
    services = dict.fromkeys(action.partition(":")[0] for action in actions)
    names = [name for service in services for name in _RECEIVERS.get(service, (service,))]
    return tuple(f"{name}.{suffix}" for name in names for suffix in ("amazonaws.com", "amazonaws.com.cn"))
