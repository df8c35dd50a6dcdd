"""Nothing that was not read counts as clean: a second, naive count of what is there agrees with the report's."""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path

import pytest

from conftest import FIXTURES, judged
from iplint.finding import Report

# What launches, in the words of either language, found without reading any of it.
CLOUDFORMATION = re.compile(
    rb"""\bType["']?\s*:\s*["']?AWS::(?:EC2::(?:Instance|LaunchTemplate|SpotFleet|EC2Fleet)\b|AutoScaling::|EMR::|Batch::Comp"""
    rb"""|ElasticBeanstalk::|ImageBuilder::Infra|IAM::InstanceProfile|OpsWorks::Instance|Cloud9::|GameLift::Fleet)"""
)
TERRAFORM = re.compile(
    rb"""^[ \t]*resource\s+"aws_(?:instance|launch_(?:template|configuration)|spot_(?:instance|fleet)_request"""
    rb"""|ec2_fleet|autoscaling_group|emr_|batch_compute_environment|elastic_beanstalk_|imagebuilder_infra|iam_instance_profile"""
    rb"""|opsworks_|cloud9_|gamelift_fleet)\w*"\s+""",
    re.MULTILINE,
)
SUFFIXES = {".yaml": CLOUDFORMATION, ".yml": CLOUDFORMATION, ".json": CLOUDFORMATION, ".template": CLOUDFORMATION}
SUFFIXES |= {".cfn": CLOUDFORMATION, ".tf": TERRAFORM, ".tofu": TERRAFORM}
# So many files of one folder are checked by themselves as well.
MAX_APART = 10
PASSED_OVER = {".git", ".terraform", ".terragrunt-cache", "node_modules", "__pycache__"}


def launching(folder: Path) -> set[str]:
    """The files below a folder that seem to launch something, by the names of candidates; relative paths."""
    found: set[str] = set()
    for directory, below, names in os.walk(folder):
        below[:] = [name for name in below if name not in PASSED_OVER]
        for name in names:
            path = Path(directory) / name
            sign = SUFFIXES.get(path.suffix)
            if sign is not None and path.is_file() and sign.search(path.read_bytes()):
                found.add(path.relative_to(folder).as_posix())
    return found


def complaints(folder: Path) -> list[str]:
    """Where the counts of the report and the naive count part."""
    report: Report = judged(folder, working=folder)
    files = report.files
    sum = files.checked + files.not_templates + files.unreadable
    found = [] if files.found == sum else [f"{files.found} found, {sum} accounted for"]
    named = {notice.path for notice in report.notices if notice.kind in ("unreadable", "unsupported")}
    found += [notice.message for notice in report.notices if notice.kind == "internal"]
    if files.unreadable > len(named):
        found.append(f"{files.unreadable} unread, but {sorted(named)} named")
    expected = launching(folder)
    # One by one: whatever is called no template is in the difference.
    if len(expected) > files.checked + files.unreadable:
        found.append(f"{len(expected)} seem to launch, {files.checked + files.unreadable} were taken for templates")
    # In a large repository whose count is right, some of them by themselves show as much as all.
    apart = sorted(expected - named)
    for path in apart[:: 1 + len(apart) // MAX_APART]:
        alone = judged(folder / path, working=folder).files
        if not alone.checked and not alone.unreadable:
            found.append(f"{path} seems to launch, and is called no template")
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_every_fixture_that_launches_is_read(name: str) -> None:
    assert complaints(FIXTURES / name) == []


def test_the_naive_count_sees_the_fixtures() -> None:
    assert len(launching(FIXTURES)) > 100


@pytest.mark.parametrize("archive", ["dev.tar.gz", "wild.tar.gz"])
def test_every_file_of_a_corpus_that_launches_is_read(corpus: Path, tmp_path: Path, archive: str) -> None:
    with tarfile.open(corpus / archive) as tar:
        tar.extractall(tmp_path, filter="data")
    roots = sorted(path for path in tmp_path.iterdir() if path.is_dir())
    if len(roots) == 1:
        roots = sorted(path for path in roots[0].iterdir() if path.is_dir())
    told = {root.name: found for root in roots if (found := complaints(root))}
    assert told == {}


LAUNCH = (
    'resource "aws_instance" "app" {\n  ami = "ami-0123456789abcdef0"\n  iam_instance_profile = "app"\n'
    '  metadata_options {\n    http_tokens = "required"\n  }\n'
)


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        ('user_data = file("gone.sh")', "unresolved"),
        ('user_data = templatefile("gone.sh", {})', "unresolved"),
        ('user_data = "#!/bin/sh\\n${file("gone.sh")}"', "unresolved"),
        ('user_data_base64 = base64encode(file("gone.sh"))', "unresolved"),
        ('user_data = file("../../../outside.sh")', "unresolved"),
        ('user_data = file("latin.sh")', "unreadable"),
        ('provisioner "file" {\n source = "gone.sh"\n destination = "/opt"\n }', "unresolved"),
        ('provisioner "file" {\n source = "~/key.pem"\n destination = "/opt"\n }', "unresolved"),
        ('provisioner "remote-exec" {\n script = "gone.sh"\n }', "unresolved"),
        ('user_data = fileexists("gone.sh") ? "" : "echo"', None),
        ('user_data = try(file("gone.sh"), "echo")', None),
        ('user_data_base64 = filebase64("latin.sh")', None),
    ],
)
def test_a_file_that_reaches_an_instance_and_is_not_read_is_named(
    argument: str, kind: str | None, tmp_path: Path
) -> None:
    (tmp_path / "latin.sh").write_bytes(b"#!/bin/sh\n# caf\xe9\necho\n")
    (tmp_path / "main.tf").write_text(f"{LAUNCH}  {argument}\n}}\n", encoding="utf-8")
    report = judged(tmp_path)
    assert [notice.kind for notice in report.notices if "not read" in notice.message] == [kind] * (kind is not None)
    assert report.launches.proven == 0 or kind is None


def test_all_files_of_a_directory_that_a_provisioner_sends_are_read(tmp_path: Path) -> None:
    (tmp_path / "conf" / "inner").mkdir(parents=True)
    (tmp_path / "conf" / "app.ini").write_text("region = eu-central-1\n", encoding="utf-8")
    (tmp_path / "conf" / "inner" / "aws.ini").write_text("key = AKIAFAKEFAKEFAKEFAK2\n", encoding="utf-8")
    block = 'provisioner "file" {\n    source = "${path.module}/conf/"\n    destination = "/etc/app"\n  }'
    (tmp_path / "main.tf").write_text(f"{LAUNCH}  {block}\n}}\n", encoding="utf-8")
    found = [finding for finding in judged(tmp_path).findings if finding.rule == "hardcoded-access-key"]
    assert [(finding.at.path.rpartition("/")[2], finding.at.first[0]) for finding in found] == [("aws.ini", 1)]
