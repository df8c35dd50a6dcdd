"""Processes that check the roots of a batch beside each other, where a process can fork.

All of them start with what was read so far. Each takes some roots at a time, in the order of the batch, and sends the
results back through a pipe of its own. The session takes them in the order of the batch, each as it takes a result from
the cache: so the report is the same for any number of processes.
"""

from __future__ import annotations

import gc
import os
import signal
from contextlib import suppress
from fcntl import F_SETPIPE_SZ, fcntl
from io import BytesIO
from pickle import Pickler, Unpickler
from threading import Lock

from iplint.finding import RootResult
from iplint.location import Source
from iplint.resource import Notice, NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import NoReturn, TypeAlias

    from iplint.discovery.pending import Answers, PendingRoot, RootInfo

    Check: TypeAlias = Callable[[PendingRoot], RootResult | None]
    # The result of a root, what reading it recorded, and what it asked.
    Sent: TypeAlias = tuple[RootResult | None, RootInfo, Answers]

# A process is started for so many roots at least.
MIN_ROOTS = 4
# Into how many portions, for each process, the roots that remain are divided: the last portions are single roots.
PORTIONS = 4
_NUMBER = 4  # bytes
_CHUNK = 1 << 16
# What a process may send before the first one listens, in bytes.
_PIPE = 1 << 20

_lock = Lock()
_running: set[int] = set()
_is_stopped = False


def stop() -> None:
    """Kill the running processes, wait for their ends, and start no more."""
    global _is_stopped
    with _lock:
        _is_stopped = True
        for process in _running:
            _kill(process)
        for process in _running:
            _wait(process)
        _running.clear()


