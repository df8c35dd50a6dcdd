"""Well-known modules of the registry, judged by what is known of them while their source is not here."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from iplint.finding import Report
from iplint.location import Source
from iplint.syntax import hcl
from iplint.terraform.stubs.table import MODULES

Configuration = Callable[..., Report]

HEAD = 'provider "aws" {}\n'
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def call(name: str, version: str | None, *arguments: str) -> str:
    """A root with one call: `module` stands in line 2, its source in line 3, the arguments from line 4 on."""
    lines = [f'module "m" {{\n  source = "terraform-aws-modules/{name}"', *(f"  {argument}" for argument in arguments)]
    if version is not None:
        lines.append(f'  version = "{version}"')
    return HEAD + "\n".join(lines) + "\n}\n"


def verdicts(report: Report) -> list[tuple[str, str, str, int]]:
    return [(found.verdict, found.rule, found.address, found.at.first[0]) for found in report.findings]


def of(report: Report, rule: str) -> list[tuple[str, str, int]]:
    return [(verdict, address, line) for verdict, found, address, line in verdicts(report) if found == rule]


WEB = "module.m.aws_instance.this[0]"
PROFILE = 'iam_instance_profile = "web"'


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("4.5.0", "fail"),
        ("5.0.0", "fail"),
        ("~> 5.6.0", "fail"),
        ("5.8.0", None),
        (">= 5.8, < 6", None),
        ("~> 6.0", None),
        ("6.4.1", None),
        (None, None),
        ("~> 5.0", "undecided"),
        (">= 4.2", "undecided"),
        (">= 5.0, != 5.8.0, < 5.9", "undecided"),
    ],
)
def test_the_version_decides_the_default(
    configuration: Configuration, version: str | None, verdict: str | None
) -> None:
    found = configuration(call("ec2-instance/aws", version, PROFILE))
    assert of(found, "imdsv1-allowed") == ([(verdict, WEB, 2)] if verdict else [])
    assert found.notices == []
    if verdict == "undecided":
        (finding,) = (finding for finding in found.findings if finding.rule == "imdsv1-allowed")
        assert finding.message.endswith("depends on the version of module terraform-aws-modules/ec2-instance/aws")


@pytest.mark.parametrize(
    ("version", "options", "verdict"),
    [
        ("~> 5.0", '{ http_tokens = "required" }', None),
        ("~> 5.0", '{ http_tokens = "optional" }', "fail"),
        ("~> 5.0", '{ http_endpoint = "enabled" }', "undecided"),
        ("~> 5.7.0", '{ http_endpoint = "enabled" }', "fail"),
        ("5.8.0", '{ http_endpoint = "enabled" }', None),
        ("~> 6.0", '{ http_endpoint = "enabled" }', None),
        ("~> 6.0", "null", "fail"),
        ("~> 6.0", '{ http_tokens = "optional", http_endpoint = "disabled" }', None),
        (">= 5.0", '{ http_endpoint = "enabled" }', "undecided"),
        ("~> 6.0", "var.options", "undecided"),
    ],
)
def test_options_that_are_given(configuration: Configuration, version: str, options: str, verdict: str | None) -> None:
    text = call("ec2-instance/aws", version, f"metadata_options = {options}", PROFILE) + 'variable "options" {}\n'
    found = of(configuration(text), "imdsv1-allowed")
    assert [one for one, _, _ in found] == ([verdict] if verdict else [])
    if '"optional" }' in options:
        assert found == [("fail", WEB, 4)]


def test_a_finding_says_that_it_does_not_rest_on_the_source(configuration: Configuration) -> None:
    found = configuration(call("ec2-instance/aws", "6.0.0"))
    (finding,) = found.findings
    assert (finding.rule, finding.address, finding.at.first[0]) == ("missing-instance-profile", WEB, 2)
    assert [step.message for step in finding.related] == [
        'module "m" is called here; it is checked by what iplint knows of terraform-aws-modules/ec2-instance/aws, '
        "not by its source"
    ]


def test_an_instance_profile_that_the_module_makes(configuration: Configuration) -> None:
    found = configuration(
        call(
            "ec2-instance/aws",
            "~> 6.0",
            "create_iam_instance_profile = true",
            f'iam_role_policies = {{ admin = "{ADMINISTRATOR}", read = "arn:aws:iam::aws:policy/ReadOnlyAccess" }}',
        )
    )
    address = 'module.m.aws_iam_role_policy_attachment.this["admin"]'
    assert verdicts(found) == [("fail", "administrator-access", address, 5)]
    assert found.findings[0].severity.word == "critical"


def test_what_the_module_creates_depends_on_its_inputs(configuration: Configuration) -> None:
    assert configuration(call("ec2-instance/aws", "~> 6.0", "create = false")).launches.checked == 0
    spot = configuration(call("ec2-instance/aws", "~> 6.0", "create_spot_instance = true"))
    assert verdicts(spot) == [
        ("fail", "imdsv1-allowed", "module.m.aws_spot_instance_request.this[0]", 2),
        ("fail", "missing-instance-profile", "module.m.aws_spot_instance_request.this[0]", 2),
    ]
    many = configuration(call("ec2-instance/aws", "~> 6.0", 'for_each = toset(["a", "b"])'))
    assert many.launches.checked == 2
    # The instances of one call are one finding.
    assert {address for _, _, address, _ in verdicts(many)} == {'module.m["a"].aws_instance.this[0]'}
    assert all(finding.message.endswith("(and 1 more instance)") for finding in many.findings)
    made = call("ec2-instance/aws", "~> 6.0", "create_iam_instance_profile = var.make") + 'variable "make" {}\n'
    assert [verdict for verdict, _, _ in of(configuration(made), "missing-instance-profile")] == ["undecided"]


def test_outputs_lead_on(configuration: Configuration) -> None:
    module = call("ec2-instance/aws", "~> 6.0", "create_iam_instance_profile = true")
    other = """\
