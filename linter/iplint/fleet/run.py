"""Have a cluster check repositories, a bounded number at a time, whatever ends meanwhile.

A worker that ends costs a retry; a repository that ends its worker again and again is an answer that says so. Where the
scheduler ends, the run waits for it to come back, and asks again for what has no answer.

Facts: documentation of distributed, Client, Resilience and API.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from asyncio import CancelledError
from collections import deque
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing import resource_tracker

from iplint import temporary
from iplint.config import members_of
from iplint.fleet.repository import FAILED, Answer
from iplint.fleet.storage import described
from iplint.fleet.worker import Mismatch, Supplier, check, own_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Protocol, TypeAlias

    from iplint.fleet.repository import Repository, Supply

    class Security(Protocol):
        """What is used of distributed's certificates."""

    class LocalCluster(Protocol):
        """What is used of distributed's clusters on this machine."""

        scheduler_address: str

        def __enter__(self) -> object:
            """Return the cluster."""
            ...

        def __exit__(self, *arguments: object) -> object:
            """End the cluster."""
            ...

    class Client(Protocol):
        """What is used of distributed's clients."""

        loop: object

        def submit(self, function: object, *arguments: object, pure: bool, retries: int) -> Future:
            """Have a worker call a function."""
            ...

        def run(self, function: object) -> Mapping[str, object]:
            """Return what a function returns on each worker."""
            ...

        def register_plugin(self, plugin: object) -> object:
            """Bring a plugin to all workers."""
            ...

        def unregister_worker_plugin(self, name: str) -> object:
            """Take a plugin from all workers."""
            ...

        def wait_for_workers(self, count: int, timeout: float) -> None:
            """Wait for workers. Raises TimeoutError."""
            ...

        def nthreads(self) -> Mapping[str, int]:
            """Return the number of threads of each worker."""
            ...

        def cancel(self, futures: Sequence[Future]) -> object:
            """Have the cluster forget what was asked."""
            ...

        def get_versions(self) -> Mapping[str, object]:
            """Return the versions of the client, the scheduler and the workers."""
            ...

        def close(self, timeout: float) -> object:
            """End the connection."""
            ...

    class Settled(Protocol):
        """What is used of distributed's `as_completed`."""

        def add(self, future: Future) -> None:
            """Wait for one more."""
            ...

        def __next__(self) -> Future:
            """Return the next that is settled."""
            ...

    class Future(Protocol):
        """What is used of distributed's futures."""

        @property
        def status(self) -> str | None:
            """Return "finished", "error", "lost" or "cancelled", once it is settled."""
            ...

        def result(self) -> object:
            """Return the result."""
            ...

        def exception(self) -> BaseException | None:
            """Return the error of one whose status is "error"."""
            ...

        def release(self) -> None:
            """Let the cluster forget the result."""
            ...

    Flights: TypeAlias = "dict[Future, tuple[Repository, int]]"

_DISTRIBUTED = import_module("distributed")
_CLIENT: Callable[..., Client] = _DISTRIBUTED.Client
_CLUSTER: Callable[..., LocalCluster] = _DISTRIBUTED.LocalCluster
_SETTLED: Callable[..., Settled] = _DISTRIBUTED.as_completed
_CERTIFICATES: Callable[[], Security] = _DISTRIBUTED.Security.temporary
_SETTINGS: Callable[[Mapping[str, object]], AbstractContextManager[object]] = import_module("dask.config").set
# How many repositories are at the cluster at a time, for each of its processors.
PER_PROCESSOR = 3
# How many times a repository is tried where its worker ends, or fails.
MAX_ATTEMPTS = 2
# How many times in a row a scheduler may forget what it was asked, without any answer.
MAX_LOSSES = 3
# How often the number of processors is asked for, in seconds.
_REFRESH_SECONDS = 5.0
_CONNECT_SECONDS = 5.0
# Beyond that, whatever listens at the address is waited for as long again, and again.
_ANSWER_SECONDS = 3 * _CONNECT_SECONDS
# Scheduler and workers serve pages with what they do, which anybody on the machine could read, and the usual port may
# be another cluster's.
_NO_PAGES: dict[str, object] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
_PACKAGES = ("distributed",)
_GONE = "the scheduler is gone, or all workers are"


class ClusterError(Exception):
    """A cluster that cannot be used; the message says why, and what to do."""


class ClusterLost(Exception):
    """A cluster that has gone while it was checking, and has not come back."""


class _Lost(Exception):
    """The cluster does not do what was asked of it; the message says why."""


