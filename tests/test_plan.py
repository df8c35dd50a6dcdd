"""Plans and states that `terraform show -json` prints: what is judged, where findings stand, what stays hidden."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iplint.cli import CLEAN, FINDINGS, INCOMPLETE, USAGE, run
from iplint.terraform.plan.address import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WEB = Path(__file__).parent / "plans" / "web"
EXPECT = re.compile(r"# expect: ([\w, -]+)")
EC2_TRUST = '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}]}'
LAMBDA_TRUST = EC2_TRUST.replace("ec2.", "lambda.")
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
SAFE = {"metadata_options": [{"http_tokens": "required"}]}
KEY = "AKIAQ2FAKEFAKEFAKE55"


class Checked:
    """One run in this process: its exit status, the JSON report, and what it said on standard error."""

    def __init__(self, status: int, report: dict[str, Any], said: str) -> None:
        self.status = status
        self.report = report
        self.said = said

    def failures(self) -> list[tuple[str, str]]:
        return [(f["rule"], f["address"]) for f in self.report["findings"] if f["verdict"] == "fail"]

    def undecided(self) -> list[tuple[str, str]]:
        return [(f["rule"], f["address"]) for f in self.report["findings"] if f["verdict"] == "undecided"]

    def places(self) -> list[tuple[str, str, int, int]]:
        return [(f["rule"], f["path"], f["line"], f["column"]) for f in self.report["findings"]]

    def notices(self) -> list[tuple[str, str]]:
        return [(n["kind"], n["message"]) for n in self.report["notices"]]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Checked]:
    """Run `iplint check` with arguments in a directory of its own; a plan that is given is `plan.json` there."""
    monkeypatch.chdir(tmp_path)

    def go(*arguments: str, plan: object = None, indent: int | None = None) -> Checked:
        if plan is not None:
            separators = (",", ":") if indent is None else None
            (tmp_path / "plan.json").write_text(json.dumps(plan, indent=indent, separators=separators))
            arguments = ("plan.json", *arguments)
        output = tmp_path.parent / f"{tmp_path.name}.report"
        output.unlink(missing_ok=True)
        status = run(["check", *arguments, "--format", "json", "--undecided", "--output", str(output)])
        report = json.loads(output.read_text()) if output.exists() else {"findings": [], "notices": []}
        return Checked(status, report, capsys.readouterr().err)

    return go


# Plans in the documented form, small ones.


def resource(address: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A resource of planned values."""
    mode = "data" if "data." in address else "managed"
    parts = re.sub(r'\["?[^\]]*\]', "", address).split(".")
    found = re.search(r'\[("?)([^\]"]*)"?\]$', address)
    index = {} if found is None else {"index": found[2] if found[1] else int(found[2])}
    return {"address": address, "mode": mode, "type": parts[-2], "name": parts[-1], **index, "values": values, **more}


def change(address: str, unknown: Any, actions: Sequence[str] = ("create",), **more: Any) -> dict[str, Any]:
    """What a plan does with a resource."""
    after = {"actions": list(actions), "before": None, "after": {}, "after_unknown": unknown, **more}
    return {**resource(address, {}), "change": after}


