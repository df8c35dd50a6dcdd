"""What a command costs: CPU seconds of its whole process tree, wall seconds, peak memory."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, TypeVar

Key = TypeVar("Key")


class Cost(NamedTuple):
    """`cpu` is user and system time of a process and all its descendants; `peak` the megabytes of the largest one.

    Linux counts the memory of the one who measures as well: a peak that is no higher than bare Python's tells nothing.
    """

    cpu: float
    wall: float
    peak: float


class Failed(Exception):
    """A command that cannot be measured; the message says why."""


def cost(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    statuses: Collection[int] = (0,),
    timeout: float = 600,
) -> Cost:
    """Run a command and tell its cost. Raises Failed for another exit status, or when it is not done in time."""
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
        timer = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        # Popen.wait would not tell what this very process and its children used.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode == -signal.SIGKILL and wall >= timeout:
            raise Failed(f"over {timeout:.0f} s")
        if process.returncode not in statuses:
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise Failed(f"exit status {process.returncode} {last}".strip())
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def medians(measures: Mapping[Key, Callable[[], Cost]], times: int, enough: float = 10) -> dict[Key, Cost | Failed]:
    """The median costs of several measures, taken in turns so that a change of load meets them all alike.

    What takes over `enough` CPU seconds is measured once.
    """
    costs: dict[Key, list[Cost]] = {name: [] for name in measures}
    failures: dict[Key, Failed] = {}
    for _ in range(times):
        for name, measure in measures.items():
            if name in failures or (costs[name] and costs[name][0].cpu > enough):
                continue
            try:
                costs[name].append(measure())
            except Failed as failed:
                failures[name] = failed
    return {
        name: failures.get(name) or Cost(*(statistics.median(column) for column in zip(*costs[name], strict=True)))
        for name in measures
    }