class Cluster:
    """Where repositories are checked: the scheduler at an `address`, or else `workers` processes on this machine.

    `patience` is how many seconds a scheduler, and its first worker, are waited for. `say` reports what happens.
    """

    __slots__ = ("_patience", "_say", "address", "workers")

    def __init__(self, address: str | None, workers: int, patience: float, say: Callable[[str], None]) -> None:
        self.address = address
        self.workers = workers
        self._patience = patience
        self._say = say

    def answers(
        self, repositories: Sequence[Repository], supply: Supply, known: Mapping[str, str]
    ) -> Iterator[tuple[Repository, Answer]]:
        """Yield each repository with its answer, in the order of completion. Raises ClusterError, ClusterLost.

        `known` maps names of repositories to the digests of contents whose reports are known.
        """
        waiting = deque((repository, 1) for repository in repositories)
        with self._started() as (address, security):
            is_again = False
            losses = 0
            while waiting:
                flights: Flights = {}
                try:
                    with (
                        self._connected(address, security, supply, is_again) as (client, key),
                        _watched(client, flights, self._patience),
                    ):
                        for found in _mapped(client, waiting, flights, supply, key, known):
                            losses = 0
                            yield found
                except ClusterError as error:
                    if is_again:
                        raise ClusterLost(str(error)) from None
                    raise
                except _Lost as lost:
                    losses += 1
                    if losses > MAX_LOSSES:
                        raise ClusterLost(f"the scheduler at {address} forgets everything that it is asked") from None
                    waiting.extendleft(reversed(list(flights.values())))
                    self._say(f"{lost}; waiting up to {self._patience:g} seconds for it to come back")
                    is_again = True

    @contextmanager
    def _started(self) -> Generator[tuple[str, Security | None]]:
        """Start a cluster on this machine, unless there is an address of one."""
        if self.address is not None:
            yield self.address, None
            return
        # Nobody else on this machine can have its workers run something.
        security = _CERTIFICATES()
        settings: dict[str, object] = {"distributed.scheduler.allowed-failures": MAX_ATTEMPTS - 1, **_NO_PAGES}
        _run_nothing_from_here()
        _spare_workers_interrupts()
        with temporary.directory(os.devnull) as directory, _SETTINGS({**settings, "temporary-directory": directory}):
            cluster = _CLUSTER(
                n_workers=self.workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                local_directory=directory,
                memory_limit=0,
                silence_logs=50,
                security=security,
            )
            with cluster:
                yield str(cluster.scheduler_address), security

    @contextmanager
    def _connected(
        self, address: str, security: Security | None, supply: Supply, is_again: bool
    ) -> Generator[tuple[Client, str]]:
        """Connect to the scheduler, bring the supply to its workers, and yield its key there. Raises ClusterError."""
        client = self._client(address, security, is_again)
        try:
            try:
                client.wait_for_workers(1, timeout=self._patience)
            except TimeoutError:
                raise ClusterError(
                    f"the scheduler at {address} has had no worker for {self._patience:g} seconds"
                ) from None
            complain_of_versions(client)
            plugin = Supplier(supply)
            try:
                client.register_plugin(plugin)
                codes = client.run(own_code)
            except Exception as error:  # whatever a worker raises
                raise ClusterError(f"the workers cannot check: {described(error)}; is iplint there?") from None
            others = [worker for worker, code in codes.items() if code != supply.code]
            if others:
                raise ClusterError(f"{_listed(others)} has another version of iplint, PyYAML or aws-sam-translator")
            yield client, plugin.key
            with suppress(Exception):
                client.unregister_worker_plugin(plugin.name)
        finally:
            with suppress(Exception):
                client.close(timeout=_CONNECT_SECONDS)

    def _client(self, address: str, security: Security | None, is_again: bool) -> Client:
        """Return a client. A scheduler that was there before is waited for. Raises ClusterError."""
        last = time.monotonic() + (self._patience if is_again else 0)
        while True:
            try:
                return _connected_client(address, security)
            except Exception as error:  # of connections, addresses, certificates and protocols
                if time.monotonic() > last:
                    hint = "it may have another version of distributed, or may not be one"
                    raise ClusterError(
                        f"no connection to the scheduler at {address}: {described(error)}; {hint}"
                    ) from None
            time.sleep(1)


