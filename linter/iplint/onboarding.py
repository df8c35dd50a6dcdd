"""What `iplint init` writes into a repository: a configuration, a hook of pre-commit, and jobs of pipelines."""

from __future__ import annotations

import re

from iplint.config import SETTINGS, Config

CONFIGURATION = ".iplint.toml"
HOOK = ".pre-commit-config.yaml"
WORKFLOW = ".github/workflows/iplint.yml"
JOB = ".gitlab-ci.yml"

_WORKFLOW = """\
# `iplint` in docs/ci.md has more: results in code scanning, only what a pull request introduces.
name: iplint
on:
  pull_request:
  push:
    branches: [{branch}]
permissions:
  contents: read
jobs:
  iplint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4 # pin it to the hash of a commit
        with:
          persist-credentials: false
      # From outside of the checkout, so that nothing there is run.
      - run: python3 -I -m venv iplint && iplint/bin/python -I -m pip install --quiet '{requirement}'
        working-directory: ${{{{ runner.temp }}}}
      - run: >-
          "$RUNNER_TEMP/iplint/bin/python" -I -m iplint check
          --format github --output "markdown:$GITHUB_STEP_SUMMARY"
"""
_JOB = """\
iplint:
{stage}  image: python:3.13
  script:
    - (cd / && python -I -m pip install --quiet '{requirement}')
    - python -I -m iplint check --output gitlab:gl-code-quality-report.json --output junit:iplint.xml
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
      junit: iplint.xml
"""
_HOOK = """\
- repo: local
  hooks:
    - id: iplint
      name: iplint
      entry: iplint check --pre-commit
      language: python
      additional_dependencies: ['{requirement}']
      files: (?i)(\\.(ya?ml|json|template|cfn|tf|tofu|tfvars|pkr\\.hcl|pkrvars\\.hcl)|(^|/)terragrunt\\.hcl)$
      exclude: (^|/)(\\.terraform|node_modules|cdk\\.out/asset\\.[^/]*)/
      require_serial: true
"""


class NotUnderstoodError(Exception):
    """A file that cannot be added to; the message says why, and what to do."""


def configuration() -> str:
    """Return a configuration with every setting, its meaning and its default, all of them commented out."""
    lines = ["# Settings of iplint, with their defaults. `iplint config` shows what counts."]
    for name, kind in SETTINGS.items():
        lines += ["", f"# {kind.doc}", f"#{name} = {Config().as_toml(name)}"]
    return "\n".join([*lines, ""])


def with_hook(text: str, requirement: str) -> str:
    """Return a configuration of pre-commit with the hook as its last repository; the same where it has one.

    Raises NotUnderstoodError.
    """
    if re.search(r"^\s*(?:- )?id:\s*iplint", text, re.MULTILINE) or "id: iplint" in text:
        return text
    hook = _HOOK.format(requirement=requirement)
    if not text.strip():
        return "repos:\n" + hook
    start = re.search(r"^repos:[ \t]*(?:#[^\n]*)?\n", text, re.MULTILINE)
    first = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]*)- ").match(text, start.end()) if start is not None else None
    if start is None or first is None:
        raise NotUnderstoodError(f"it has no list `repos:` to add to; add this to it:\n{hook}")
    # The list ends where the next key of the file, in the first column, begins.
    following = re.compile(r"^[^\s#-]", re.MULTILINE).search(text, start.end())
    end = following.start() if following is not None else len(text)
    head = text[:end].rstrip() + "\n"
    return head + "".join(f"{first[1]}{line}\n" for line in hook.splitlines()) + text[end:]


def workflow(requirement: str, branch: str) -> str:
    """Return a workflow of GitHub Actions."""
    return _WORKFLOW.format(requirement=requirement, branch=branch)


def with_job(text: str, requirement: str) -> str:
    """Return a pipeline of GitLab with the job added after the others; unchanged where it has one."""
    if re.search(r"^iplint:", text, re.MULTILINE):
        return text
    # A pipeline has the stage `test` unless it lists its stages; `.pre` it always has.
    has_test = not re.search(r"^stages:", text, re.MULTILINE) or re.search(
        r"^stages:[^\n]*\btest\b", text, re.MULTILINE
    )
    has_test = has_test or re.search(r"^[ \t]*-[ \t]*[\"']?test[\"']?[ \t]*$", text, re.MULTILINE)
    job = _JOB.format(requirement=requirement, stage="" if has_test else "  stage: .pre\n")
    return f"{text.rstrip()}\n\n{job}" if text.strip() else job