resource "aws_instance" "other" {
  iam_instance_profile = module.m.iam_instance_profile_id
  metadata_options {
    http_tokens = "required"
  }
}
resource "aws_iam_role_policy_attachment" "admin" {
  role       = module.m.iam_role_name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
"""
    found = configuration(module + other)
    assert [found[:3] for found in verdicts(found)] == [
        ("fail", "administrator-access", "aws_iam_role_policy_attachment.admin")
    ]
    assert found.findings[0].severity.word == "critical"
    assert found.launches.failed == 2


@pytest.mark.parametrize(
    ("version", "arguments", "expected"),
    [
        ("~> 8.0", ['iam_instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/web"'], {"imdsv1-allowed"}),
        ("~> 9.0", ['iam_instance_profile_name = "web"'], set[str]()),
        ("~> 9.0", ["create_iam_instance_profile = true"], set[str]()),
        ("~> 9.0", [], {"missing-instance-profile"}),
        ("~> 9.0", ["use_mixed_instances_policy = true"], {"missing-instance-profile"}),
        ("~> 9.0", ["create_iam_instance_profile = true", "metadata_options = null"], {"imdsv1-allowed"}),
        (None, ["create_iam_instance_profile = true", "ignore_desired_capacity_changes = true"], set[str]()),
    ],
)
def test_autoscaling(
    configuration: Configuration, version: str | None, arguments: list[str], expected: set[str]
) -> None:
    found = configuration(call("autoscaling/aws", version, *arguments))
    assert {rule for verdict, rule, _, _ in verdicts(found) if verdict == "fail"} == expected
    assert found.launches.checked == 1


def test_an_autoscaling_group_with_a_template_of_the_root(configuration: Configuration) -> None:
    template = 'resource "aws_launch_template" "own" {}\n'
    arguments = "create_launch_template = false", "launch_template_id = aws_launch_template.own.id"
    found = configuration(call("autoscaling/aws", "~> 9.0", *arguments) + template)
    assert {(rule, address) for _, rule, address, _ in verdicts(found)} == {
        ("imdsv1-allowed", "aws_launch_template.own"),
        ("missing-instance-profile", "aws_launch_template.own"),
        ("pinned-launch-template-version", "module.m.aws_autoscaling_group.this[0]"),
    }


def test_eks_node_groups(configuration: Configuration) -> None:
    found = configuration(
        call(
            "eks/aws",
            "~> 20.0",
            'eks_managed_node_group_defaults = { metadata_options = { http_tokens = "optional" } }',
            'eks_managed_node_groups = { a = {}, b = { metadata_options = { http_tokens = "required" } } }',
            "self_managed_node_groups = { c = {}, d = { create_iam_instance_profile = false } }",
            'fargate_profiles = { e = { selectors = [{ namespace = "x" }] } }',
        )
    )
    assert verdicts(found) == [
        (
            "fail",
            "missing-instance-profile",
            'module.m.module.self_managed_node_group["d"].aws_launch_template.this[0]',
            2,
        ),
        (
            "fail",
            "imdsv1-allowed",
            'module.m.module.eks_managed_node_group["a"].aws_launch_template.this[0]',
            4,
        ),
    ]
    assert (found.launches.checked, found.launches.proven) == (4, 2)


@pytest.mark.parametrize("version", ["~> 20.0", "~> 21.0", None])
def test_eks_requires_tokens_by_default(configuration: Configuration, version: str | None) -> None:
    found = configuration(call("eks/aws", version, "eks_managed_node_groups = { a = {} }"))
    assert verdicts(found) == []
    assert found.launches.proven == 1
    module = "eks/aws//modules/eks-managed-node-group"
    assert configuration(call(module, version)).launches.proven == 1
    opened = configuration(call(module, version, 'metadata_options = { http_tokens = "optional" }'))
    assert [rule for _, rule, _, _ in verdicts(opened)] == ["imdsv1-allowed"]


@pytest.mark.parametrize("service", ["ec2.amazonaws.com", "lambda.amazonaws.com"])
@pytest.mark.parametrize("major", [5, 6])
def test_roles_of_the_iam_module(configuration: Configuration, service: str, major: int) -> None:
    if major == 5:
        text = call(
            "iam/aws//modules/iam-assumable-role",
            "~> 5.30",
            "create_role = true",
            "create_instance_profile = true",
            "role_requires_mfa = false",
            f'trusted_role_services = ["{service}"]',
            "attach_admin_policy = true",
        )
        output = "iam_instance_profile_name"
        admin = "module.m.aws_iam_role_policy_attachment.admin[0]"
    else:
        text = call(
            "iam/aws//modules/iam-role",
            "~> 6.0",
            "create_instance_profile = true",
            'trust_policy_permissions = { a = { actions = ["sts:AssumeRole"], principals = '
            f'[{{ type = "Service", identifiers = ["{service}"] }}] }} }}',
            f'policies = {{ admin = "{ADMINISTRATOR}" }}',
        )
        output = "instance_profile_name"
        admin = 'module.m.aws_iam_role_policy_attachment.this["admin"]'
    launch = f"""\
resource "aws_instance" "web" {{
  iam_instance_profile = module.m.{output}
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""
    found = {(verdict, rule, address) for verdict, rule, address, _ in verdicts(configuration(text + launch))}
    expected = {("fail", "administrator-access", admin)}
    if service.startswith("lambda"):
        expected.add(("fail", "role-without-ec2-trust", "module.m.aws_iam_role.this[0]"))
    assert found == expected


@pytest.mark.parametrize(
    ("effect", "resource", "failing"), [("Allow", "*", True), ("Deny", "*", False), ("Allow", "arn:aws:s3:::b", False)]
)
@pytest.mark.parametrize("major", [5, 6])
def test_inline_policies_of_the_iam_module(
    configuration: Configuration, major: int, effect: str, resource: str, failing: bool
) -> None:
    statement = f'{{ effect = "{effect}", actions = ["*"], resources = ["{resource}"] }}'
    if major == 5:
        inline = "create_role = true", f"inline_policy_statements = [{statement}]"
        found = configuration(call("iam/aws//modules/iam-assumable-role", "~> 5.30", *inline))
    else:
        inline = "create_inline_policy = true", f"inline_policy_permissions = {{ all = {statement} }}"
        found = configuration(call("iam/aws//modules/iam-role", "~> 6.0", *inline))
    expected = [("fail", "administrator-access", "module.m.aws_iam_role_policy.inline[0]", 5)]
    assert verdicts(found) == (expected if failing else [])


def test_a_policy_of_the_iam_module(configuration: Configuration) -> None:
    policy = 'policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })'
    found = configuration(call("iam/aws//modules/iam-policy", "~> 5.0", policy))
    assert verdicts(found) == [("fail", "administrator-access", "module.m.aws_iam_policy.policy[0]", 4)]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("ec2-instance/aws", "~> 1.0"),
        ("ec2-instance/aws", ">= 7"),
        ("ec2-instance/aws", "newest"),
        ("ec2-instance/google", None),
        ("iam/aws//modules/iam-role", "~> 5.0"),
        ("vpc/aws", None),
    ],
)
def test_what_is_not_known_is_told(configuration: Configuration, name: str, version: str | None) -> None:
    found = configuration(call(name, version))
    assert found.findings == []
    assert [notice.kind for notice in found.notices] == ["unresolved"]
    assert f"terraform-aws-modules/{name}" in found.notices[0].message


def test_the_source_counts_where_it_is_installed(configuration: Configuration) -> None:
    modules = [
        {"Key": "m", "Source": "terraform-aws-modules/ec2-instance/aws", "Version": "6.0.0", "Dir": ".terraform/m"}
    ]
    found = configuration(
        {
            "main.tf": call("ec2-instance/aws", "~> 6.0"),
            ".terraform/modules/modules.json": json.dumps({"Modules": modules}),
            ".terraform/m/main.tf": 'resource "aws_iam_role" "only" {}\n',
        }
    )
    assert found.findings == []
    assert found.launches.checked == 0


def test_a_key_in_user_data_is_found_at_its_place(configuration: Configuration) -> None:
    data = 'user_data = "export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2"'
    found = configuration(call("ec2-instance/aws", "~> 6.0", PROFILE, data))
    assert [(rule, line) for verdict, rule, _, line in verdicts(found) if verdict == "fail"] == [
        ("hardcoded-access-key", 5)
    ]


@pytest.mark.parametrize("name", MODULES)
def test_stubs_are_read_whole(name: str) -> None:
    for table in MODULES[name]:
        _, problems = hcl.parse(Source(name, table.text))
        assert problems == []


@pytest.mark.parametrize(
    ("version", "arguments", "expected"),
    [
        ("~> 3.0", (), ["module.m.aws_instance.this[0]"]),
        ("~> 2.0", ("instance_count = 2",), ["module.m.aws_instance.this[0]"]),
        ("~> 3.0", ("create_spot_instance = true",), ["module.m.aws_spot_instance_request.this[0]"]),
        ("~> 2.0", ('metadata_options = { http_tokens = "required" }',), []),
        ("~> 3.0", ('metadata_options = { http_endpoint = "enabled" }',), ["module.m.aws_instance.this[0]"]),
    ],
)
def test_earlier_instances(
    configuration: Configuration, version: str, arguments: tuple[str, ...], expected: list[str]
) -> None:
    found = configuration(call("ec2-instance/aws", version, PROFILE, *arguments))
    assert [address for verdict, address, _ in of(found, "imdsv1-allowed") if verdict == "fail"] == expected
    assert found.notices == []


@pytest.mark.parametrize("name", ["ec2-instance/aws", "ec2-bastion-server/aws"])
@pytest.mark.parametrize(
    ("argument", "proven", "failing"),
    [
        ("", 1, []),
        ("metadata_http_tokens_required = false", 0, ["imdsv1-allowed"]),
        ("enabled = false", 0, []),
        ('instance_profile = "app"', 0, []),
    ],
)
def test_instances_of_cloud_posse(
    configuration: Configuration, name: str, argument: str, proven: int, failing: list[str]
) -> None:
    text = call(name, None, argument).replace("terraform-aws-modules", "cloudposse")
    found = configuration(text)
    assert [rule for verdict, rule, _, _ in verdicts(found) if verdict == "fail"] == failing
    assert (found.launches.proven, found.notices) == (proven, [])


def test_a_policy_for_the_role_of_an_instance_of_cloud_posse(configuration: Configuration) -> None:
    attached = 'resource "aws_iam_role_policy_attachment" "a" {\n  role = module.m.role\n'
    attached += f'  policy_arn = "{ADMINISTRATOR}"\n}}\n'
    text = call("ec2-instance/aws", "2.0.0").replace("terraform-aws-modules", "cloudposse")
    found = configuration(text + attached)
    assert ("fail", "aws_iam_role_policy_attachment.a") in [row[:2] for row in of(found, "administrator-access")]
    assert found.launches.failed == 1


ALL = '[{ actions = ["*"], resources = ["*"] }]'
NODE_GROUPS = "eks-managed-node-group", "self-managed-node-group"


@pytest.mark.parametrize("group", NODE_GROUPS)
@pytest.mark.parametrize("version", ["~> 20.0", "~> 21.0"])
def test_statements_of_node_groups(configuration: Configuration, group: str, version: str) -> None:
    alone = configuration(call(f"eks/aws//modules/{group}", version, f"iam_role_policy_statements = {ALL}"))
    assert verdicts(alone) == [("fail", "administrator-access", "module.m.aws_iam_role_policy.this[0]", 4)]
    groups = group.replace("-", "_")
    inside = configuration(call("eks/aws", version, f"{groups}s = {{ a = {{ iam_role_policy_statements = {ALL} }} }}"))
    address = f'module.m.module.{groups}["a"].aws_iam_role_policy.this[0]'
    assert verdicts(inside) == [("fail", "administrator-access", address, 4)]
    assert inside.launches.proven == 0


@pytest.mark.parametrize("group", NODE_GROUPS)
@pytest.mark.parametrize(
    ("argument", "rule"),
    [
        ('pre_bootstrap_user_data = "export AWS_SECRET_ACCESS_KEY=${var.s}"', "access-key-parameter-on-instance"),
        ('bootstrap_extra_args = "aws_secret_access_key=${var.s}"', "access-key-parameter-on-instance"),
        (
            'cloudinit_pre_nodeadm = [{ content = "export AWS_SECRET_ACCESS_KEY=${var.s}" }]',
            "access-key-parameter-on-instance",
        ),
        ('cloudinit_post_nodeadm = [{ content = file("${path.module}/absent.sh") }]', None),
        ('user_data_template_path = "${path.module}/absent.tpl"', None),
        ("pre_bootstrap_user_data = var.s", None),
    ],
)
def test_user_data_of_node_groups(configuration: Configuration, group: str, argument: str, rule: str | None) -> None:
    groups = group.replace("-", "_")
    text = call("eks/aws", "~> 21.0", f"{groups}s = {{ a = {{ {argument} }} }}") + 'variable "s" {}\n'
    found = configuration(text)
    assert [one for verdict, one, _, _ in verdicts(found) if verdict == "fail"] == ([rule] if rule else [])
    assert (found.launches.checked, found.launches.proven) == (1, 0)


@pytest.mark.parametrize(
    ("version", "compute"),
    [("~> 20.31", "cluster_compute_config"), ("~> 21.0", "compute_config")],
)
def test_auto_mode(configuration: Configuration, version: str, compute: str) -> None:
    arguments = (
        f'{compute} = {{ enabled = true, node_pools = ["system"] }}',
        (f'node_iam_role_additional_policies = {{ admin = "{ADMINISTRATOR}" }}'),
    )
    found = configuration(call("eks/aws", version, *arguments))
    address = 'module.m.aws_iam_role_policy_attachment.eks_auto_additional["admin"]'
    assert [one for one in verdicts(found) if one[0] == "fail"] == [("fail", "administrator-access", address, 5)]
    assert "imdsv1-allowed" not in {rule for _, rule, _, _ in verdicts(found)}
    assert configuration(call("eks/aws", version)).launches.checked == 0


@pytest.mark.parametrize(
    ("name", "version", "policy"),
    [
        ("autoscaling/aws", "~> 8.0", "{ override = [SPECIFICATION] }"),
        ("autoscaling/aws", "~> 9.0", "{ launch_template = { override = [SPECIFICATION] } }"),
        ("eks/aws//modules/self-managed-node-group", "~> 20.0", "{ override = [SPECIFICATION] }"),
        ("eks/aws//modules/self-managed-node-group", "~> 21.0", "{ launch_template = { override = [SPECIFICATION] } }"),
    ],
)
def test_templates_of_overrides(configuration: Configuration, name: str, version: str, policy: str) -> None:
    override = "{ launch_template_specification = { launch_template_id = aws_launch_template.own.id } }"
    arguments = (
        "create_iam_instance_profile = true",
        'metadata_options = { http_tokens = "required" }',
        "use_mixed_instances_policy = true",
        f"mixed_instances_policy = {policy.replace('SPECIFICATION', override)}",
    )
    found = configuration(call(name, version, *arguments) + 'resource "aws_launch_template" "own" {}\n')
    assert {(rule, address) for verdict, rule, address, _ in verdicts(found) if verdict == "fail"} == {
        ("imdsv1-allowed", "aws_launch_template.own"),
        ("missing-instance-profile", "aws_launch_template.own"),
        ("pinned-launch-template-version", "module.m.aws_autoscaling_group.this[0]"),
    }


def test_power_users_and_documents_of_the_iam_module(configuration: Configuration) -> None:
    arguments = (
        "create_role = true",
        "create_instance_profile = true",
        "role_requires_mfa = false",
        'trusted_role_services = ["ec2.amazonaws.com"]',
        "attach_poweruser_policy = true",
    )
    power = configuration(call("iam/aws//modules/iam-assumable-role", "~> 5.30", *arguments))
    assert of(power, "near-administrator-access") == [
        ("fail", "module.m.aws_iam_role_policy_attachment.poweruser[0]", 2)
    ]
    document = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })'
    inline = "create_inline_policy = true", f"source_inline_policy_documents = [{document}]"
    made = configuration(call("iam/aws//modules/iam-role", "~> 6.0", *inline))
    assert verdicts(made) == [("fail", "administrator-access", "module.m.aws_iam_role_policy.inline_documents[0]", 5)]