class Workers:
    """The processes that check one batch of roots after the other. A context that ends them all.

    `jobs` is how many there may be, `check` checks a root, here or there. With `records` they also return what they
    asked of workspaces.
    """

    __slots__ = ("_batch", "_check", "_ended", "_inputs", "_jobs", "_places", "_received", "_records", "_sources")

    def __init__(self, jobs: int, check: Check, *, records: bool) -> None:
        self._jobs = jobs
        self._check = check
        self._records = records
        self._batch: Sequence[PendingRoot] = ()
        self._places: dict[PendingRoot, int] = {}
        self._inputs: dict[int, _Input] = {}
        self._received: dict[int, bytes] = {}
        # The files in results, by display path; each is sent once by a process.
        self._sources: dict[str, Source] = {}
        self._ended = 0

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for number, input in self._inputs.items():
            _kill(input.process)
            os.close(number)
            _reap(input.process)
        self._inputs.clear()

    def start(self, batch: Sequence[PendingRoot], wanted: Sequence[int]) -> bool:
        """Start to check the roots at some places of a batch, in ascending order.

        Return whether there are enough of them, and room for the processes.
        """
        processes = min(self._jobs, len(wanted) // MIN_ROOTS)
        self._batch = batch
        if processes < 2 or not self._fork(processes, wanted):
            return False
        self._places = {batch[place]: place for place in wanted}
        return True

    def check(self, pending: PendingRoot) -> RootResult | None:
        """Return the result of a root: what a process sends, else that of a check here."""
        place = self._places.pop(pending, None)
        if place is None:
            return self._check(pending)
        data = self._data(place)
        if data is None:
            # The process that took this root has ended. So that this cannot end the run, another one is tried.
            data = self._data(place) if self._fork(1, [place]) else b""
        if data is None:
            return self._lost(pending)
        return self._taken(pending, data) if data else self._check(pending)

    def _data(self, place: int) -> bytes | None:
        """Wait for the result of a root; None if all processes end without it."""
        while place not in self._received and self._inputs:
            self._receive()
        return self._received.pop(place, None)

    def _receive(self) -> None:
        """Take in what arrives next."""
        from select import poll

        waiting = poll()
        for number in self._inputs:
            waiting.register(number)
        for number, _ in waiting.poll():
            input = self._inputs[number]
            data = os.read(number, _CHUNK)
            if data:
                self._received.update(input.messages(data))
            else:
                del self._inputs[number]
                os.close(number)
                self._ended = _reap(input.process)

    def _taken(self, pending: PendingRoot, data: bytes) -> RootResult | None:
        """Return a result that was sent, and skip its root here."""
        sent: Sent = _Unpacker(data, self._sources).load()
        result, pending.info, answers = sent
        if pending.workspace is not None:
            pending.workspace.learn(answers)
        pending.skip(pending.info)
        return result

    def _lost(self, pending: PendingRoot) -> RootResult:
        """Return the result of a root that ended its process twice."""
        code = self._ended
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
        message = f"the process that checks this was ended twice, {how}: it is not checked, and may need more memory"
        result = RootResult()
        result.notices.append(Notice(NoticeKind.UNREADABLE, pending.path, message))
        pending.skip(pending.info)
        return result

    def _fork(self, processes: int, wanted: Sequence[int]) -> bool:
        """Start processes for the roots at some places; return whether there is any."""
        taking, giving = os.pipe()
        for first, last in _portions(len(wanted), processes):
            os.write(giving, first.to_bytes(_NUMBER) + last.to_bytes(_NUMBER))
        os.close(giving)
        try:
            for _ in range(processes):
                number, output = os.pipe()
                with suppress(OSError):  # it is a wish
                    fcntl(output, F_SETPIPE_SZ, _PIPE)
                with _lock:
                    if _is_stopped:
                        raise KeyboardInterrupt
                    process = os.fork()
                    if process:
                        _running.add(process)
                if not process:
                    self._work(wanted, taking, output)
                os.close(output)
                self._inputs[number] = _Input(process)
        except OSError:
            pass  # the machine has no room for another one
        os.close(taking)
        return bool(self._inputs)

    def _work(self, wanted: Sequence[int], taking: int, output: int) -> NoReturn:
        """Check roots in this process, which ends with that."""
        status = 1
        try:
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(name) is not signal.SIG_IGN:
                    signal.signal(name, signal.SIG_DFL)
            for number in self._inputs:
                os.close(number)
            # What is here already is not looked through, so that its pages stay common to all processes.
            gc.freeze()
            files: set[str] = set()
            done = 0
            with open(output, "wb") as file:
                while portion := os.read(taking, 2 * _NUMBER):
                    first, last = int.from_bytes(portion[:_NUMBER]), int.from_bytes(portion[_NUMBER:])
                    for place in wanted[first:last]:
                        for passed in self._batch[done:place]:
                            passed.release()
                        done = place
                        data = self._packed(self._batch[place], files)
                        file.write(place.to_bytes(_NUMBER) + len(data).to_bytes(_NUMBER) + data)
                        file.flush()
            status = 0
        finally:
            os._exit(status)

    def _packed(self, pending: PendingRoot, files: set[str]) -> bytes:
        """Check a root; return what is to be sent. Nothing where it has to be checked in the first process."""
        try:
            sent = self._checked(pending)
            if sent[0] is None and sent[1].is_template:
                return b""  # no template, and what it is instead is counted where it is read
            packer = _Packer(files)
            packer.dump(sent)
        except Exception:  # it is raised again there
            return b""
        files |= packer.new
        return packer.file.getvalue()

    def _checked(self, pending: PendingRoot) -> Sent:
        workspace = pending.workspace
        if workspace is None or not self._records:
            return self._check(pending), pending.info, {}
        with workspace.recording() as asked:
            result = self._check(pending)
        return result, pending.info, workspace.answers(asked)


class _Input:
    """What arrives from one process."""

    __slots__ = ("_data", "process")

    def __init__(self, process: int) -> None:
        self.process = process
        self._data = bytearray()

    def messages(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the messages that are complete with further data, each with the place of its root."""
        whole = self._data
        whole += data
        head = 2 * _NUMBER
        while len(whole) >= head and len(whole) >= (end := head + int.from_bytes(whole[_NUMBER:head])):
            yield int.from_bytes(whole[:_NUMBER]), bytes(whole[head:end])
            del whole[:end]


class _Packer(Pickler):
    """Pickle results into `file`, without the texts of `known` files; `new` are those whose texts are in it."""

    def __init__(self, known: set[str]) -> None:
        self.file = BytesIO()
        super().__init__(self.file, 5)
        self._known = known
        self.new: set[str] = set()

    def persistent_id(self, obj: object) -> tuple[str, str | None] | None:
        """Return the path of a file, with its text the first time."""
        if not isinstance(obj, Source) or not obj.is_file:
            return None
        if obj.path in self._known or obj.path in self.new:
            return obj.path, None
        self.new.add(obj.path)
        return obj.path, obj.text


class _Unpacker(Unpickler):
    """Read what a _Packer of a process of ours wrote, with one source for each file."""

    def __init__(self, data: bytes, sources: dict[str, Source]) -> None:
        super().__init__(BytesIO(data))
        self._sources = sources

    def persistent_load(self, pid: tuple[str, str | None]) -> Source:
        """Return the file with a path."""
        path, text = pid
        if text is not None and path not in self._sources:
            self._sources[path] = Source(path, text, is_file=True)
        return self._sources[path]


def _portions(count: int, processes: int) -> Iterator[tuple[int, int]]:
    """Yield the portions of so many roots, as start and end: neighbours, which share modules, stay together."""
    first = 0
    while first < count:
        last = first + max(1, (count - first) // (PORTIONS * processes))
        yield first, last
        first = last


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _reap(process: int) -> int:
    """Wait for the end of a process that ends now; return its exit code."""
    with _lock:
        _running.discard(process)
        return _wait(process)


def _wait(process: int) -> int:
    """Wait for the end of a process; return its exit code, negative for a signal."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    except ChildProcessError:
        return 0  # it was waited for, or nobody may wait for it
