"""Packer templates: which files belong together, what their blocks are, and what is told of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conftest import failures, judged
from evidence import checked
from iplint.finding import Report

KEY = "AKIAFAKEFAKEFAKEFAK2"
BUILDERS = ["amazon-ebs", "amazon-ebssurrogate", "amazon-ebsvolume", "amazon-instance"]


@pytest.fixture
def packer(tmp_path: Path) -> Callable[..., Report]:
    """Check Packer templates given as texts by path, or one as text."""

    def check(files: str | Mapping[str, str], variables: Mapping[str, str] | None = None) -> Report:
        for name, text in ({"web.pkr.hcl": files} if isinstance(files, str) else files).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return judged(tmp_path, variables=variables)

    return check


def counts(report: Report) -> tuple[int, int, int, int]:
    """The files that were found, checked, no templates, and not read."""
    files = report.files
    return files.found, files.checked, files.not_templates, files.unreadable


def notices(report: Report) -> list[tuple[str, str]]:
    return [(notice.kind, notice.message) for notice in report.notices]


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_builder_with_a_profile_is_asked_for_tokens(packer: Callable[..., Report], builder: str) -> None:
    report = packer(f'source "{builder}" "web" {{\n  iam_instance_profile = "builder"\n}}\n')
    assert failures(report) == [("imdsv1-allowed", f"source.{builder}.web", 1)]
    assert [finding.severity.word for finding in report.findings if finding.verdict == "fail"] == ["medium"]
    assert report.launches.failed == 1


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_builder_without_a_profile_hands_out_no_credentials(packer: Callable[..., Report], builder: str) -> None:
    report = packer(f'source "{builder}" "web" {{\n  ami_name = "web"\n}}\n')
    assert failures(report) == []
    assert (report.launches.checked, report.launches.proven) == (1, 1)


@pytest.mark.parametrize("builder", ["amazon-chroot", "azure-arm", "docker"])
def test_other_builders_launch_nothing(packer: Callable[..., Report], builder: str) -> None:
    report = packer(f'source "{builder}" "web" {{\n  iam_instance_profile = "builder"\n}}\n# amazon\n')
    assert failures(report) == []
    assert report.launches.checked == 0


def test_the_files_of_a_directory_belong_together(packer: Callable[..., Report]) -> None:
    report = packer(
        {
            "variables.pkr.hcl": 'variable "profile" {}\nlocals { tokens = "required" }\n',
            "sources.pkr.hcl": """
                source "amazon-ebs" "web" {
                  iam_instance_profile = var.profile
                  metadata_options { http_tokens = local.tokens }
                }
            """,
            "build.pkr.hcl": 'build { sources = ["source.amazon-ebs.web"] }\n',
        }
    )
    assert failures(report) == []
    assert notices(report) == []
    assert counts(report) == (3, 3, 0, 0)
    assert report.launches.checked == 1


def test_files_that_declare_the_same_are_built_one_by_one(packer: Callable[..., Report]) -> None:
    template = """
        variable "tokens" {{ default = "{tokens}" }}
        source "amazon-ebs" "{name}" {{
          iam_instance_profile = "builder"
          metadata_options {{ http_tokens = var.tokens }}
        }}
        build {{ sources = ["source.amazon-ebs.{name}"] }}
    """
    report = packer(
        {
            "debian.pkr.hcl": template.format(tokens="required", name="debian"),
            "ubuntu.pkr.hcl": template.format(tokens="optional", name="ubuntu"),
        }
    )
    assert [address for _, address, _ in failures(report)] == ["source.amazon-ebs.ubuntu"]
    assert notices(report) == []
    assert report.launches.checked == 2


def test_values_come_from_files_and_the_command_line(packer: Callable[..., Report]) -> None:
    template = """
        variable "tokens" { default = "optional" }
        source "amazon-ebs" "web" {
          iam_instance_profile = "builder"
          metadata_options { http_tokens = var.tokens }
        }
    """
    assert len(failures(packer(template))) == 1
    assert failures(packer(template, variables={"tokens": "required"})) == []
    assert failures(packer({"web.pkr.hcl": template, "a.auto.pkrvars.json": '{"tokens": "required"}'})) == []
    beside = {"b.pkrvars.hcl": 'tokens = "required"', "c.pkrvars.json": '{"tokens": "required"}'}
    report = packer({"web.pkr.hcl": template, "a.auto.pkrvars.json": "{}", **beside})
    assert len(failures(report)) == 1
    message = (
        "b.pkrvars.hcl and c.pkrvars.json were not applied: give one of them with --var-file to check with its values"
    )
    assert notices(report) == [("unresolved", message)]
    # Terraform's files of values are none of Packer's.
    left = {"web.pkr.hcl": template, "a.auto.pkrvars.json": "{}", "terraform.tfvars": 'tokens = "required"'}
    assert len(failures(packer(left))) == 1


def test_a_build_adds_to_its_sources(packer: Callable[..., Report]) -> None:
    report = packer("""
        source "amazon-ebs" "base" { iam_instance_profile = "builder" }
        build {
          name = "images"
          source "source.amazon-ebs.base" {
            name = "safe"
            metadata_options { http_tokens = "required" }
          }
          source "amazon-ebs.base" {
            ami_name = "open"
          }
        }
    """)
    assert failures(report) == [("imdsv1-allowed", "build.images.source.amazon-ebs.base", 9)]
    assert report.launches.checked == 2


def test_a_source_that_is_not_declared_is_told_of(packer: Callable[..., Report]) -> None:
    report = packer('build {\n  sources = ["source.amazon-ebs.web"]\n}\n')
    assert notices(report) == [("unresolved", "source.amazon-ebs.web is not declared")]


def test_what_is_known_at_build_time_only_is_no_mistake(packer: Callable[..., Report]) -> None:
    report = packer("""
        variable "home" { default = env("HOME") }
        locals {
          stamp = regex_replace(timestamp(), "[- TZ:]", "")
          when  = legacy_isotime("2006-01-02")
          key   = vault("secret/data/web", "key")
        }
        data "amazon-ami" "base" { owners = ["amazon"] }
        source "amazon-ebs" "web" {
          ami_name   = "web-${local.stamp}-${local.when}-${uuidv4()}"
          source_ami = data.amazon-ami.base.id
        }
        build {
          sources = ["source.amazon-ebs.web"]
          provisioner "shell" {
            inline = ["echo ${build.ID} ${source.name} ${packer.version} ${path.cwd} ${var.home} ${local.key}"]
          }
        }
    """)
    assert failures(report) == []
    assert notices(report) == []


SECRET = """
    variable "secret" {{ default = env("AWS_SECRET_ACCESS_KEY") }}
    source "amazon-ebs" "web" {{}}
    source "amazon-ebs" "other" {{}}
    build {{
      sources = ["source.amazon-ebs.web"]
      provisioner "{kind}" {{
        {more}
        environment_vars = ["AWS_SECRET_ACCESS_KEY=${{var.secret}}"]
      }}
    }}