def _run_nothing_from_here() -> None:
    """Have the processes that are started from here look for modules and programs in no place that depends on the
    working directory, which may be what is checked.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    listed = os.environ.get("PATH", os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(directory for directory in listed if os.path.isabs(directory))


def _connected_client(address: str, security: Security | None) -> Client:
    """Return a client. Raises what distributed does, and TimeoutError."""
    made: list[Client | Exception] = []

    def connect() -> None:
        try:
            made.append(_CLIENT(address, timeout=_CONNECT_SECONDS, security=security, set_as_default=False))
        except Exception as error:  # as above
            made.append(error)

    # What accepts connections and is no scheduler, as a web server, is waited for without an end.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_ANSWER_SECONDS)
    found = made[0] if made else TimeoutError("what listens there does not answer")
    if isinstance(found, Exception):
        raise found
    return found


def _spare_workers_interrupts() -> None:
    """Have the processes that are started from here ignore Ctrl-C, which they get as well: they end with this one."""
    # Python would report on standard error what an interrupted process leaves to its tracker to clean up. And to start
    # the tracker later would undo what is blocked here.
    sys.warnoptions.append("ignore:resource_tracker:UserWarning")
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


@contextmanager
def _watched(client: Client, flights: Flights, patience: float) -> Generator[None]:
    """Give up what is asked of a cluster that has had no worker for `patience` seconds: it would never be answered."""
    ended = threading.Event()

    def watch() -> None:
        last = time.monotonic() + patience
        while not ended.wait(_REFRESH_SECONDS):
            try:
                if client.nthreads():
                    last = time.monotonic() + patience
                elif time.monotonic() > last:
                    client.cancel([*flights])
                    return
            except Exception:  # whatever is raised where there is no scheduler, which is found out elsewhere
                return

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _mapped(
    client: Client,
    waiting: deque[tuple[Repository, int]],
    flights: Flights,
    supply: Supply,
    key: str,
    known: Mapping[str, str],
) -> Iterator[tuple[Repository, Answer]]:
    """Yield the answers to what is `waiting`. Raises _Lost.

    `flights` is what has been asked and not answered, `key` that of the supply on the workers.
    """
    settled = _SETTLED(loop=client.loop)
    room, asked = _room(client), time.monotonic()
    while waiting or flights:
        if time.monotonic() - asked > _REFRESH_SECONDS:
            room, asked = _room(client), time.monotonic()
        while waiting and len(flights) < room:
            repository, attempt = waiting[0]
            try:
                flight: Future = client.submit(
                    check, repository, key, supply.code, known.get(repository.name), pure=False, retries=0
                )
            except Exception:  # whatever is raised where there is no scheduler
                raise _Lost(_GONE) from None
            flights[flight] = waiting.popleft()
            settled.add(flight)
        future: Future = next(settled)
        if future.status not in ("finished", "error"):
            raise _Lost(_GONE)
        repository, attempt = flights[future]
        try:
            answer = _answer(future, attempt)
        except (OSError, CancelledError):
            raise _Lost(_GONE) from None
        del flights[future]
        future.release()
        if answer is None:
            waiting.append((repository, attempt + 1))
        else:
            yield repository, answer


def _answer(future: Future, attempt: int) -> Answer | None:
    """Return the answer of a settled future; None where it is worth another attempt.

    Raises OSError, CancelledError where there is no scheduler.
    """
    error = future.exception() if future.status == "error" else None
    if error is None:
        try:
            found = future.result()
        except OSError:
            raise
        except Exception as lost:  # the worker that had the result has ended, as those that were to repeat it
            error = lost
        else:
            if isinstance(found, Answer):
                found.attempts += attempt - 1
                return found
            return Answer(FAILED, cause="the worker returned something else than an answer")
    if attempt < MAX_ATTEMPTS and not isinstance(error, Mismatch):
        return None
    if type(error).__name__ == "KilledWorker":
        cause = "its workers ended while they checked it"
    else:
        cause = f"the worker fails: {described(error)}"
    answer = Answer(FAILED, cause=cause)
    answer.attempts = attempt
    return answer


def _room(client: Client) -> int:
    """Return how many repositories may be at the cluster at a time. Raises _Lost."""
    try:
        processors: Mapping[str, int] = client.nthreads()
    except Exception:  # whatever is raised where there is no scheduler
        raise _Lost(_GONE) from None
    return max(1, sum(processors.values())) * PER_PROCESSOR


def complain_of_versions(client: Client) -> None:
    """Compare the versions of Python and distributed that the scheduler and the workers have. Raises ClusterError."""
    try:
        found = client.get_versions()
    except Exception as error:  # whatever is raised
        raise ClusterError(f"the scheduler does not report its versions: {described(error)}") from None
    workers = members_of(found["workers"]) or {}
    nodes = {"the scheduler": found["scheduler"], **{f"worker {name}": node for name, node in workers.items()}}
    here = _versions(found["client"])
    for name, node in nodes.items():
        there = _versions(node)
        for package, version in here.items():
            if there.get(package) != version:
                other = there.get(package) or "in an unknown version"
                raise ClusterError(f"{name} has {package} {other}, and this command {version}: give both the same")


def _versions(node: object) -> dict[str, str]:
    """Return the versions of one node that have to agree: of Python the first two numbers."""
    tree = members_of(node) or {}
    host = members_of(tree.get("host")) or {}
    packages = members_of(tree.get("packages")) or {}
    python = ".".join(str(host.get("python", "")).split(".")[:2])
    return {"Python": python, **{name: str(packages.get(name) or "") for name in _PACKAGES}}


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"worker {names[0]}{more}"


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
