"""The scripts that complete command lines, each in its real shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from iplint.cli import COMMANDS
from iplint.config import BASELINE
from iplint_rules import all_rules

Command = Callable[..., CompletedProcess[str]]
# A line up to where it is completed, and the last word of it then.
CASES = {
    "iplint che": "check",
    "iplint check --stati": "--statistics",
    "iplint check -q --format juni": "junit",
    "iplint check --format=juni": "junit",
    "iplint inventory --format mark": "markdown",
    "iplint prove --format mark": "markdown",
    "iplint check --fail-on crit": "critical",
    "iplint check --select imdsv1-al": "imdsv1-allowed",
    "iplint check --select=metadata,imdsv1-al": "metadata,imdsv1-allowed",
    "iplint check --ignore hyg": "hygiene",
    "iplint explain missing-ins": "missing-instance-profile",
    "iplint completion zs": "zsh",
}
FILES = ("iplint check a", "iplint check --output a", "iplint explain imdsv1-allowed a", "iplint migrate --write a")


@pytest.fixture
def scripted(iplint: Command, tmp_path: Path) -> Callable[[str], Path]:
    """Write the script for a shell, beside a file `a template.yaml`."""

    def write(shell: str) -> Path:
        (tmp_path / "a template.yaml").write_text("", encoding="utf-8")
        done = iplint("completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        (tmp_path / "script").write_text(done.stdout, encoding="utf-8")
        return tmp_path

    return write


def run(folder: Path, *command: str) -> str:
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def needed(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


BASH = """\
source ./script
for line; do
    COMP_WORDS=(${line//=/ = }) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    [[ $line == *" " ]] && COMP_WORDS+=("") COMP_CWORD=$((COMP_CWORD + 1))
    _iplint
    echo "${COMPREPLY[*]}"
done
"""


def test_bash(scripted: Callable[[str], Path]) -> None:
    folder = scripted("bash")
    assert run(folder, "bash", "-c", BASH, "bash", *CASES).splitlines() == list(CASES.values())
    shown = run(folder, "bash", "-c", BASH, "bash", "iplint ", "iplint check --select ", "iplint check --").splitlines()
    assert [word for word in shown[0].split() if not word.startswith("-")] == list(COMMANDS)
    assert {rule.name for rule in all_rules()} | {"metadata", "all", "default"} <= set(shown[1].split())
    assert {"--help", "--since", "--no-repo-config", "--stdin-filename"} <= set(shown[2].split())
    # Files are for readline, which quotes their names.
    assert run(folder, "bash", "-c", BASH, "bash", *FILES) == "\n" * len(FILES)
    assert run(folder, "bash", "-c", "source ./script; complete -p iplint") == (
        "complete -o default -F _iplint iplint\n"
    )


# A line is typed into a zsh with a terminal, then a key that prints what the line has become.
ZSH = """\
zmodload zsh/zpty
zpty -b inner zsh -f -i
zpty -w inner 'PROMPT= RPS1= ; unsetopt prompt_sp; stty -echo; autoload -U compinit; compinit -u -D; source ./script'
zpty -w inner 'show() { print -r -- "<$BUFFER>"; zle kill-buffer }; zle -N show; bindkey ^X show; print -r "<""ready>"'
zpty -r -m inner answer "*<ready>*"
for line; do
    zpty -w -n inner "$line"$'\\t\\x18'
    zpty -r -m inner answer "*<iplint*>*"
    print -r -- "${${answer##*<}%%>*}"
done
zpty -d inner
"""


def test_zsh(scripted: Callable[[str], Path]) -> None:
    needed("zsh")
    folder = scripted("zsh")
    completed = run(folder, "zsh", "-f", "-c", ZSH, "zsh", *CASES, *FILES).splitlines()
    # A comma stays only where another rule follows.
    ends = [word.rstrip(" ,").replace("=", " ").rpartition(" ")[2] for word in completed[: len(CASES)]]
    assert ends == list(CASES.values())
    assert [line.rstrip() for line in completed[len(CASES) :]] == [f"{line}\\ template.yaml" for line in FILES]


def test_fish(scripted: Callable[[str], Path]) -> None:
    needed("fish")
    folder = scripted("fish")
    asked = "".join(f"complete -C '{line}'; echo -- --; " for line in (*CASES, *FILES))
    answers = run(folder, "fish", "--no-config", "-c", f"source ./script; {asked}").split("--\n")[:-1]
    words = [answer.partition("\t")[0].strip().rpartition("=")[2] for answer in answers]
    assert words == [*CASES.values(), *["a template.yaml"] * len(FILES)]
    assert [answer.count("\n") for answer in answers] == [1] * len(answers)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_option_is_known_and_nothing_but_words_is_in_the_script(iplint: Command, shell: str) -> None:
    told = iplint("completion", shell).stdout
    for option in ("select", "stdin-filename", "no-repo-config", "baseline", "write"):
        assert f"-l {option} " in told if shell == "fish" else f"--{option}" in told
    assert "==SUPPRESS==" not in told
    assert "%" not in told.replace("${current%,*}", "").replace("%%", "")
    assert BASELINE in told or shell == "bash"
