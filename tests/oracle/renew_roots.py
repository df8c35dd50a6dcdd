"""Write what Terraform plans for each root: `python tests/oracle/renew_roots.py PLUGINS` (needs `terraform`).

PLUGINS is a folder that holds the AWS provider, as `terraform init -plugin-dir` takes it. All roots are planned as
modules of one: a provider takes long to start. A row of `roots.jsonl` is the digest of the root's files, and its
resources by address: what the plan knows of their arguments. What it does not know is left out, and listed as a path.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from roots import roots  # noqa: E402 - beside this file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HEAD = """terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "FAKE"
  secret_key                  = "FAKE"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  skip_region_validation      = true
}
"""


def digest(files: dict[str, str], passed: dict[str, str]) -> str:
    """What tells one root from another."""
    return hashlib.sha256(json.dumps([files, passed], sort_keys=True).encode()).hexdigest()[:16]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def planned(folder: Path, plugins: str) -> dict[str, Any]:
    """The plan of a root as JSON."""

    def terraform(*arguments: str) -> str:
        environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true", "CHECKPOINT_DISABLE": "1"}
        ran = subprocess.run(
            ["terraform", *arguments], cwd=folder, capture_output=True, text=True, check=False, env=environment
        )
        if ran.returncode:
            raise SystemExit(ran.stderr[:20_000])
        return ran.stdout

    terraform("init", "-no-color", f"-plugin-dir={plugins}")
    terraform("plan", "-no-color", "-out=plan", "-refresh=false", "-lock=false")
    shown: dict[str, Any] = json.loads(terraform("show", "-json", "plan"))
    return shown


# What is compared.
SETTINGS = frozenset(
    [
        "ami",
        "associate_public_ip_address",
        "assume_role_policy",
        "availability_zones",
        "iam_instance_profile",
        "image_id",
        "inline_policy",
        "instance_type",
        "json",
        "launch_template",
        "managed_policy_arns",
        "max_size",
        "metadata_options",
        "min_size",
        "mixed_instances_policy",
        "name",
        "path",
        "permissions_boundary",
        "policy",
        "policy_arn",
        "role",
        "tags",
        "update_default_version",
        "user_data",
    ]
)


def unknown_paths(unknown: object, prefix: str = "") -> Iterator[str]:
    """The paths of what a plan does not know."""
    match unknown:
        case True:
            yield prefix
        case dict():
            for name, inner in unknown.items():
                yield from unknown_paths(inner, f"{prefix}.{name}" if prefix else name)
        case list():
            for index, inner in enumerate(unknown):
                yield from unknown_paths(inner, f"{prefix}.{index}")


def kept(value: object) -> Any:
    """A value without what is null or empty in it, and documents as what they hold."""
    match value:
        case dict():
            return {name: kept(inner) for name, inner in value.items() if inner not in (None, [], {}, "")}
        case list():
            return [kept(item) for item in value]
        case str() if value.startswith("{"):
            return json.loads(value)
        case _:
            return value


def resources(plan: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """The resources of a plan: address, what is known, paths of what is not."""
    for change in plan.get("resource_changes", []):
        known = {name: value for name, value in kept(change["change"]["after"]).items() if name in SETTINGS}
        unknown = unknown_paths(change["change"]["after_unknown"])
        yield change["address"], known, sorted(path for path in unknown if path.partition(".")[0] in SETTINGS)
    waiting = [plan.get("prior_state", {}).get("values", {}).get("root_module", {})]
    while waiting:
        module = waiting.pop()
        waiting += module.get("child_modules", [])
        for resource in module.get("resources", []):
            yield resource["address"], kept({"json": resource["values"]["json"]}), []


def main() -> None:
    """Write the plans of all roots."""
    every = roots()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        calls: list[str] = [HEAD]
        for number, (files, passed) in enumerate(every):
            write(folder / f"r{number}", files)
            given = "".join(f"  {name} = {value}\n" for name, value in passed.items())
            calls.append(f'module "r{number}" {{\n  source = "./r{number}"\n{given}}}\n')
        (folder / "main.tf").write_text("".join(calls))
        plan = planned(folder, sys.argv[1])
    found: list[dict[str, list[object]]] = [{} for _ in every]
    for address, known, unknown in resources(plan):
        _, name, inner = address.split(".", 2)
        found[int(name[1:])][inner] = [known, unknown]
    lines = [json.dumps({"terraform": plan["terraform_version"], "aws": "5.100.0"})]
    for (files, passed), rows in zip(every, found, strict=True):
        row = [digest(files, passed), dict(sorted(rows.items()))]
        lines.append(json.dumps(row, ensure_ascii=True, separators=(",", ":")))
    (HERE / "roots.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
