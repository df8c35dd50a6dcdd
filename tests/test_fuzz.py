"""Mutated fixtures neither break nor hang anything: the same ones in every run, as the seeds are fixed.

`python tests/fuzz/run.py TARGET SECONDS` goes on from here, guided by what is reached.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest

sys.path.append(str(Path(__file__).parent / "fuzz"))
from mutate import mutated
from targets import TARGETS, seeds

# So many runs take each target a few seconds.
RUNS = {"yaml": 1500, "hcl": 1500, "partial": 1500, "user-data": 500, "settings": 500, "cross-check": 30}
LARGEST = 20_000


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_mutations_break_nothing(name: str) -> None:
    target, endings = TARGETS[name]
    found = [seed for seed in seeds(endings) if len(seed) <= LARGEST]
    found = found or [b"{}"]
    random = Random(name)
    for _ in range(RUNS.get(name, 120)):
        target(mutated(random.choice(found), random, found))


def test_seeds_are_judged_as_they_are() -> None:
    """The targets read what they are given: a fixture that fails is found to fail."""
    from conftest import FIXTURES, judged

    folder = FIXTURES / "imdsv1-allowed"
    paths = [path for path in sorted(folder.glob("*.yaml")) if "expect:" in path.read_text(encoding="utf-8")]
    assert paths
    assert all(judged(path).findings for path in paths)