def test_a_role_that_another_resource_names(configuration: Configuration) -> None:
    arguments = 'name = "web"', "create_iam_instance_profile = true", "iam_role_use_name_prefix = false"
    attached = (
        f'resource "aws_iam_role_policy_attachment" "a" {{\n  role = "web"\n  policy_arn = "{ADMINISTRATOR}"\n}}\n'
    )
    found = configuration(call("ec2-instance/aws", "~> 6.0", *arguments) + attached)
    assert [one[:3] for one in verdicts(found)] == [
        ("fail", "administrator-access", "aws_iam_role_policy_attachment.a")
    ]
    assert (found.launches.proven, found.launches.failed) == (0, 1)


def test_many_modules_stay_within_the_budget(configuration: Configuration) -> None:
    calls = "".join(
        f'module "m{number}" {{\n  source = "terraform-aws-modules/eks/aws"\n  version = "~> 21.0"\n}}\n'
        for number in range(4)
    )
    web = call("ec2-instance/aws", "~> 6.0", "create_iam_instance_profile = true")
    found = configuration(web + calls)
    assert found.notices == []
    assert (found.launches.checked, found.launches.proven) == (1, 1)


TOKENS = 'metadata_options = { http_tokens = "required" }'
ENDPOINT_AND_TOKENS = 'metadata_options = { http_endpoint = "enabled", http_tokens = "required" }'
NAMED = 'iam_instance_profile_name = "app"'
OWN = 'resource "aws_launch_template" "own" {\n  name = "own"\n}\n'