def written(address: str, expressions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A resource of the configuration; texts are constants, lists of texts references."""
    return {**resource(address, {}), "expressions": {k: expression(v) for k, v in expressions.items()}, **more}


def expression(value: Any) -> Any:
    if isinstance(value, dict):
        return [{name: expression(inner) for name, inner in value.items()}]
    if isinstance(value, list):
        return {"references": value}
    return {"constant_value": value}


def refer(attribute: str) -> list[str]:
    return [attribute, attribute.rpartition(".")[0]]


def planned(
    resources: list[dict[str, Any]],
    changes: list[dict[str, Any]] = [],  # noqa: B006  # read only
    configuration: list[dict[str, Any]] | dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        **more,
    }
    if isinstance(configuration, list):
        configuration = {"root_module": {"resources": configuration}}
    return plan if configuration is None else {**plan, "configuration": configuration}


INSTANCE = "aws_instance.web"
PROFILE = "aws_iam_instance_profile.web"
ROLE = "aws_iam_role.web"


def role(address: str, name: str, trust: str = EC2_TRUST, **more: Any) -> dict[str, Any]:
    return resource(address, {"name": name, "assume_role_policy": trust, **more})


# The whole example, with the configuration it was made from.


def expected(folder: Path) -> list[tuple[str, str, int]]:
    """Rule, path and line of every comment that expects a finding."""
    return sorted(
        (rule, path.relative_to(folder).as_posix(), number)
        for path in folder.rglob("*.tf")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := EXPECT.search(line))
        for rule in found[1].split(", ")
    )


@pytest.fixture
def web(tmp_path: Path) -> dict[str, Any]:
    """The example plan; its files lie in the directory of the test."""
    shutil.copytree(WEB, tmp_path, dirs_exist_ok=True)
    return json.loads((WEB / "plan.json").read_text())  # type: ignore[no-any-return]  # JSON


@pytest.mark.usefixtures("web")
def test_with_the_root_at_hand_findings_stand_in_its_files(check: Callable[..., Checked]) -> None:
    done = check("plan.json", "--root", ".")
    found = {(f["rule"], f["path"], f["line"]) for f in done.report["findings"] if f["verdict"] == "fail"}
    elsewhere = {one for one in found if one[1] == "plan.json"}
    assert sorted(found - elsewhere) == expected(WEB)
    assert done.status == FINDINGS
    # What a dynamic block refers to is in no plan; the instances of one block are one finding.
    assert done.undecided() == [("role-without-ec2-trust", 'aws_autoscaling_group.dynamic["blue"]')]


@pytest.mark.usefixtures("web")
def test_a_module_from_elsewhere_is_shown_in_the_plan_and_in_no_other_modules_file(
    check: Callable[..., Checked],
) -> None:
    done = check("plan.json", "--root", ".")
    (finding,) = [f for f in done.report["findings"] if f["address"].startswith("module.worker.")]
    text = (WEB / "plan.json").read_text()
    at = text.index('"http_tokens":"optional"', text.index("module.worker")) + len('"http_tokens":')
    assert (finding["rule"], finding["path"]) == ("imdsv1-allowed", "plan.json")
    assert (finding["line"], finding["column"], finding["end_column"]) == (1, at + 1, at + 1 + len('"optional"'))


ADDRESSES = sorted(
    [
        ("administrator-access", "aws_iam_role_policy_attachment.admin"),
        ("administrator-access", "data.aws_iam_policy_document.late"),
        ("hardcoded-access-key", "aws_instance.keyed"),
        ("hardcoded-access-key", "aws_launch_template.secret"),
        ("imdsv1-allowed", "aws_instance.bare"),
        ("imdsv1-allowed", "aws_launch_template.group"),
        ("imdsv1-allowed", "module.app[0].aws_instance.this"),
        ("imdsv1-allowed", "module.app[1].aws_instance.this"),
        ("imdsv1-allowed", "module.worker.aws_instance.this[0]"),
        ("missing-instance-profile", "aws_instance.bare"),
        ("role-without-ec2-trust", "aws_iam_role.lambda"),
        ("role-without-ec2-trust", "module.other.aws_iam_role.good"),
    ]
)


@pytest.mark.parametrize("indent", [None, 2])
def test_places_in_one_line_and_in_many(check: Callable[..., Checked], web: dict[str, Any], indent: int | None) -> None:
    done = check(plan=web, indent=indent)
    assert sorted(done.failures()) == ADDRESSES
    launches = done.report["summary"]["launches"]
    assert launches == {**launches, "checked": 12, "proven": 2, "failed": 8, "undecided": 2}
    lines = Path("plan.json").read_text().split("\n")
    shown = {
        (f["rule"], f["address"]): lines[f["line"] - 1][f["column"] - 1 : f["end_column"] - 1]
        for f in done.report["findings"]
    }
    assert shown["administrator-access", "aws_iam_role_policy_attachment.admin"] == f'"{ADMIN}"'
    assert shown["hardcoded-access-key", "aws_instance.keyed"] == "AKIAQ2FAKEFAKEFAKE22"
    assert shown["imdsv1-allowed", "aws_instance.bare"] == '"aws_instance.bare"'
    assert shown["imdsv1-allowed", "aws_launch_template.group"] == '"metadata_options"'
    assert shown["imdsv1-allowed", "module.app[1].aws_instance.this"] == '"optional"'
    assert shown["role-without-ec2-trust", "aws_iam_role.lambda"].startswith(r"\"lambda.amazonaws.com")
    assert shown["role-without-ec2-trust", "module.other.aws_iam_role.good"] == '"ecs-tasks.amazonaws.com"'


def test_equal_names_in_other_modules_are_not_mixed(check: Callable[..., Checked], web: dict[str, Any]) -> None:
    done = check(plan=web)
    related = {f["address"]: [r["message"] for r in f["related"]] for f in done.report["findings"]}
    assert any(
        "module.worker.aws_instance.this[0] launches" in one for one in related["module.other.aws_iam_role.good"]
    )
    assert not any("aws_instance.good" in one for one in related["module.other.aws_iam_role.good"])


def test_what_is_only_deleted_is_not_judged(check: Callable[..., Checked], web: dict[str, Any]) -> None:
    before = {"iam_instance_profile": "", "user_data": KEY}
    web["resource_changes"].append(change("aws_instance.old", {}, ["delete"], before=before, after=None))
    done = check(plan=web)
    assert sorted(done.failures()) == ADDRESSES
    assert "aws_instance.old" not in json.dumps(done.report)


def test_user_data_of_which_the_plan_holds_a_hash_only(check: Callable[..., Checked]) -> None:
    hashed = {**SAFE, "iam_instance_profile": "web", "user_data": "b933df911d9449da9cd5063658e63584274b004c"}
    written_as = {"user_data": ["var.script"]}
    done = check(plan=planned([resource(INSTANCE, hashed)], [], [written(INSTANCE, written_as)]))
    message = f"the plan holds only a hash of the user data of {INSTANCE}: keys are not searched for in it"
    assert done.notices() == [("unresolved", message)]
    done = check(plan=planned([resource(INSTANCE, hashed)], [], [written(INSTANCE, {"user_data": f"id={KEY}"})]))
    assert (done.notices(), done.failures()) == ([], [("hardcoded-access-key", INSTANCE)])


def test_plan_and_configuration_side_by_side_are_both_judged(
    check: Callable[..., Checked], web: dict[str, Any]
) -> None:
    done = check(".")
    paths = {f["path"] for f in done.report["findings"] if f["address"] == "aws_instance.bare"}
    assert paths == {"plan.json", "main.tf"}
    assert done.report["summary"]["files"]["checked"] == 4


@pytest.mark.usefixtures("web")
def test_the_root_may_lie_elsewhere(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "plan.json").rename(tmp_path.parent / f"{tmp_path.name}.json")
    done = check(f"../{tmp_path.name}.json", "--root", ".")
    assert ("imdsv1-allowed", "app/main.tf", 14, 19) in done.places()


# What is known only after apply.


def launching(how: Any, unknown: Any = True, **more: Any) -> dict[str, Any]:
    """An instance with a profile known only after apply, written as `how`, and a profile whose role is not EC2's."""
    return planned(
        [
            resource(INSTANCE, SAFE),
            resource(PROFILE, {"role": "web"}),
            role(ROLE, "web", LAMBDA_TRUST),
        ],
        [change(INSTANCE, {"iam_instance_profile": unknown}), change(PROFILE, {"name": True})],
        [
            written(INSTANCE, {"iam_instance_profile": how, "metadata_options": {"http_tokens": "required"}}),
            written(PROFILE, {"role": refer(f"{ROLE}.name")}),
            written(ROLE, {"name": "web"}),
        ],
        **more,
    )


TRUST = [("role-without-ec2-trust", ROLE)]


@pytest.mark.parametrize(
    "references", [refer(f"{PROFILE}.name"), [PROFILE], [*refer(f"{PROFILE}.id"), "var.anything", "local.x"]]
)
def test_an_unknown_profile_leads_to_its_resource(check: Callable[..., Checked], references: list[str]) -> None:
    done = check(plan=launching(references))
    assert done.failures() == TRUST
    assert done.report["findings"][0]["severity"] == "high"
    assert "aws_instance.web launches with" in done.report["findings"][0]["related"][0]["message"]


def test_an_unknown_profile_that_leads_nowhere_is_a_profile(check: Callable[..., Checked]) -> None:
    done = check(plan=launching(["local.profile"]))
    assert done.failures() == TRUST
    assert done.report["findings"][-1]["severity"] == "medium"
    assert ("role-without-ec2-trust", INSTANCE) in done.undecided()
    messages = [f["message"] for f in done.report["findings"]]
    assert any("aws_instance.web.iam_instance_profile, which is known only after apply" in one for one in messages)


def test_what_nobody_writes_is_not_set_though_aws_will_set_it(check: Callable[..., Checked]) -> None:
    unknown = [change(INSTANCE, {"iam_instance_profile": True, "metadata_options": True})]
    done = check(plan=planned([resource(INSTANCE, {})], unknown, [written(INSTANCE, {"ami": "ami-1"})]))
    assert sorted(done.failures()) == [("imdsv1-allowed", INSTANCE), ("missing-instance-profile", INSTANCE)]


def test_what_is_written_as_null_is_not_set(check: Callable[..., Checked]) -> None:
    plan = launching(["var.profile"])
    done = check(plan=plan)
    assert ("missing-instance-profile", INSTANCE) in done.failures()
    plan["configuration"]["root_module"]["resources"][0]["expressions"]["iam_instance_profile"] = {}
    assert ("missing-instance-profile", INSTANCE) in check(plan=plan).failures()
    known = refer(f"{PROFILE}.role")
    plan["configuration"]["root_module"]["resources"][0]["expressions"]["iam_instance_profile"] = expression(known)
    assert ("missing-instance-profile", INSTANCE) in check(plan=plan).failures()


def test_without_the_configuration_nobody_knows_what_is_written(check: Callable[..., Checked]) -> None:
    unknown = [change(INSTANCE, {"iam_instance_profile": True, "metadata_options": True})]
    done = check(plan=planned([resource(INSTANCE, {})], unknown))
    assert not done.failures()
    assert ("imdsv1-allowed", INSTANCE) in done.undecided()


def test_the_parts_of_a_dynamic_block_may_be_written(check: Callable[..., Checked], tmp_path: Path) -> None:
    plan = planned(
        [resource(INSTANCE, {"iam_instance_profile": "web", "metadata_options": [{"http_endpoint": "enabled"}]})],
        [change(INSTANCE, {"metadata_options": [{"http_tokens": True}]})],
        [written(INSTANCE, {"iam_instance_profile": "web"})],
    )
    assert ("imdsv1-allowed", INSTANCE) in check(plan=plan).undecided()
    block = 'resource "aws_instance" "web" {{\n  dynamic "metadata_options" {{\n    content {{\n{}    }}\n  }}\n}}\n'
    (tmp_path / "main.tf").write_text(block.format("      http_tokens = local.tokens\n"))
    assert ("imdsv1-allowed", INSTANCE) in check("--root", ".", plan=plan).undecided()
    (tmp_path / "main.tf").write_text(block.format('      http_endpoint = "enabled"\n'))
    done = check("--root", ".", plan=plan)
    assert ("imdsv1-allowed", "main.tf", 2, 3) in done.places()
    assert done.failures() == [("imdsv1-allowed", INSTANCE)]


@pytest.mark.parametrize(
    ("references", "linked"),
    [
        (["aws_iam_instance_profile.web", "each.key"], True),
        (['aws_iam_instance_profile.web["b"].name', 'aws_iam_instance_profile.web["b"]', PROFILE], True),
        (['aws_iam_instance_profile.web["a"].name', 'aws_iam_instance_profile.web["a"]', PROFILE], False),
        (["aws_iam_instance_profile.web", "local.which"], None),
    ],
)
def test_instances_are_linked_by_their_keys(
    check: Callable[..., Checked], references: list[str], linked: bool | None
) -> None:
    plan = planned(
        [
            resource('aws_instance.web["b"]', SAFE),
            resource('aws_iam_instance_profile.web["a"]', {"role": "good"}),
            resource('aws_iam_instance_profile.web["b"]', {"role": "bad"}),
            role("aws_iam_role.good", "good"),
            role("aws_iam_role.bad", "bad", LAMBDA_TRUST),
        ],
        [change('aws_instance.web["b"]', {"iam_instance_profile": True})],
        [written(INSTANCE, {"iam_instance_profile": references}), written(PROFILE, {"role": ["local.roles"]})],
    )
    done = check(plan=plan)
    assert done.failures() == [("role-without-ec2-trust", "aws_iam_role.bad")]
    launched = any("launches with" in one["message"] for one in done.report["findings"][-1]["related"])
    assert launched is bool(linked)
    assert (("role-without-ec2-trust", 'aws_instance.web["b"]') in done.undecided()) is (linked is None)


def test_references_go_through_variables_and_outputs(check: Callable[..., Checked]) -> None:
    plan = launching([])
    instance, profile, one = plan["planned_values"]["root_module"].pop("resources")
    instance["address"] = f"module.run[0].{INSTANCE}"
    profile["address"] = f"module.identity.{PROFILE}"
    one["address"] = f"module.identity.{ROLE}"
    plan["planned_values"]["root_module"]["child_modules"] = [
        {"address": "module.run[0]", "resources": [instance]},
        {"address": "module.identity", "resources": [profile, one]},
    ]
    for changed, made in zip(plan["resource_changes"], (instance, profile, one), strict=False):
        changed["address"] = made["address"]
    declared = plan["configuration"]["root_module"].pop("resources")
    declared[0]["expressions"]["iam_instance_profile"] = expression(["var.settings.profile", "var.settings"])
    outputs = {"profile": {"expression": expression(refer(f"{PROFILE}.name"))}}
    plan["configuration"]["root_module"]["module_calls"] = {
        "run": {
            "expressions": {"settings": expression(["module.identity.profile", "module.identity"])},
            "module": {"resources": declared[:1]},
        },
        "identity": {"module": {"resources": declared[1:], "outputs": outputs}},
    }
    done = check(plan=plan)
    assert done.failures() == [("role-without-ec2-trust", f"module.identity.{ROLE}")]
    assert "module.run[0].aws_instance.web launches with" in done.report["findings"][0]["related"][0]["message"]


def test_a_launch_template_that_is_not_made_yet(check: Callable[..., Checked]) -> None:
    group, template = "aws_autoscaling_group.web", "aws_launch_template.web"
    settings = {"iam_instance_profile": [{"name": "web"}], "metadata_options": [{"http_tokens": "optional"}]}
    plan = planned(
        [resource(group, {"launch_template": [{"version": "2"}]}), resource(template, settings)],
        [change(group, {"launch_template": [{"id": True}]}), change(template, {"id": True, "latest_version": True})],
        [written(group, {"launch_template": {"id": refer(f"{template}.id"), "version": "2"}}), written(template, {})],
    )
    assert ("imdsv1-allowed", group) in check(plan=plan).undecided()
    plan["planned_values"]["root_module"]["resources"][0]["values"]["launch_template"][0]["version"] = "$Latest"
    done = check(plan=plan)
    assert done.failures() == [("imdsv1-allowed", template)]
    assert done.report["findings"][-1]["related"][0]["message"] == f"{group} launches from {template}"


def test_a_policy_document_that_is_read_during_apply(check: Callable[..., Checked]) -> None:
    document, policy = "data.aws_iam_policy_document.all", "aws_iam_role_policy.all"
    statement = {"actions": ["*"], "effect": None, "not_actions": [], "principals": [], "resources": ["*", None]}
    plan = planned(
        [resource(policy, {"role": "web"}), role(ROLE, "web"), resource(document, {"statement": [statement]})],
        [
            change(policy, {"policy": True, "name": True}),
            change(document, {"json": True, "statement": [{"resources": [False, True]}]}, ["read"]),
        ],
        [
            written(policy, {"policy": refer(f"{document}.json"), "role": refer(f"{ROLE}.name")}),
            written(document, {"statement": {"actions": "*", "resources": ["aws_s3_bucket.x.arn"]}}),
            written(ROLE, {"name": "web"}),
        ],
    )
    assert check(plan=plan).failures() == [("administrator-access", document)]
    statement["actions"] = ["s3:GetObject"]
    assert check(plan=plan).failures() == []


@pytest.mark.parametrize("actions", [["update"], ["delete", "create"], ["no-op"]])
def test_what_stays_or_changes_is_judged_by_what_it_will_be(check: Callable[..., Checked], actions: list[str]) -> None:
    now = {"iam_instance_profile": "web", "metadata_options": [{"http_tokens": "optional"}]}
    before = {"iam_instance_profile": "", "metadata_options": [{"http_tokens": "required"}]}
    done = check(plan=planned([resource(INSTANCE, now)], [change(INSTANCE, {}, actions, before=before, after=now)]))
    assert done.failures() == [("imdsv1-allowed", INSTANCE)]


def test_a_plan_of_changes_alone(check: Callable[..., Checked]) -> None:
    kept = change(INSTANCE, {}, after={"iam_instance_profile": "", **SAFE})
    gone = change("aws_instance.old", {}, ["delete"], after=None)
    deposed = {**change("aws_instance.half", {}, ["delete"], after=SAFE), "deposed": "12345678"}
    done = check(plan={"format_version": "0.1", "resource_changes": [kept, gone, deposed]})
    assert done.failures() == [("missing-instance-profile", INSTANCE)]
    assert done.report["summary"]["launches"]["checked"] == 1


# States.


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "format_version": "1.0",
        "terraform_version": "1.9.8",
        "values": {"root_module": {"resources": [*resources]}},
    }


