"""What a fleet costs beside plain checks, how it scales, and how much memory it takes.

Usage: python benchmarks/fleet.py [--repositories N] [--tiny N] [--simulate FILE]

- overhead: N small archives (default 300), made from the fixtures of the tests, each checked by `iplint check` in one
  process, and by a fleet with one worker. Both times are per repository, without start-up: wall time, and the CPU time
  of all processes, which other work on the machine changes less.
- scaling: the same with two workers; and, from the measured times of the repositories and of the scheduler, a
  simulation of up to 64 workers, each of which takes the next repository when it is free (`--simulate FILE` takes the
  times of an own run's JSON Lines instead). One repository cannot start before the scheduler has dispatched those
  before it, at what it takes of this process for each.
- memory: N repositories of one file each (default 20,000; 0 leaves this out), with the resident memory of the process
  of scheduler and client, of the largest worker and of the largest process that checks, as a quarter of them are done,
  half, and all.

Run it on a machine that does nothing else, with the interpreter of an environment that iplint[fleet] is installed in.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import heapq
import io
import json
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from iplint.cli import run as command
from iplint.cli.command import Parser
from iplint.cli.fleet import CHILD, add_arguments, shipped
from iplint.fleet.repository import ARCHIVE, DIRECTORY, Repository
from iplint.fleet.run import Cluster

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"
TEMPLATE = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: ami-0abcdef1234567890}\n"
WORKERS = (1, 2, 4, 8, 16, 32, 64)


class Fleet:
    """A run of a fleet: the seconds of each repository, and what the run took after its first answers."""

    def __init__(self, repositories: Sequence[Repository], workers: int) -> None:
        parser = Parser("iplint fleet", "")
        add_arguments(parser)
        supply = shipped(parser.parse_args(["x"]), sarif=False, digests=True)
        cluster = Cluster(None, workers, 120, print)
        self.seconds: list[float] = []
        # CPU seconds of a repository, by the kind of process.
        self.cpu: dict[str, float] = {}
        self.memory: list[tuple[float, float, float]] = []
        # The first answers of each worker take its start.
        first = 4 * workers
        start = 0.0
        used: dict[str, float] = {}
        quarters = {len(repositories) * part // 4 for part in (1, 2, 4)}
        for number, (_, answer) in enumerate(cluster.answers(repositories, supply, {}), 1):
            assert answer.status == "checked", answer.cause
            self.seconds.append(answer.seconds)
            if number == first:
                start, used = time.perf_counter(), cpu()
            if number in quarters:
                self.memory.append(memory())
            if number == len(repositories):
                count = len(repositories) - first
                self.wall = (time.perf_counter() - start) / count
                self.cpu = {kind: (seconds - used[kind]) / count for kind, seconds in cpu().items()}

    @property
    def dispatch(self) -> float:
        """The CPU seconds of scheduler and client for one repository."""
        return self.cpu["scheduler and client"]


def cpu() -> dict[str, float]:
    """The CPU seconds so far of this process, of the workers, and of the processes that check."""
    found = {"scheduler and client": time.process_time(), "workers": 0.0, "checking processes": 0.0}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            kind = "checking processes" if CHILD in process.cmdline() else "workers"
            found[kind] += times.user + times.system
    return found


def memory() -> tuple[float, float, float]:
    """The resident megabytes of this process, of the largest worker, and of the largest process that checks."""
    workers, children = [0.0], [0.0]
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            size = process.memory_info().rss / 1e6
            (children if CHILD in process.cmdline() else workers).append(size)
    return psutil.Process().memory_info().rss / 1e6, max(workers), max(children)


def archives(top: Path, count: int) -> Iterator[Repository]:
    """Archives of up to four fixtures each, which are also unpacked beside them."""
    kinds = sorted(path for path in FIXTURES.iterdir() if path.is_dir())
    for number in range(count):
        source = kinds[number % len(kinds)]
        files = sorted(path for path in source.rglob("*") if path.is_file())
        path = top / f"{number}.tar.gz"
        (top / str(number) / ".git").mkdir(parents=True)
        with tarfile.open(path, "w:gz") as archive:
            for file in files[number // len(kinds) :][:4]:
                archive.add(file, file.relative_to(source).as_posix())
        with tarfile.open(path) as archive:
            archive.extractall(top / str(number), filter="data")
        yield Repository(str(number), ARCHIVE, str(path))


def plain(repositories: Sequence[Repository]) -> tuple[float, float]:
    """The seconds of `iplint check` for each repository, in this process: wall and CPU time."""
    gc.collect()
    gc.freeze()
    gc.disable()
    start, used, first = 0.0, 0.0, 4
    for number, repository in enumerate(repositories):
        if number == first:
            start, used = time.perf_counter(), time.process_time()
        place = repository.location.removesuffix(".tar.gz")
        with contextlib.chdir(place), contextlib.redirect_stdout(discard()), contextlib.redirect_stderr(discard()):
            command(["check", "--format", "json", "--no-cache", "-q"])
        gc.collect()
    gc.enable()
    count = len(repositories) - first
    return (time.perf_counter() - start) / count, (time.process_time() - used) / count


def discard() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")


def simulated(seconds: Sequence[float], workers: int, dispatch: float) -> float:
    """The seconds of a run in which every worker takes the next repository when it is free."""
    free = [0.0] * workers
    for number, one in enumerate(seconds):
        start = max(heapq.heappop(free), number * dispatch)
        heapq.heappush(free, start + one)
    return max(free)


def show_simulation(seconds: Sequence[float], dispatch: float) -> None:
    print("| workers | seconds | times as fast as one | of what would be possible |")
    print("| ---: | ---: | ---: | ---: |")
    one = simulated(seconds, 1, dispatch)
    for workers in WORKERS:
        took = simulated(seconds, workers, dispatch)
        print(f"| {workers} | {took:.1f} | {one / took:.1f} | {100 * one / took / workers:.0f} % |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repositories", type=int, default=300)
    parser.add_argument("--tiny", type=int, default=20_000)
    parser.add_argument("--simulate", type=Path)
    options = parser.parse_args()
    os.environ["IPLINT_CACHE_DIR"] = ""
    sys.setrecursionlimit(20_000)
    with tempfile.TemporaryDirectory() as work:
        top = Path(work)
        repositories = list(archives(top, options.repositories))
        wall, used = plain(repositories)
        runs = {workers: Fleet(repositories, workers) for workers in (1, 2)}
        print(f"load of the machine: {os.getloadavg()[0]:.1f}")
        print(f"plain check: {1000 * wall:.1f} ms a repository, {1000 * used:.1f} of CPU time")
        for workers, one in runs.items():
            parts = ", ".join(f"{kind} {1000 * seconds:.1f}" for kind, seconds in one.cpu.items())
            whole = sum(one.cpu.values())
            print(f"fleet, {workers} worker(s): {1000 * one.wall:.1f} ms, {1000 * whole:.1f} of CPU time ({parts})")
        more = sum(runs[1].cpu.values()) - used
        print(f"overhead with one worker: {1000 * (runs[1].wall - wall):.1f} ms, {1000 * more:.1f} of CPU time\n")
        seconds = runs[1].seconds
        if options.simulate is not None:
            lines = options.simulate.read_text(encoding="utf-8").splitlines()
            seconds = [json.loads(line)["seconds"] for line in lines]
        show_simulation(seconds, runs[1].dispatch)
    if options.tiny:
        with tempfile.TemporaryDirectory() as work:
            tiny: list[Repository] = []
            for number in range(options.tiny):
                place = Path(work) / str(number)
                (place / ".git").mkdir(parents=True)
                (place / "web.yaml").write_text(TEMPLATE, encoding="utf-8")
                tiny.append(Repository(str(number), DIRECTORY, str(place)))
            found = Fleet(tiny, 2)
        print(f"\n{options.tiny:,} tiny repositories: {1000 * found.wall:.1f} ms each, two workers\n")
        print("| done | scheduler and client, MB | largest worker, MB | largest checking process, MB |")
        print("| ---: | ---: | ---: | ---: |")
        for part, sizes in zip(("25 %", "50 %", "100 %"), found.memory, strict=True):
            print(f"| {part} | {' | '.join(f'{size:.0f}' for size in sizes)} |")


if __name__ == "__main__":
    main()