@pytest.mark.parametrize(
    ("version", "arguments", "checked", "failing"),
    [
        ("~> 4.0", [TOKENS, NAMED, "create_lt = true", "use_lt = true"], 1, set[str]()),
        ("~> 4.0", [NAMED, "create_lt = true", "use_lt = true"], 1, {"imdsv1-allowed"}),
        ("~> 4.0", [ENDPOINT_AND_TOKENS, NAMED, "create_lc = true", "use_lc = true"], 1, set[str]()),
        ("5.0.0", [ENDPOINT_AND_TOKENS, "create_lc = true", "use_lc = true"], 1, {"missing-instance-profile"}),
        ("~> 4.0", [TOKENS, NAMED, "create_asg = false", "create_lt = true"], 0, set[str]()),
        ("~> 5.1", [TOKENS, NAMED], 1, set[str]()),
        ("~> 5.1", [], 1, {"imdsv1-allowed", "missing-instance-profile"}),
        (
            "~> 6.5",
            [TOKENS, "create_iam_instance_profile = true", f'iam_role_policies = {{ a = "{ADMINISTRATOR}" }}'],
            1,
            {"administrator-access"},
        ),
        ("~> 6.5", [TOKENS, "create_iam_instance_profile = true"], 1, set[str]()),
        (
            "~> 6.0",
            ["create_launch_template = false", 'launch_template = "own"', 'launch_template_version = "$Latest"'],
            1,
            {"imdsv1-allowed", "missing-instance-profile"},
        ),
    ],
)
def test_earlier_groups(
    configuration: Configuration, version: str, arguments: list[str], checked: int, failing: set[str]
) -> None:
    found = configuration(call("autoscaling/aws", version, *arguments) + (OWN if "own" in str(arguments) else ""))
    assert {rule for verdict, rule, _, _ in verdicts(found) if verdict == "fail"} == failing
    assert (found.launches.checked, found.notices) == (checked, [])


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("autoscaling/aws", "~> 6.0"),
        ("autoscaling/aws", "~> 9.0"),
        ("eks/aws//modules/self-managed-node-group", "~> 20.0"),
    ],
)
def test_a_version_of_a_template_of_the_root_counts(configuration: Configuration, name: str, version: str) -> None:
    template = """\
resource "aws_launch_template" "own" {
  name = "own"
  iam_instance_profile {
    name = aws_iam_instance_profile.own.name
  }
  metadata_options {
    http_tokens = "required"
  }
}
resource "aws_iam_instance_profile" "own" {
  role = aws_iam_role.own.name
}
resource "aws_iam_role" "own" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
"""
    given = 'launch_template = "own"' if "6.0" in version else "launch_template_id = aws_launch_template.own.id"
    for number, proven in (('"$Latest"', 1), ('"7"', 0)):
        arguments = "create_launch_template = false", given, f"launch_template_version = {number}"
        assert configuration(call(name, version, *arguments) + template).launches.proven == proven