def test_a_state_is_judged_by_what_is_there(check: Callable[..., Checked]) -> None:
    template = {
        "id": "lt-0fake",
        "name": "web",
        "latest_version": 3,
        **SAFE,
        "iam_instance_profile": [{"name": "", "arn": "arn:aws:iam::123456789012:instance-profile/web"}],
    }
    done = check(
        plan=state(
            resource(
                "aws_autoscaling_group.web",
                {"launch_template": [{"id": "lt-0fake", "name": "web", "version": "3"}], "launch_configuration": ""},
            ),
            resource("aws_launch_template.web", template),
            resource(
                PROFILE,
                {"id": "web", "name": "web", "arn": "arn:aws:iam::123456789012:instance-profile/web", "role": "web"},
            ),
            role(ROLE, "web", LAMBDA_TRUST, permissions_boundary="", managed_policy_arns=[ADMIN], id="web"),
            resource("aws_iam_role_policy_attachment.web", {"role": "web", "policy_arn": ADMIN}),
            resource(INSTANCE, {"iam_instance_profile": "", "metadata_options": [{"http_tokens": "optional"}]}),
        )
    )
    assert sorted(done.failures()) == [
        ("administrator-access", "aws_iam_role_policy_attachment.web"),
        ("imdsv1-allowed", INSTANCE),
        ("missing-instance-profile", INSTANCE),
        ("role-without-ec2-trust", ROLE),
    ]
    assert not done.undecided()