"""


@pytest.mark.parametrize(
    ("kind", "more", "lands"),
    [
        ("shell", "", True),
        ("powershell", "", True),
        ("shell-local", "", False),
        ("ansible", "", False),
        ("shell", 'only = ["amazon-ebs.web"]', True),
        ("shell", 'only = ["source.amazon-ebs.web"]', True),
        ("shell", 'only = ["amazon-ebs.other"]', False),
        ("shell", 'except = ["amazon-ebs.web"]', False),
        ("shell", 'except = ["amazon-ebs.other"]', True),
    ],
)
def test_a_key_lands_where_its_provisioner_runs(
    packer: Callable[..., Report], kind: str, more: str, lands: bool
) -> None:
    report = packer(SECRET.format(kind=kind, more=more))
    wanted = [("access-key-parameter-on-instance", f"build.provisioner.{kind}", 9)] if lands else []
    assert failures(report) == wanted
    assert (report.launches.failed, report.launches.proven) == ((1, 1) if lands else (0, 2))


def test_repeated_blocks_are_searched(packer: Callable[..., Report]) -> None:
    report = packer(f"""
        source "amazon-ebs" "web" {{}}
        build {{
          sources = ["source.amazon-ebs.web"]
          dynamic "provisioner" {{
            labels   = ["shell"]
            for_each = ["{KEY}"]
            content {{ inline = ["echo ${{provisioner.value}} > /root/key"] }}
          }}
          post-processor "shell-local" {{ inline = ["echo {KEY}"] }}
        }}
    """)
    assert {address for _, address, _ in failures(report)} == {"build"}
    assert [line for _, _, line in failures(report)] == [7, 10]
    assert notices(report) == []


def test_provisioners_of_one_kind_are_numbered(packer: Callable[..., Report]) -> None:
    key = f'provisioner "shell" {{ inline = ["echo {KEY}"] }}'
    report = packer(f'source "amazon-ebs" "web" {{}}\nbuild {{\n{key}\n{key}\n}}\nbuild {{\n{key}\n}}\n')
    assert [address for _, address, _ in failures(report)] == [
        "build[0].provisioner.shell[0]",
        "build[0].provisioner.shell[1]",
        "build[1].provisioner.shell",
    ]


def test_a_script_is_read_from_where_packer_is_started(packer: Callable[..., Report]) -> None:
    template = 'source "amazon-ebs" "web" {}\nbuild {\n  provisioner "shell" { script = "scripts/boot.sh" }\n}\n'
    script = f"#!/bin/sh\necho {KEY}\n"
    # As a repository has it, so that the directory around the template may be read.
    files = {".git/HEAD": "", "images/web.pkr.hcl": template, "scripts/boot.sh": script}
    report = packer(files)
    assert [finding.at.path for finding in report.findings] == ["scripts/boot.sh"]
    assert notices(report) == []


def test_a_script_that_is_not_here_is_named(packer: Callable[..., Report]) -> None:
    report = packer('source "amazon-ebs" "web" {}\nbuild {\n  provisioner "shell" { script = "../../boot.sh" }\n}\n')
    what = "the file '../../boot.sh', which is not here"
    message = f"build.provisioner.shell brings a text onto instances that was not read: {what}"
    assert notices(report) == [("unresolved", message)]


JSON = {
    "variable": {"tokens": {"default": "optional"}},
    "source": {
        "amazon-ebs": {
            "web": {"iam_instance_profile": "builder", "metadata_options": {"http_tokens": "${var.tokens}"}},
            "base": {"iam_instance_profile": "builder"},
        }
    },
    "build": {
        "name": "web",
        "sources": ["source.amazon-ebs.web"],
        "source": {"amazon-ebs.base": {"metadata_options": {"http_tokens": "required"}}},
        "provisioner": [{"shell": {"inline": [f"echo {KEY}"]}}],
    },
}


def test_the_json_syntax_says_the_same(packer: Callable[..., Report]) -> None:
    report = packer({"web.pkr.json": json.dumps(JSON, indent=1)})
    assert sorted((rule, address) for rule, address, _ in failures(report)) == [
        ("hardcoded-access-key", "build.web.provisioner.shell"),
        ("imdsv1-allowed", "source.amazon-ebs.web"),
    ]
    assert counts(report) == (1, 1, 0, 0)


def test_a_default_in_json_is_evaluated(packer: Callable[..., Report]) -> None:
    source = {"iam_instance_profile": "builder", "metadata_options": {"http_tokens": "${var.tokens}"}}
    written = {
        "variable": {"tokens": {"type": "string", "default": '${lower("OPTIONAL")}'}},
        "source": {"amazon-ebs": {"web": source}},
        "build": {"sources": ["source.amazon-ebs.web"]},
    }
    report = packer({"web.pkr.json": json.dumps(written)})
    assert [rule for rule, _, _ in failures(report)] == ["imdsv1-allowed"]
    written["variable"] = {"tokens": {"type": "string", "default": '${lower("REQUIRED")}'}}
    assert failures(packer({"web.pkr.json": json.dumps(written)})) == []


def test_a_block_that_packer_does_not_have_is_told_of(packer: Callable[..., Report]) -> None:
    report = packer({"web.pkr.json": '{"resource": {"aws_instance": {"web": {}}}}'})
    assert notices(report) == [("unreadable", "line 1 was not read: resource is not a block of Packer")]
    assert counts(report) == (1, 0, 0, 1)


def test_templates_without_aws_are_no_templates_of_ours(packer: Callable[..., Report]) -> None:
    report = packer('source "docker" "web" {\n  image = "debian"\n}\n')
    assert counts(report) == (1, 0, 1, 0)


def test_a_part_that_cannot_be_read_is_named_and_the_rest_judged(packer: Callable[..., Report]) -> None:
    report = packer('source "amazon-ebs" "bad" {\n  = 1\n}\nsource "amazon-ebs" "web" {\n  token = "' + KEY + '"\n}\n')
    assert failures(report) == [("hardcoded-access-key", "source.amazon-ebs.web", 5)]
    assert [kind for kind, _ in notices(report)] == ["unreadable"]
    assert counts(report) == (1, 0, 0, 1)


OLD = """{{
  "builders": [
    {{"type": "{builder}", "access_key": "{key}"}}
  ]
}}
"""


def test_a_template_in_the_old_format_is_named(packer: Callable[..., Report]) -> None:
    report = packer({"web.json": OLD.format(builder="amazon-ebs", key=KEY)})
    assert [(notice.kind, notice.at and notice.at.first) for notice in report.notices] == [("unreadable", (2, 15))]
    assert "packer hcl2_upgrade converts it" in report.notices[0].message
    assert KEY not in report.notices[0].message
    assert counts(report) == (1, 0, 0, 1)


@pytest.mark.parametrize(
    "text",
    [OLD.format(builder="docker", key=""), '{"builders": ["amazon-ebs"]}', '{"builders": {"type": "amazon-ebs"}}'],
)
def test_other_lists_of_builders_are_not(packer: Callable[..., Report], text: str) -> None:
    report = packer({"web.json": text})
    assert report.notices == []
    assert counts(report) == (1, 0, 1, 0)


def test_a_named_file_is_judged_with_its_directory(
    tmp_path: Path, iplint: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (tmp_path / "web.pkr.hcl").write_text(
        'source "amazon-ebs" "web" {\n  iam_instance_profile = "builder"\n'
        "  metadata_options {\n    http_tokens = var.tokens\n  }\n}\n",
        encoding="utf-8",
    )
    (tmp_path / "variables.pkr.hcl").write_text('variable "tokens" {}\n', encoding="utf-8")
    (tmp_path / "strict.pkrvars.hcl").write_text('tokens = "required"\n', encoding="utf-8")
    assert iplint("check", "web.pkr.hcl", "--strict", cwd=tmp_path).returncode == 1
    given = iplint("check", "web.pkr.hcl", "--var-file", "strict.pkrvars.hcl", "--cross-check", cwd=tmp_path)
    assert (given.returncode, given.stdout) == (
        0,
        "No findings. 1 launch: 1 undecided.\nChecked 1 of 1 file.\n1 verdict is undecided; --undecided lists it.\n",
    )


def test_packer_and_terraform_beside_each_other_are_roots_of_their_own(packer: Callable[..., Report]) -> None:
    report = packer(
        {
            "main.tf": 'variable "tokens" { default = "required" }\nprovider "aws" {}\n',
            "web.pkr.hcl": """
                variable "tokens" { default = "optional" }
                source "amazon-ebs" "web" {
                  iam_instance_profile = "builder"
                  metadata_options { http_tokens = var.tokens }
                }
            """,
        }
    )
    assert [address for _, address, _ in failures(report)] == ["source.amazon-ebs.web"]
    assert notices(report) == []
    assert counts(report) == (2, 2, 0, 0)


@pytest.mark.parametrize("builder", ["amazon-ebs", "amazon-ebssurrogate", "amazon-instance", "amazon-chroot"])
def test_an_image_is_asked_to_support_nothing_but_imdsv2(tmp_path: Path, builder: str) -> None:
    source = f'source "{builder}" "web" {{\n  ami_name = "web"\n}}\n'
    (tmp_path / "web.pkr.hcl").write_text(source, encoding="utf-8")
    assert failures(judged(tmp_path, rules=["ami-without-imdsv2"])) == [
        ("ami-without-imdsv2", f"source.{builder}.web", 1)
    ]
    safe = source.replace("ami_name", 'imds_support = "v2.0"\n  ami_name')
    (tmp_path / "web.pkr.hcl").write_text(safe, encoding="utf-8")
    assert failures(judged(tmp_path, rules=["ami-without-imdsv2"])) == []


TEMPORARY = """
source "amazon-ebs" "i" {
  source_ami = "ami-1"
  metadata_options {
    http_tokens = "required"
  }
  temporary_iam_instance_profile_policy_document {
    Version = "2012-10-17"
    Statement {
      Action   = ["ACTION"]
      Effect   = "Allow"
      Resource = ["*"]
    }
  }
}
build {
  sources = ["source.amazon-ebs.i"]
}
"""


@pytest.mark.parametrize(
    ("action", "counted"), [("s3:ListAllMyBuckets", (1, 0, 0)), ("*", (0, 1, 0)), ("${var.action}", (0, 0, 1))]
)
def test_the_profile_that_is_made_for_a_build_has_what_its_document_grants(
    tmp_path: Path, action: str, counted: tuple[int, int, int]
) -> None:
    (tmp_path / "image.pkr.hcl").write_text('variable "action" {}\n' + TEMPORARY.replace("ACTION", action))
    launches = judged(tmp_path).launches
    assert (launches.proven, launches.failed, launches.undecided) == counted


@pytest.mark.parametrize(
    ("action", "status"), [("s3:ListAllMyBuckets", "discharged"), ("*", "failed"), ("${var.action}", "open")]
)
@pytest.mark.parametrize(("tokens", "metadata"), [("required", "discharged"), ("optional", "failed")])
def test_the_proof_of_a_build_with_a_profile_is_of_that_profile(
    tmp_path: Path, action: str, status: str, tokens: str, metadata: str
) -> None:
    text = 'variable "action" {}\n' + TEMPORARY.replace("ACTION", action).replace('"required"', f'"{tokens}"')
    (tmp_path / "image.pkr.hcl").write_text(text)
    [proof] = checked(tmp_path).proofs or ()
    found = {str(result.name): result for result in proof.obligations}
    assert (found["privileges"].status, found["metadata"].status) == (status, metadata)
    for name in ("profile", "role", "trust"):
        assert [step.message for step in found[name].evidence] == [
            "the builder makes an instance profile for its instance, with one role that trusts EC2"
        ]
