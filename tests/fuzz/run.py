"""Fuzz one target with atheris: `python tests/fuzz/run.py TARGET [SECONDS] [FOLDER]`.

FOLDER holds further seeds beside the fixtures. What crashes or hangs is written to the working directory; its name
tells how. Needs atheris (`pip install '.[fuzz]'`; Linux and macOS).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

import atheris

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), *(str(HERE.parents[1] / name) for name in ("linter", "rules"))]
sys.setrecursionlimit(20_000)

with atheris.instrument_imports(include=["iplint", "iplint_rules"]):
    from mutate import mutated
    from targets import TARGETS, seeds


def main() -> None:
    """Run until the time is up or something breaks."""
    name, seconds, *folders = [*sys.argv[1:2], *(sys.argv[2:] or ["60"])]
    target, endings = TARGETS[name]
    with tempfile.TemporaryDirectory() as corpus:
        found = [*seeds(endings), *(seed for folder in folders for seed in seeds(endings, Path(folder)))]
        for number, seed in enumerate(found):
            (Path(corpus) / str(number)).write_bytes(seed)
        options = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=20000", corpus]

        def change(data: bytes, most: int, seed: int) -> bytes:
            if seed % 2:
                return atheris.Mutate(data, most)
            return mutated(data, Random(seed), found)[:most]

        atheris.Setup([sys.argv[0], *options], target, custom_mutator=change)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
