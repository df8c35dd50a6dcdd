"""Whether a fleet on a real cluster loses anything, and what it takes: archives in object storage, a worker killed.

Usage: python benchmarks/fleet_storage.py [--archives N] [--workers N] [--keep DIRECTORY]

N archives (default 300) of the real repositories of IPLINT_CORPUS, of their directories and of generated trees are put
into S3 of moto's server. `iplint fleet` checks them with a scheduler and workers (default three) as processes, of which
one is killed with all that it runs when a third of the answers is there. Then each archive is checked by `iplint check`
in one process: reports and exit statuses have to be the same, and every archive must have one.

CPU seconds are those of all processes, by their kind. `--keep` keeps the JSON Lines. Run it with the interpreter of an
environment that iplint[fleet], moto and flask are installed in.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import growth
import psutil
from aws_server import environment, served
from trees import corpus

from iplint.cli import run as command

BUCKET = "repositories"
# How much of the archives are real ones, where there is a corpus.
REAL = 0.6


def sources(work: Path, count: int) -> Iterator[tuple[str, Path]]:
    """Directories of repositories, with names: real ones, directories of these, generated ones."""
    unpacked = corpus(work)
    found: list[tuple[str, Path]] = []
    if unpacked is not None:
        whole = sorted(path for path in (unpacked / "wild" / "wild").iterdir() if path.is_dir())
        found += [(f"wild/{path.name}", path) for path in whole]
        parts = [
            (f"parts/{path.relative_to(unpacked / 'wild' / 'wild').as_posix().replace('/', '.')}", path)
            for top in whole
            for path in sorted(top.rglob("*"))
            if path.is_dir() and not path.is_symlink() and len(path.relative_to(top).parts) <= 2
        ]
        random.Random(0).shuffle(parts)
        found += parts[: max(0, int(count * REAL) - len(found))]
    yield from found[:count]
    for number in range(len(found), count):
        top = work / "generated" / str(number)
        top.mkdir(parents=True)
        make = growth.cloudformation if number % 2 else growth.terraform
        make(top, (5, 10, 20, 40)[number // 2 % 4])
        yield f"generated/{number}", top


def archived(source: Path, target: Path) -> None:
    def kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return member if member.isreg() or member.isdir() else None

    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        archive.add(source, "", filter=kept)


def alone(archives: dict[str, Path], top: Path) -> dict[str, tuple[int, Any]]:
    """The exit status and the report of `iplint check` on each archive, in this process."""
    found: dict[str, tuple[int, Any]] = {}
    for name, path in archives.items():
        place = top / name
        (place / ".git").mkdir(parents=True)
        with tarfile.open(path) as archive:
            archive.extractall(place, filter="data")
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.chdir(place), contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            status = command(["check", "--format", "json", "--no-cache", "--jobs", "1", "-q"])
        output.flush()
        output.seek(0)
        found[name] = status, json.load(output)
    return found


class Processes:
    """Processes of a cluster, with the CPU seconds that they and their children take."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.seconds: dict[str, float] = {}
        self.peaks: Counter[str] = Counter()
        self.last: dict[tuple[str, int], float] = {}

    def start(self, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        place = self.work / f"{kind}-{len(self.running)}"
        place.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if kind == "command" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if kind == "command" else subprocess.DEVNULL,
            start_new_session=True,
        )
        self.running.append((kind, process))
        return process

    def look(self) -> None:
        """Note what all processes have taken so far: afterwards some are gone."""
        for kind, process in self.running:
            with contextlib.suppress(psutil.Error):
                one = psutil.Process(process.pid)
                for inner in (one, *one.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        is_child = "iplint.cli.fleet_child" in inner.cmdline()
                        what = "checking" if is_child else kind
                        times = inner.cpu_times()
                        self.last[what, inner.pid] = times.user + times.system
                        self.peaks[what] = max(self.peaks[what], inner.memory_info().rss // 1_000_000)
        self.seconds = defaultdict(float)
        for (kind, _), seconds in self.last.items():
            self.seconds[kind] += seconds

    def end(self) -> None:
        for _, process in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def expect(what: str, is_true: bool) -> None:
    print(f"{'yes' if is_true else 'NO'}: {what}", flush=True)
    if not is_true:
        raise SystemExit(1)


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def checked(work: Path, archives: dict[str, Path], workers: int) -> tuple[Path, Processes]:
    """Have a cluster check the archives, and kill one of its workers; return the JSON Lines."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    for name, path in archives.items():
        client.upload_file(str(path), BUCKET, f"repos/{name}.tar.gz")
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port = asking.getsockname()[1]
    address, output = f"tcp://127.0.0.1:{port}", work / "fleet.jsonl"
    processes = Processes(work)
    try:
        processes.start("scheduler", "dask", "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        options = ("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
        cluster = [processes.start("worker", "dask", "worker", address, *options) for _ in range(workers)]
        asked = (f"s3://{BUCKET}/repos/", "--scheduler", address, "-o", f"jsonl:{output}", "-q", "-f", "json")
        start = time.monotonic()
        going = processes.start("command", "iplint", "fleet", *asked)
        is_killed = False
        while going.poll() is None:
            processes.look()
            if not is_killed and lines_in(output) >= len(archives) // 3:
                os.killpg(cluster[0].pid, signal.SIGKILL)
                is_killed = True
                print(f"one worker killed after {lines_in(output)} answers")
            time.sleep(0.2)
        out, err = going.communicate()
        print(f"exit status {going.returncode}, {time.monotonic() - start:.1f} s, {json.loads(out)['summary']}")
        print(err.decode().strip()[-2000:])
        expect("a worker was killed on the way", is_killed)
    finally:
        processes.end()
    return output, processes


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--archives", type=int, default=300)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    with served() as server, tempfile.TemporaryDirectory() as place:
        os.environ.update(environment(server), IPLINT_CACHE_DIR="")
        work = Path(place)
        archives: dict[str, Path] = {}
        for name, source in sources(work, options.archives):
            archives[name] = work / "archives" / f"{name}.tar.gz"
            archived(source, archives[name])
        size = sum(path.stat().st_size for path in archives.values())
        kinds = Counter(name.partition("/")[0] for name in archives)
        print(f"{len(archives)} archives, {size / 1e6:.1f} MB: {dict(kinds)}", flush=True)
        output, processes = checked(work, archives, options.workers)
        lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
        if options.keep is not None:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / "fleet.jsonl").write_bytes(output.read_bytes())
        start = time.process_time()
        expected = alone(archives, work / "alone")
        print(f"one process: {time.process_time() - start:.1f} CPU s")
        print("| | CPU s | largest, MB |\n| --- | ---: | ---: |")
        for kind in ("command", "scheduler", "worker", "checking"):
            print(f"| {kind} | {processes.seconds[kind]:.1f} | {processes.peaks[kind]} |")
        again = [line["repository"] for line in lines if line["attempts"] > 1]
        print(f"tried again: {', '.join(again) or 'none'}")
        findings = sum(len(report["findings"]) for _, report in expected.values())
        expect("every archive has one line", [line["repository"] for line in lines] == sorted(archives))
        found = {line["repository"]: (line["exit"], line["report"]) for line in lines}
        expect(f"the same {findings} findings, reports and exit statuses as one process", found == expected)


if __name__ == "__main__":
    main()
