"""The AWS managed policies that give administrator access, or most of it.

Facts: AWS Managed Policy Reference; the statements of all policies that it lists were evaluated (as of March 2026). A
policy that is not named here gives neither. Several have names that promise more than they give
(`AWSAuditManagerAdministratorAccess`), or less (`AdministratorAccess-Amplify`), so a name alone says nothing.
"""

from __future__ import annotations

from iplint.aws.policy import is_administrator_access, managed_policy_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.value import Text


class ManagedPolicy:
    """An AWS managed policy and what it gives without condition on every resource.

    `path` is its path and name, below `policy/`. `broad` says that it allows every action but named ones, `iam` that
    it allows an action that raises privileges; both together are administrator access. `why` says in a few words what
    its holder can do.
    """

    __slots__ = ("broad", "iam", "path", "why")

    def __init__(self, path: str, why: str, *, broad: bool = False, iam: bool = False) -> None:
        self.path = path
        self.why = why
        self.broad = broad
        self.iam = iam

    @property
    def name(self) -> str:
        """Return the name, without the path."""
        return self.path.rpartition("/")[2]


RUN_WITH_ANY_ROLE = "it can start instances with any role"
ADMINISTRATOR = ManagedPolicy("AdministratorAccess", "it allows every action", broad=True, iam=True)
_ROWS = (
    ADMINISTRATOR,
    ManagedPolicy("IAMFullAccess", "it can give itself any permission", iam=True),
    ManagedPolicy("AdministratorAccess-Amplify", "it can attach any policy to any role", iam=True),
    ManagedPolicy("AWSOpsWorksRegisterCLI", "it can make access keys for any user", iam=True),
    ManagedPolicy("PowerUserAccess", "it allows every action outside of IAM", broad=True),
    ManagedPolicy("AWSElasticBeanstalkFullAccess", "it can pass any role to what it creates"),
    ManagedPolicy("AmazonElasticMapReduceFullAccess", "it can pass any role to instances and stacks"),
    ManagedPolicy("service-role/AmazonElasticMapReduceRole", RUN_WITH_ANY_ROLE),
    ManagedPolicy("service-role/AWSDataPipelineRole", RUN_WITH_ANY_ROLE),
    ManagedPolicy("AmazonDynamoDBFullAccesswithDataPipeline", "it can pass any role to what it creates"),
    ManagedPolicy("AmazonEC2ContainerServiceFullAccess", "it can pass any role to what it creates"),
    ManagedPolicy("AWSLambdaFullAccess", "it can run any code with any role"),
    ManagedPolicy("service-role/AmazonEC2SpotFleetRole", RUN_WITH_ANY_ROLE),
    ManagedPolicy("AmazonEC2FullAccess", "it can take over any instance with its role"),
    ManagedPolicy("AmazonSSMFullAccess", "it can run commands on every managed instance"),
    ManagedPolicy("AWSCloudFormationFullAccess", "it can change stacks that have roles of their own"),
    ManagedPolicy("job-function/SystemAdministrator", "it can take over any instance or function with its role"),
    ManagedPolicy("AdministratorAccess-AWSElasticBeanstalk", "it can pass roles to most of what it creates"),
    ManagedPolicy("SecretsManagerReadWrite", "it can read every secret and create stacks"),
    ManagedPolicy("job-function/DataScientist", "it can pass roles to instances and clusters"),
)
MANAGED_POLICIES = {row.path: row for row in _ROWS}


def managed_policy(arn: Text) -> ManagedPolicy | None:
    """Return what is known of the AWS managed policy that an ARN of any partition names; None when it is not listed."""
    if is_administrator_access(arn):
        return ADMINISTRATOR
    path = managed_policy_path(arn)
    return MANAGED_POLICIES.get(path) if path is not None else None