@pytest.mark.parametrize(
    ("argument", "checked", "proven", "failing"),
    [
        ("worker_groups = [{}]", 1, 0, {"imdsv1-allowed"}),
        ('worker_groups = [{ metadata_http_tokens = "required" }]', 1, 1, set[str]()),
        ('worker_groups_launch_template = [{}, { metadata_http_tokens = "required" }]', 2, 1, {"imdsv1-allowed"}),
        (
            'worker_groups = [{}]\n  workers_group_defaults = { metadata_http_tokens = "required" }',
            1,
            1,
            set[str](),
        ),
        (
            'worker_groups = [{ metadata_http_tokens = "required", userdata_template_file = "absent.tpl" }]',
            1,
            0,
            set[str](),
        ),
        (
            'worker_groups = [{ metadata_http_tokens = "required", additional_userdata = '
            '"export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2" }]',
            1,
            0,
            {"hardcoded-access-key"},
        ),
        (
            'worker_groups = [{ metadata_http_tokens = "required" }]\n'
            f'  workers_additional_policies = ["{ADMINISTRATOR}"]',
            1,
            0,
            {"administrator-access"},
        ),
        ("node_groups = { a = { create_launch_template = true } }", 1, 0, {"imdsv1-allowed"}),
        (
            'node_groups = { a = { create_launch_template = true, metadata_http_tokens = "required" } }',
            1,
            1,
            set[str](),
        ),
        ("worker_groups = [{}]\n  create_eks = false", 0, 0, set[str]()),
    ],
)
def test_worker_groups(
    configuration: Configuration, argument: str, checked: int, proven: int, failing: set[str]
) -> None:
    found = configuration(call("eks/aws", "17.24.0", argument))
    assert {rule for verdict, rule, _, _ in verdicts(found) if verdict == "fail"} == failing
    assert (found.launches.checked, found.launches.proven) == (checked, proven)


