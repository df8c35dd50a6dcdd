"""What runs in the workers of a cluster: repositories are passed to processes of its own, which it ends if they hang.

A process checks one repository at a time. It is ended when it takes too long or too much memory, with everything that
it started; what it unpacked is removed then. The worker itself never reads a repository.

Facts: documentation of distributed, Worker plugins.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from select import select
from tempfile import gettempdir, mkdtemp
from threading import Lock

from distributed import WorkerPlugin

from iplint import __version__
from iplint.cache import code
from iplint.fleet.repository import FAILED, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from iplint.fleet.repository import Repository, Supply

    class Memory(Protocol):
        """What is used of psutil's memory information."""

        rss: int

    class Process(Protocol):
        """What is used of psutil's processes."""

        def memory_info(self) -> Memory:
            """Return the memory of the process."""
            ...


# How many seconds a process may take to start, beyond the time for its first repository.
START_SECONDS = 60.0
_POLL_SECONDS = 0.1
# After so many repositories, and beyond such a part of the memory of one, a process makes room for another one.
MAX_REPOSITORIES = 500
_KEPT_MEMORY = 0.25
_CHUNK = 1 << 20
_OPTIONS = "options.json"

_lock = Lock()
_pools: dict[str, Pool] = {}


class Mismatch(Exception):
    """A worker that would not check as this command does; the message says why."""


class Ended(Exception):
    """A process that ended before its answer; the message says how."""


class Pool:
    """The processes of a worker that check with one supply. `top` is a directory of the worker's."""

    __slots__ = ("_free", "_lock", "_supply", "_top")

    def __init__(self, supply: Supply, top: str) -> None:
        self._supply = supply
        self._top = mkdtemp(prefix="iplint-", dir=top)
        self._free: list[Child] = []
        self._lock = Lock()
        files = os.path.join(self._top, "files")
        for name, data in supply.files.items():
            path = os.path.join(files, *name.split("/"))
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
        with open(os.path.join(self._top, _OPTIONS), "w", encoding="utf-8") as file:
            file.write(json.dumps(supply.options).replace("{files}", json.dumps(files)[1:-1]))

    def check(self, repository: Repository, known: str | None) -> Answer:
        """Return the answer for a repository: if its process ends by itself, that of a second one."""
        limits = self._supply.limits
        request = {
            "kind": repository.kind,
            "location": repository.location,
            "known": known,
            "options": os.path.join(self._top, _OPTIONS),
            "size": limits.size,
            "entries": limits.entries,
            "digests": self._supply.digests,
            "sarif": self._supply.sarif,
        }
        line = json.dumps(request).encode() + b"\n"
        why = ""
        for attempt in (1, 2):
            with self._lock:
                child = self._free.pop() if self._free else None
            child = child if child is not None else Child(self._supply.module, self._top)
            try:
                answer = child.ask(line, limits.seconds, limits.memory)
            except Ended as error:
                child.end()
                why = str(error)
                continue
            except BaseException:
                child.end()
                raise
            answer.attempts = attempt
            if child.may_go_on(limits.memory):
                with self._lock:
                    self._free.append(child)
            else:
                child.end()
            return answer
        answer = Answer(FAILED, cause=f"the process that checks it was ended twice, {why}")
        answer.attempts = 2
        return answer

    def close(self) -> None:
        """End all processes, and remove what they left."""
        with self._lock:
            while self._free:
                self._free.pop().end()
        shutil.rmtree(self._top, ignore_errors=True)


