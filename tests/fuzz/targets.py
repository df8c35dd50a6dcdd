"""What is fuzzed: each target takes bytes, and raises for nothing but a defect of iplint.

`run.py` drives the targets with atheris, `tests/test_fuzz.py` with mutations of the fixtures.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from iplint.aws.keys import find_keys
from iplint.aws.metadata_calls import metadata_calls
from iplint.aws.policy import document
from iplint.aws.secrets import find_secrets
from iplint.aws.trust import trust_in_ec2
from iplint.aws.user_data import unwrap
from iplint.baseline import Baseline
from iplint.cloudformation.parameter_files import ParameterFileError, read_parameters
from iplint.config import ConfigError, named
from iplint.crosscheck import compare_terraform, compare_yaml
from iplint.judging.session import Session, SessionSettings
from iplint.judging.suppressions import comments
from iplint.location import Source, Span, Verbatim
from iplint.peers import comments as skips
from iplint.report import concise, github, gitlab, junit, markdown, proofs, sarif, text
from iplint.report import json as json_report
from iplint.report.masking import Mask
from iplint.syntax import hcl, yaml
from iplint.syntax.decoding import decode
from iplint.syntax.partial import parse_json
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.shell import Script
from iplint.value import Chunk, Text
from iplint_rules import all_rules

FIXTURES = Path(__file__).parents[1] / "fixtures"
# Policies as texts have them, for the readers of JSON.
POLICIES = (
    b'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "iam:Pass?ole"], "Resource": "*"},'
    b' {"Effect": "Deny", "NotAction": "iam:*", "NotResource": ["arn:aws:s3:::a/*"], "Condition": {"Bool": '
    b'{"aws:MultiFactorAuthPresent": ["true"]}}}]}',
    b'{"Statement": {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "${x}"], "AWS": "*"}, '
    b'"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}}',
)
RULES = all_rules()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _as_text(string: str) -> Text:
    source = Source("x", string)
    return Text((Chunk(string, Verbatim(Span(source, 0, len(string)))),))


@contextlib.contextmanager
def _file(name: str, data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


def read_yaml(data: bytes) -> None:
    """The reader of YAML and JSON."""
    with contextlib.suppress(SyntaxProblem):
        yaml.parse(decode("x.yaml", data))


def read_hcl(data: bytes) -> None:
    """The reader of HCL: a file, an expression, a template."""
    with contextlib.suppress(SyntaxProblem):
        source = decode("x.tf", data)
        hcl.parse(source)
        for read in (hcl.parse_expression, hcl.parse_template):
            with contextlib.suppress(SyntaxProblem):
                read(source)


def read_partial(data: bytes) -> None:
    """The reader of JSON in texts, and what reads policies out of it."""
    value = parse_json(_as_text(_text(data)))
    for statement in document(value).statements:
        for action in ("iam:PassRole", "sts:AssumeRole"):
            statement.covers(action)
        _ = (statement.grants, statement.is_broad, statement.opens_iam, statement.is_all_of_iam, statement.narrowing)
    trust_in_ec2(value)


def unpack(data: bytes) -> None:
    """User data: what is packed in it, and the searches for keys, secrets, commands and metadata calls."""
    for inner in unwrap(_as_text(_text(data)), True):
        flat = inner.flat
        for found in (*find_keys(flat, None), *find_secrets(flat)):
            inner.span(found.start, found.end).first  # noqa: B018  # a place that does not exist raises
        metadata_calls(Script(flat), flat)


def read_settings(data: bytes) -> None:
    """Files that people write for iplint: parameters, configuration, baselines, comments."""
    for name in ("p.json", "p.toml"):
        with contextlib.suppress(ParameterFileError):
            read_parameters(name, data)
    with _file("iplint.toml", data) as path, contextlib.suppress(ConfigError):
        named(str(path), str(path.parent))
    with _file("baseline.json", data) as path, contextlib.suppress(ConfigError):
        Baseline.read(str(path), "baseline.json", str)
    string = _text(data)
    for ignore in comments(Source("x", string)):
        ignore.at.first  # noqa: B018  # a place that does not exist raises
    list(skips.comments(Source("x", string)))


def compare(data: bytes) -> None:
    """The second readers."""
    with contextlib.suppress(SyntaxProblem):
        source = decode("x.yaml", data)
        tree = yaml.parse(source)
        if tree is not None:
            compare_yaml(source, tree)
    with contextlib.suppress(SyntaxProblem):
        source = decode("x.tf", data)
        compare_terraform(source, hcl.parse(source)[0])


def judge(name: str, data: bytes) -> None:
    """Everything that `iplint check` and `iplint prove` do with a file of a name, in every format."""
    with _file(name, data) as path:
        report, _ = Session(SessionSettings(RULES, proofs=True), str(path.parent)).examine([str(path)])
        defects = [notice.message for notice in report.notices if notice.kind == "internal"]
        assert not defects, defects
        files = report.files
        assert files.found == files.checked + files.not_templates + files.unreadable
        assert not files.unreadable or any(notice.kind in ("unreadable", "unsupported") for notice in report.notices)
        for render in (json_report.render, sarif.render, concise.render, github.render):
            render(report, RULES, "0")
        for render in (gitlab.render, junit.render, markdown.render):
            render(report, RULES, "0")
        text.render(report, RULES, color=True)
        found, mask = report.proofs or [], Mask(report.hidden)
        proofs.text(found, mask)
        proofs.markdown(found, mask)
        proofs.json(found, report.notices, mask, "0")


def judge_template(data: bytes) -> None:
    """A CloudFormation template."""
    judge("t.yaml", data)


def judge_terraform(data: bytes) -> None:
    """A Terraform file."""
    judge("main.tf", data)


def judge_terraform_json(data: bytes) -> None:
    """A Terraform file in JSON."""
    judge("main.tf.json", data)


def judge_plan(data: bytes) -> None:
    """A Terraform plan."""
    judge("plan.json", data)


def judge_packer(data: bytes) -> None:
    """A Packer template."""
    judge("image.pkr.hcl", data)


def judge_terragrunt(data: bytes) -> None:
    """A Terragrunt unit."""
    judge("terragrunt.hcl", data)


# Each target with the endings of the fixtures that are its seeds.
TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[str, ...]]] = {
    "yaml": (read_yaml, (".yaml", ".json")),
    "hcl": (read_hcl, (".tf", ".hcl")),
    "partial": (read_partial, (".json", ".txt")),
    "user-data": (unpack, (".yaml", ".tf", ".sh", ".txt")),
    "settings": (read_settings, (".toml", ".json", ".yaml", ".tf")),
    "cross-check": (compare, (".yaml", ".tf")),
    "template": (judge_template, (".yaml", ".json")),
    "terraform": (judge_terraform, (".tf",)),
    "terraform-json": (judge_terraform_json, (".tf.json",)),
    "plan": (judge_plan, ("plan.json",)),
    "packer": (judge_packer, (".pkr.hcl",)),
    "terragrunt": (judge_terragrunt, ("terragrunt.hcl",)),
}


def seeds(endings: tuple[str, ...], folder: Path = FIXTURES) -> list[bytes]:
    """The contents of the files below a folder that have one of some endings, in the order of their paths."""
    found = [*POLICIES] if ".json" in endings else []
    for directory, below, names in os.walk(folder):
        below.sort()
        found += [(Path(directory) / name).read_bytes() for name in sorted(names) if name.endswith(endings)]
    return found