def test_node_groups_had_no_options_before(configuration: Configuration) -> None:
    groups = 'node_groups = { a = { create_launch_template = true, metadata_http_tokens = "required" } }'
    assert configuration(call("eks/aws", "17.17.0", groups)).launches.proven == 0
    assert configuration(call("eks/aws", "~> 17.0", groups)).launches.proven == 0


def test_a_node_group_with_a_template_of_a_name(configuration: Configuration) -> None:
    groups = 'eks_managed_node_groups = { a = { create_launch_template = false, launch_template_name = "own" } }'
    found = configuration(call("eks/aws", "18.31.2", groups) + OWN)
    assert ("fail", "aws_launch_template.own") in [row[:2] for row in of(found, "imdsv1-allowed")]
    assert found.launches.failed == 1


PROFILE_OF_ROLE = """
resource "aws_instance" "web" {
  iam_instance_profile = module.m.OUTPUT
  metadata_options {
    http_tokens = "required"
  }
}
"""
EC2_TRUST = (
    'jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", '
    'Principal = { Service = "ec2.amazonaws.com" } }] })'
)


@pytest.mark.parametrize(
    ("version", "arguments", "proven"),
    [
        ("2.25.0", ["role_requires_mfa = false", 'trusted_role_services = ["ec2.amazonaws.com"]'], True),
        ("~> 3.0", ["role_requires_mfa = false", 'trusted_role_services = ["ec2.amazonaws.com"]'], True),
        ("~> 4.0", ['trusted_role_services = ["ec2.amazonaws.com"]'], False),
        ("~> 4.0", [f"custom_role_trust_policy = {EC2_TRUST}"], True),
        ("5.29.0", [f"custom_role_trust_policy = {EC2_TRUST}"], True),
        # From then on only where it is asked for.
        ("5.30.0", [f"custom_role_trust_policy = {EC2_TRUST}"], False),
        ("5.30.0", [f"custom_role_trust_policy = {EC2_TRUST}", "create_custom_role_trust_policy = true"], True),
        ("~> 5.0", [f"custom_role_trust_policy = {EC2_TRUST}"], False),
        (
            "5.42.0",
            [
                "role_requires_mfa = false",
                'trusted_role_services = ["ec2.amazonaws.com"]',
                'trusted_role_actions = ["sts:TagSession"]',
            ],
            False,
        ),
        (
            "5.60.0",
            [
                "role_requires_mfa = false",
                'trusted_role_services = ["ec2.amazonaws.com"]',
                'trusted_role_actions = ["sts:TagSession"]',
            ],
            True,
        ),
    ],
)
def test_earlier_roles(configuration: Configuration, version: str, arguments: list[str], proven: bool) -> None:
    made = "create_role = true", "create_instance_profile = true", 'role_name = "web"'
    before = "this_" if version[-6:] in ("2.25.0", "~> 3.0") else ""
    launch = PROFILE_OF_ROLE.replace("OUTPUT", f"{before}iam_instance_profile_name")
    found = configuration(call("iam/aws//modules/iam-assumable-role", version, *made, *arguments) + launch)
    assert (found.launches.checked, found.launches.proven) == (1, int(proven))