def test_an_older_version_of_a_template_is_not_what_the_state_holds(check: Callable[..., Checked]) -> None:
    group = {"launch_template": [{"id": "lt-0fake", "version": "2"}]}
    template = {"id": "lt-0fake", "name": "web", "latest_version": 3}
    done = check(
        plan=state(resource("aws_autoscaling_group.web", group), resource("aws_launch_template.web", template))
    )
    assert ("imdsv1-allowed", "aws_autoscaling_group.web") in done.undecided()


def test_a_policy_document_and_the_policy_made_of_it_are_one_fact(check: Callable[..., Checked]) -> None:
    text = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}],"Version":"2012-10-17"}'
    statement = {"effect": "Allow", "actions": ["*"], "resources": ["*"], "not_actions": [], "not_principals": []}
    done = check(
        plan=state(
            resource(
                "data.aws_iam_policy_document.all",
                {"json": json.dumps(json.loads(text), indent=2), "statement": [statement]},
            ),
            resource("aws_iam_role_policy.all", {"role": "web", "name": "all", "policy": text}),
            role(ROLE, "web", inline_policy=[{"name": "all", "policy": text}]),
        )
    )
    assert done.failures() == [("administrator-access", "data.aws_iam_policy_document.all")]


# What is hidden.


def everything(*arguments: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> str:
    """What a run says in every format."""
    said = ""
    for form in ("text", "json", "sarif"):
        output = tmp_path / f"report.{form}"
        run(["check", *arguments, "--undecided", "--format", form, "--output", str(output)])
        said += output.read_text() + capsys.readouterr().err
    return said


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("root", [(), ("--root", ".")])
def test_sensitive_values_stay_sensitive(
    tmp_path: Path,
    web: dict[str, Any],
    indent: int | None,
    root: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    resources = web["planned_values"]["root_module"]["resources"]
    by_name = {one["name"]: one for one in resources if one["type"] == "aws_instance"}
    by_name["lambda"]["values"]["iam_instance_profile"] = "hush"
    by_name["lambda"]["sensitive_values"]["iam_instance_profile"] = True
    by_name["bare"]["values"]["password"] = "pass-FAKE-word"
    for one in web["resource_changes"]:
        if one["address"] == "aws_instance.bare":
            one["change"]["after_sensitive"] = {"password": True}
    (tmp_path / "plan.json").write_text(json.dumps(web, indent=indent))
    said = everything("plan.json", *root, capsys=capsys, tmp_path=tmp_path)
    for secret in (
        "s3cr3t-FAKE-value",
        "hush",
        "pass-FAKE-word",
        "FAKEFAKEFAKE22",
        "FAKEFAKEFAKE33",
        "echo ${var.token}",
    ):
        assert secret not in said
    assert "(sensitive value)" in said


def test_a_key_that_a_file_encodes_is_hidden_in_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(
        f'resource "aws_launch_template" "web" {{\n  user_data = base64encode("id={KEY} {KEY}")\n}}\n'
    )
    from base64 import b64encode

    encoded = b64encode(f"id={KEY} {KEY}".encode()).decode()
    template = resource("aws_launch_template.web", {"user_data": encoded, "iam_instance_profile": []})
    (tmp_path / "plan.json").write_text(json.dumps(planned([template])))
    said = everything("plan.json", "--root", ".", capsys=capsys, tmp_path=tmp_path)
    assert "main.tf:2:15" in said
    assert KEY not in said
    assert encoded not in said


# Keys beside resources.


def test_keys_in_providers_variables_outputs_and_provisioners(check: Callable[..., Checked], tmp_path: Path) -> None:
    secret = "FAKE/FAKE+FAKE/FAKE+FAKE/FAKE+FAKE/FAKE+"
    plan = planned(
        [resource("null_resource.x", {"triggers": {"key": "AKIAQ2FAKEFAKEFAKE66"}})],
        variables={"access": {"value": "AKIAQ2FAKEFAKEFAKE77"}, "again": {"value": "AKIAQ2FAKEFAKEFAKE66"}},
        configuration={
            "provider_config": {"aws": {"name": "aws", "expressions": {"secret_key": {"constant_value": secret}}}},
            "root_module": {
                "resources": [
                    {
                        **resource("null_resource.x", {}),
                        "provisioners": [
                            {"type": "local-exec", "expressions": {"command": {"constant_value": f"run {KEY}"}}}
                        ],
                    }
                ]
            },
        },
    )
    plan["planned_values"]["outputs"] = {"copy": {"sensitive": False, "value": "AKIAQ2FAKEFAKEFAKE77"}}
    found = [address for rule, address in check(plan=plan).failures() if rule == "hardcoded-access-key"]
    assert sorted(found) == ["null_resource.x", "null_resource.x", "provider.aws", "variable.access"]
    (tmp_path / "main.tf").write_text(f'provider "aws" {{\n  secret_key = "{secret}"\n}}\n')
    places = check("--root", ".", plan=plan).places()
    assert ("hardcoded-access-key", "main.tf", 2, 17) in places


# What is not checked is named.


def test_deferred_changes_and_incomplete_plans_are_named(check: Callable[..., Checked]) -> None:
    deferred = {"reason": "provider_config_unknown", "resource_change": change("aws_instance.later", {})}
    plan = planned([], deferred_changes=[deferred], complete=False, errored=True)
    done = check(plan=plan, indent=1)
    assert sorted(done.notices()) == [
        ("unresolved", "planning failed, so resources may be missing in the plan"),
        ("unresolved", "the plan is not complete: further changes follow after apply, or it was limited"),
        ("unsupported", "aws_instance.later is deferred (provider_config_unknown), so it is not checked"),
    ]
    assert done.status == CLEAN
    assert check("--strict", plan=plan).status == INCOMPLETE


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0", "1.99"])
def test_versions_of_the_format_that_are_read(check: Callable[..., Checked], version: str) -> None:
    done = check(plan={**planned([resource(INSTANCE, SAFE)]), "format_version": version})
    assert ("missing-instance-profile", INSTANCE) in done.failures()


def test_a_version_of_the_format_that_is_not_read(check: Callable[..., Checked]) -> None:
    done = check(plan={**planned([resource(INSTANCE, {})]), "format_version": "2.0"})
    assert done.notices() == [
        ("unreadable", "format version 2.0 of plans is not read (1.x and 0.x are), so nothing here is checked")
    ]
    assert done.report["summary"]["files"] == {
        "found": 1,
        "checked": 0,
        "not_templates": 0,
        "unreadable": 1,
        "excluded": 0,
        "ignored": 0,
        "skipped": 0,
    }


def test_a_binary_plan(check: Callable[..., Checked], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "tfplan", "w") as archive:
        archive.writestr("tfplan", b"\x0a\x00")
        archive.writestr("tfstate", b"{}")
    done = check("tfplan")
    ((kind, message),) = done.notices()
    assert (kind, done.status) == ("unreadable", INCOMPLETE)
    assert message.startswith("the file is a plan in Terraform's own binary form: `terraform show -json FILE")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            '{"@level":"info","@message":"Terraform 1.9.8","type":"version"}\n'
            '{"@level":"info","@message":"Plan: 1 to add","type":"change_summary"}\n',
            "the log of `terraform plan -json`, one JSON object in each line",
        ),
        ('{"@level":"info","@message":"Terraform 1.9.8","type":"version"}\n', "the log of `terraform plan -json`"),
        (
            "\nTerraform will perform the following actions:\n\n  # aws_instance.web\n",
            "as Terraform shows it to people",
        ),
        ('\x1b[33mWarning\x1b[0m\n{"format_version":"1.2","planned_values":{}}\n', "colours of a terminal"),
    ],
)
def test_other_outputs_of_terraform(check: Callable[..., Checked], tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "plan.json").write_text(content)
    done = check("plan.json")
    ((kind, message),) = done.notices()
    assert (kind, done.status) == ("unreadable", INCOMPLETE)
    assert says in message
    assert "terraform show -json tfplan > plan.json" in message


