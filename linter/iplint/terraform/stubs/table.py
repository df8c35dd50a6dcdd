"""The modules of the registry that there are stubs for, and the versions that these are true for."""

from __future__ import annotations

from iplint.terraform.stubs import autoscaling, cloudposse, ecs, eks, iam, instances, worker_groups
from iplint.terraform.versions import padded, parse_version


class ModuleTable:
    """A known module: from which version on, up to (not including) which one, and its stub."""

    __slots__ = ("beyond", "first", "text")

    def __init__(self, first: str, beyond: str, text: str) -> None:
        self.first = padded(parse_version(first) or ())
        self.beyond = padded(parse_version(beyond) or ())
        self.text = text


# Of one module, the newest versions first.
MODULES: dict[str, tuple[ModuleTable, ...]] = {
    "terraform-aws-modules/ec2-instance/aws": (
        ModuleTable("4.2.0", "7.0.0", instances.EC2_INSTANCE),
        ModuleTable("3.0.0", "4.2.0", instances.EC2_INSTANCE_3),
        ModuleTable("2.0.0", "3.0.0", instances.EC2_INSTANCE_2),
    ),
    "terraform-aws-modules/autoscaling/aws": (
        ModuleTable("7.0.0", "10.0.0", autoscaling.AUTOSCALING),
        ModuleTable("6.0.0", "7.0.0", autoscaling.AUTOSCALING_6),
        ModuleTable("5.1.0", "6.0.0", autoscaling.AUTOSCALING_5),
        ModuleTable("4.0.0", "5.1.0", autoscaling.AUTOSCALING_4),
    ),
    "terraform-aws-modules/ecs/aws": (
        ModuleTable("7.0.0", "8.0.0", ecs.ECS),
        ModuleTable("5.0.0", "7.0.0", ecs.ECS_6),
        ModuleTable("4.0.0", "5.0.0", ecs.ECS_4),
        ModuleTable("1.0.0", "4.0.0", ecs.ECS_3),
    ),
    "terraform-aws-modules/ecs/aws//modules/cluster": (
        ModuleTable("7.0.0", "8.0.0", ecs.ECS_CLUSTER),
        ModuleTable("6.0.0", "7.0.0", ecs.ECS_CLUSTER_6),
        ModuleTable("5.0.0", "6.0.0", ecs.ECS_CLUSTER_5),
    ),
    "terraform-aws-modules/ecs/aws//modules/service": (ModuleTable("5.0.0", "8.0.0", ecs.ECS_SERVICE),),
    "terraform-aws-modules/ecs/aws//modules/ecs-instance-profile": (
        ModuleTable("1.0.0", "4.0.0", ecs.ECS_INSTANCE_PROFILE),
    ),
    "terraform-aws-modules/eks/aws": (
        ModuleTable("18.0.0", "22.0.0", eks.EKS),
        ModuleTable("17.0.0", "18.0.0", worker_groups.EKS_17),
    ),
    "terraform-aws-modules/eks/aws//modules/node_groups": (
        ModuleTable("17.0.0", "18.0.0", worker_groups.EKS_17_NODE_GROUPS),
    ),
    "terraform-aws-modules/eks/aws//modules/eks-managed-node-group": (
        ModuleTable("18.0.0", "22.0.0", eks.EKS_MANAGED),
    ),
    "terraform-aws-modules/eks/aws//modules/self-managed-node-group": (
        ModuleTable("18.0.0", "22.0.0", eks.EKS_SELF_MANAGED),
    ),
    "terraform-aws-modules/iam/aws//modules/iam-assumable-role": (
        ModuleTable("2.0.0", "6.0.0", iam.IAM_ASSUMABLE_ROLE),
    ),
    "terraform-aws-modules/iam/aws//modules/iam-role": (ModuleTable("6.0.0", "7.0.0", iam.IAM_ROLE),),
    "terraform-aws-modules/iam/aws//modules/iam-user": (
        ModuleTable("6.0.0", "7.0.0", iam.IAM_USER),
        ModuleTable("2.0.0", "6.0.0", iam.IAM_USER_5),
    ),
    "terraform-aws-modules/iam/aws//modules/iam-policy": (ModuleTable("2.0.0", "7.0.0", iam.IAM_POLICY),),
    "cloudposse/label/null": (
        ModuleTable("0.23.0", "1.0.0", cloudposse.LABEL),
        ModuleTable("0.19.0", "0.23.0", cloudposse.LABEL_22),
        ModuleTable("0.14.0", "0.19.0", cloudposse.LABEL_18),
    ),
    "cloudposse/ec2-instance/aws": (ModuleTable("0.41.0", "3.0.0", cloudposse.CLOUDPOSSE_INSTANCE),),
    "cloudposse/ec2-bastion-server/aws": (
        ModuleTable("0.25.0", "1.0.0", cloudposse.CLOUDPOSSE_BASTION),
        ModuleTable("0.24.0", "0.25.0", cloudposse.CLOUDPOSSE_BASTION_24),
        ModuleTable("0.20.0", "0.24.0", cloudposse.CLOUDPOSSE_BASTION),
    ),
}