@pytest.mark.parametrize("version", ["~> 2.0", "~> 3.0"])
def test_the_profile_of_instances_of_ecs(configuration: Configuration, version: str) -> None:
    output = "iam_instance_profile_id" if "3" in version else "this_iam_instance_profile_id"
    text = call("ecs/aws//modules/ecs-instance-profile", version, 'name = "app"')
    found = configuration(text + PROFILE_OF_ROLE.replace("OUTPUT", output))
    assert (found.launches.checked, found.launches.proven, found.notices) == (1, 1, [])


@pytest.mark.parametrize(
    ("version", "argument", "output", "failing"),
    [
        ("~> 2.0", "", "this_iam_access_key_secret", True),
        ("~> 5.0", "", "iam_access_key_secret", True),
        ("~> 5.0", "create_iam_access_key = false", "iam_access_key_secret", False),
        ("~> 5.0", 'pgp_key = "keybase:example"', "iam_access_key_secret", False),
        ("~> 6.0", "", "access_key_secret", True),
        ("~> 6.0", "create_access_key = false", "access_key_secret", False),
    ],
)
def test_the_key_of_a_user(
    configuration: Configuration, version: str, argument: str, output: str, failing: bool
) -> None:
    user = call("iam/aws//modules/iam-user", version, 'name = "ci"', argument)
    launch = f"""
resource "aws_instance" "web" {{
  iam_instance_profile = "web"
  user_data            = "export AWS_SECRET_ACCESS_KEY=${{module.m.{output}}}"
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""
    found = of(configuration(user + launch), "generated-access-key-on-instance")
    assert [verdict for verdict, _, _ in found] == (["fail"] if failing else [])


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ('namespace = "eg"\n  stage = "prod"\n  name = "app"', "eg-prod-app"),
        ('name = "A pp!"\n  attributes = ["x", "x", "y_z"]\n  delimiter = "."', "app.x.yz"),
        ('name = "App"\n  label_value_case = "none"', "App"),
        ('name = "app"\n  namespace = "eg"\n  label_order = ["name", "namespace"]', "app-eg"),
        ('name = "app"\n  id_length_limit = 0', "app"),
        ('name = "a-long-name"\n  namespace = "eg"\n  id_length_limit = 10', "eg-a-b7599"),
        ('context = { namespace = "ns", name = "n", enabled = true }', "ns-n"),
    ],
)
def test_names_of_labels(configuration: Configuration, arguments: str, name: str) -> None:
    text = f'''
module "label" {{
  source  = "cloudposse/label/null"
  version = "0.25.0"
  {arguments}
}}
module "next" {{
  source  = "cloudposse/label/null"
  version = "0.25.0"
  context = module.label.context
}}
resource "aws_iam_role" "app" {{
  name               = module.next.id
  assume_role_policy = {EC2_TRUST}
}}
resource "aws_iam_role_policy_attachment" "admin" {{
  role       = "{name}"
  policy_arn = "{ADMINISTRATOR}"
}}
resource "aws_iam_instance_profile" "app" {{
  role = aws_iam_role.app.name
}}
resource "aws_instance" "web" {{
  count                = module.next.enabled ? 1 : 0
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {{
    http_tokens = "required"
  }}
}}
'''
    found = configuration(text)
    assert (found.notices, found.launches.checked) == ([], 1)
    assert [(one.rule, one.severity.word) for one in found.findings] == [("administrator-access", "critical")]
    off = configuration(text.replace('version = "0.25.0"\n', 'version = "0.25.0"\n  enabled = false\n', 1))
    assert off.launches.checked == 0


@pytest.mark.parametrize(
    ("source", "arguments", "name"),
    [
        ('"cloudposse/label/null"\n  version = "0.22.1"', 'name = "App"\n  stage = "prod"', "prod-app"),
        ('"cloudposse/label/null"\n  version = "0.22.1"', 'name = "app"\n  attributes = ["B_c"]', "app-bc"),
        ('"cloudposse/label/null"\n  version = "~> 0.19.0"', 'name = "long-name"\n  id_length_limit = 8', "lo-631ea"),
        ('"cloudposse/label/null"\n  version = "0.16.0"', 'name = "app"\n  namespace = "eg"', "eg-app"),
        (
            '"git::https://github.com/cloudposse/terraform-null-label.git?ref=tags/0.16.0"',
            'name = "a!b"\n  delimiter = "_"\n  stage = "x"',
            "x_ab",
        ),
    ],
)
def test_names_of_earlier_labels(configuration: Configuration, source: str, arguments: str, name: str) -> None:
    text = f"""