def test_a_state_of_an_older_format(check: Callable[..., Checked], tmp_path: Path) -> None:
    kept = {"version": 3, "terraform_version": "1.9.8", "serial": 3, "lineage": "fake", "resources": []}
    (tmp_path / "terraform.tfstate").write_text(json.dumps(kept))
    done = check("terraform.tfstate")
    assert done.status == INCOMPLETE
    assert "`terraform show -json > state.json`" in done.notices()[0][1]


def test_a_broken_plan_is_not_passed_over(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(planned([resource(INSTANCE, {})]))[:-5])
    assert check(".").status == INCOMPLETE


@pytest.mark.parametrize("plan", [[], {}, {"root_module": []}, {"root_module": {"resources": {}, "child_modules": 3}}])
def test_plans_of_another_shape_do_no_harm(check: Callable[..., Checked], plan: object) -> None:
    done = check(plan={"format_version": "1.2", "planned_values": plan, "resource_changes": [3, {"change": []}]})
    assert (done.status, done.report["summary"]["files"]["checked"]) == (CLEAN, 1)


def test_other_json_with_a_format_version_is_no_plan(check: Callable[..., Checked]) -> None:
    done = check(plan={"format_version": "1.0", "provider_schemas": {"aws": {}}})
    assert (done.status, done.report["summary"]["files"]["not_templates"]) == (CLEAN, 1)