class Child:
    """A process that checks one repository after the other, in a directory of its own below `top`."""

    __slots__ = ("_asked", "_directory", "_memory", "_process", "_start")

    def __init__(self, module: str, top: str) -> None:
        self._directory = mkdtemp(dir=top)
        self._process = subprocess.Popen(  # noqa: S603  # the program is this Python, the module one of iplint
            # Nothing is looked for in the working directory.
            [sys.executable, "-P", "-m", module, self._directory],
            cwd=self._directory,
            env={**os.environ, "TMPDIR": self._directory},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        process: type[Process] = import_module("psutil").Process
        self._memory: Process = process(self._process.pid)  # type: ignore[call-arg]  # the protocol has no constructor
        self._start = START_SECONDS
        self._asked = 0

    def may_go_on(self, memory: int) -> bool:
        """Return whether the process should take another repository, which may have so much memory."""
        is_fresh = self._asked < MAX_REPOSITORIES and not self._takes_more_than(int(_KEPT_MEMORY * memory))
        return is_fresh and self._process.poll() is None

    def ask(self, line: bytes, seconds: float, memory: int) -> Answer:
        """Return the answer to a request. Raises Ended where the process ends by itself."""
        last = time.monotonic() + seconds + self._start
        self._start = 0.0
        self._asked += 1
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise Ended("without a pipe")
        try:
            stdin.write(line)
            stdin.flush()
        except OSError:
            raise Ended(self._how()) from None
        parts: list[bytes] = []
        while True:
            if select([stdout], [], [], _POLL_SECONDS)[0]:
                data = os.read(stdout.fileno(), _CHUNK)
                parts.append(data)
                if data.endswith(b"\n"):
                    break
                if not data:
                    raise Ended(self._how())
            cause = ""
            if time.monotonic() > last:
                cause = f"it takes longer than {seconds:g} seconds"
            elif self._takes_more_than(memory):
                cause = f"it takes more than {memory >> 20} MiB of memory"
            if cause:
                self.end()
                return Answer(FAILED, cause=cause)
        found: dict[str, object] = json.loads(b"".join(parts))
        return _answer(found)

    def end(self) -> None:
        """Kill the process with all that it started, and remove its directory."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _takes_more_than(self, memory: int) -> bool:
        try:
            return self._memory.memory_info().rss > memory
        except Exception:  # psutil has an error of its own for a process that has ended
            return False

    def _how(self) -> str:
        code = self._process.wait()
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"


def _answer(found: Mapping[str, object]) -> Answer:
    def text(name: str) -> str | None:
        value = found.get(name)
        return value if isinstance(value, str) else None

    exit = found.get("exit")
    return Answer(
        text("status") or FAILED,
        cause=text("cause"),
        digest=text("digest"),
        exit=exit if isinstance(exit, int) else 3,
        report=text("report") or "null",
        sarif=text("sarif"),
        until=text("until"),
    )


class Supplier(WorkerPlugin):
    """Bring a supply to every worker, also to those that join later, under a `key` that no other run has."""

    def __init__(self, supply: Supply) -> None:
        self.key = f"{supply.key}-{os.urandom(4).hex()}"
        self.name = f"iplint-{self.key}"
        self._supply = supply

    def setup(self, worker: object) -> None:
        """Write the files of the supply on a worker."""
        top: object = getattr(worker, "local_directory", None)
        with _lock:
            if self.key not in _pools:
                _pools[self.key] = Pool(self._supply, top if isinstance(top, str) else gettempdir())

    def teardown(self, worker: object) -> None:
        """End what a worker runs with the supply."""
        del worker
        with _lock:
            pool = _pools.pop(self.key, None)
        if pool is not None:
            pool.close()


# Expands templates where it is installed (iplint[sam]).
_SAM = "aws-sam-translator"
_own_code: list[str] = []


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def own_code() -> str:
    """Return what identifies the code of a check in this process: versions, that of Python too, and files."""
    if not _own_code:
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        _own_code.append(f"iplint {__version__}, Python {python}, SAM {_version(_SAM)}, {code()}")
    return _own_code[0]


def check(repository: Repository, key: str, expected: str, known: str | None) -> Answer:
    """Check a repository on a worker, with the supply of a key. Raises Mismatch.

    `expected` is the code that the worker must have, `known` the digest of the content whose report is known.
    """
    if own_code() != expected:
        raise Mismatch("the worker has another version of iplint, PyYAML or aws-sam-translator")
    with _lock:
        pool = _pools.get(key)
    if pool is None:
        raise LookupError("the worker has not got the settings of this run")
    start = time.monotonic()
    answer = pool.check(repository, known)
    answer.seconds = time.monotonic() - start
    return answer