module "label" {{
  source = {source}
  {arguments}
}}
resource "aws_iam_role" "app" {{
  name               = module.label.id
  assume_role_policy = {EC2_TRUST}
}}
resource "aws_iam_role_policy_attachment" "admin" {{
  role       = "{name}"
  policy_arn = "{ADMINISTRATOR}"
}}
resource "aws_iam_instance_profile" "app" {{
  role = aws_iam_role.app.name
}}
resource "aws_instance" "web" {{
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""
    found = configuration(text)
    assert found.notices == []
    assert [(one.rule, one.severity.word) for one in found.findings] == [("administrator-access", "critical")]


@pytest.mark.parametrize("ref", ["master", "0.16", "feature/0.16.0", "tags/9.9.9"])
def test_a_repository_without_a_known_tag_is_not_read(configuration: Configuration, ref: str) -> None:
    source = f'"git::https://github.com/cloudposse/terraform-null-label.git?ref={ref}"'
    found = configuration(f'{HEAD}module "m" {{\n  source = {source}\n  name = "x"\n}}\n')
    assert ["is not here" in notice.message for notice in found.notices] == [True]


def test_a_bastion_of_a_version_that_makes_no_profile(configuration: Configuration) -> None:
    found = [
        configuration(call("ec2-bastion-server/aws", version).replace("terraform-aws-modules", "cloudposse"))
        for version in ("0.23.0", "0.24.1", "0.25.0")
    ]
    assert [report.launches.proven for report in found] == [1, 0, 1]
    assert [rule for _, rule, _, _ in verdicts(found[1])] == ["missing-instance-profile"]


ALLOWED = "task_exec_iam_role_policies = { A = " + f'"{ADMINISTRATOR}"' + " }"
SERVICE = "services = { s = { %s } }"
MANAGED = "capacity_providers = { a = { managed_instances_provider = { instance_launch_template = {} } } }"


@pytest.mark.parametrize(
    ("name", "version", "arguments", "expected"),
    [
        ("ecs/aws", "3.5.0", ('name = "x"',), []),
        ("ecs/aws", "5.12.1", (ALLOWED,), []),
        ("ecs/aws", "5.12.1", (ALLOWED, "create_task_exec_iam_role = true"), ["task_exec"]),
        ("ecs/aws", "6.0.0", (SERVICE % ALLOWED,), ['service["s"].aws_iam_role_policy_attachment.task_exec["A"]']),
        ("ecs/aws", "7.5.0", (SERVICE % f"tasks_iam_role_statements = {ALL}",), ["aws_iam_policy.tasks[0]"]),
        ("ecs/aws", "5.12.1", (SERVICE % f"tasks_iam_role_statements = {ALL}",), ["aws_iam_role_policy.tasks[0]"]),
        ("ecs/aws", "7.5.0", (SERVICE % f"create = false, tasks_iam_role_statements = {ALL}",), []),
        (
            "ecs/aws//modules/cluster",
            "7.5.0",
            (MANAGED, f"node_iam_role_statements = {ALL}"),
            ["aws_iam_policy.node[0]"],
        ),
        ("ecs/aws//modules/cluster", "7.5.0", (f"node_iam_role_statements = {ALL}",), []),
        ("ecs/aws//modules/service", "7.5.0", (f"task_exec_iam_statements = {ALL}",), ["aws_iam_policy.task_exec[0]"]),
    ],
)
def test_roles_of_ecs(
    configuration: Configuration, name: str, version: str, arguments: tuple[str, ...], expected: list[str]
) -> None:
    found = configuration(call(name, version, *arguments))
    assert found.notices == []
    addresses = [address for verdict, address, _ in of(found, "administrator-access") if verdict == "fail"]
    assert len(addresses) == len(expected)
    assert all(part in address for part, address in zip(expected, addresses, strict=True))


def test_a_cluster_that_launches_has_a_profile_unless_told_otherwise(configuration: Configuration) -> None:
    cluster = "ecs/aws//modules/cluster"
    own = configuration(call(cluster, "7.5.0", MANAGED))
    assert own.launches.checked == 1
    assert [rule for _, rule, _, _ in verdicts(own) if rule == "missing-instance-profile"] == []
    none = configuration(call(cluster, "7.5.0", MANAGED, "create_node_iam_instance_profile = false"))
    assert [rule for verdict, rule, _, _ in verdicts(none) if verdict == "fail"] == ["missing-instance-profile"]


def test_instances_that_join_a_cluster_of_the_module(configuration: Configuration) -> None:
    launch = """
module "group" {
  source                      = "terraform-aws-modules/autoscaling/aws"
  version                     = "9.0.0"
  name                        = "x"
  create_iam_instance_profile = true
  user_data                   = base64encode("#!/bin/bash\\necho ${module.m.cluster_name} > /etc/c\\n")
}
"""
    found = configuration(call("ecs/aws", "5.12.1", 'cluster_name = "x"') + launch)
    assert (found.launches.proven, found.notices) == (1, [])