# The option.


def test_root_must_be_a_directory(check: Callable[..., Checked]) -> None:
    done = check("--root", "nowhere", plan=planned([]))
    assert done.status == USAGE
    assert "there is no directory nowhere" in done.said


def test_root_needs_a_plan(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("")
    done = check("main.tf", "--root", ".")
    assert done.status == USAGE
    assert "there is no plan among the paths" in done.said


def test_a_file_of_the_root_that_cannot_be_read_is_named(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_instance" "web" {\n  ami = = 3\n}\n')
    done = check("--root", ".", plan=planned([resource(INSTANCE, SAFE)]))
    ((kind, message),) = done.notices()
    assert kind == "unresolved"
    assert message.endswith("resources declared there are shown at their places in the plan")
    assert [path for _, path, _, _ in done.places()] == ["plan.json"]


def test_a_root_that_the_plan_does_not_come_from_is_told(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    done = check("--root", "elsewhere", plan=planned([resource(INSTANCE, SAFE)]))
    message = "no resource of the plan is declared in elsewhere or a local module that it calls"
    assert done.notices() == [("unresolved", message)]
    assert done.status == FINDINGS


def test_a_file_that_has_changed_since_does_not_decide(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_instance" "web" {\n  iam_instance_profile = "web"\n  metadata_options {\n'
        '    http_tokens = "required"\n  }\n}\n'
    )
    unknown = [change(INSTANCE, {"iam_instance_profile": True, "metadata_options": True})]
    done = check("--root", ".", plan=planned([resource(INSTANCE, {})], unknown, [written(INSTANCE, {"ami": "ami-1"})]))
    assert done.places() == [
        ("missing-instance-profile", "main.tf", 2, 26),
        ("imdsv1-allowed", "main.tf", 3, 3),
    ]


def test_configuration_in_json(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text(
        '{"resource": {"aws_instance": {"web": {\n  "iam_instance_profile": "web",\n'
        '  "metadata_options": {\n    "http_tokens": "optional"\n  }\n}}}}\n'
    )
    values = {"iam_instance_profile": "web", "metadata_options": [{"http_tokens": "optional"}]}
    done = check("--root", ".", plan=planned([resource(INSTANCE, values)]))
    assert ("imdsv1-allowed", "main.tf.json", 4, 20) in done.places()


def test_an_override_file_is_where_it_stands(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_instance" "web" {\n  iam_instance_profile = "web"\n'
        '  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
    )
    (tmp_path / "web_override.tf").write_text(
        'resource "aws_instance" "web" {\n  metadata_options {\n    http_tokens = "optional"\n  }\n}\n'
    )
    values = {"iam_instance_profile": "web", "metadata_options": [{"http_tokens": "optional"}]}
    done = check("--root", ".", plan=planned([resource(INSTANCE, values)]))
    assert ("imdsv1-allowed", "web_override.tf", 3, 19) in done.places()


@pytest.mark.parametrize(
    ("written_in", "read"),
    [
        ("module.app.aws_instance.web", ["module", "app", "aws_instance", "web"]),
        ('module.app["a.b"].aws_instance.web[0]', ["module", "app", '["a.b"]', "aws_instance", "web", "[0]"]),
        ('x.y["a]\\"[b"].c', ["x", "y", '["a]\\"[b"]', "c"]),
        ("x.y[", ["x", "y", "["]),
    ],
)
def test_addresses_are_taken_apart(written_in: str, read: list[str]) -> None:
    assert tokens(written_in) == read
