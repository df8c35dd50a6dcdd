"""The programs that iplint runs, all ended where iplint is interrupted."""

from __future__ import annotations

from threading import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

_lock = Lock()
_running: set[subprocess.Popen[bytes]] = set()
_is_stopped = False


def start(make: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Return the process that `make` starts. Raises KeyboardInterrupt where iplint was interrupted."""
    with _lock:
        if _is_stopped:
            raise KeyboardInterrupt
        process = make()
        _running.add(process)
    return process


def ended(process: subprocess.Popen[bytes]) -> None:
    """Forget a process that has ended."""
    _running.discard(process)


def stop() -> None:
    """Kill running processes, and start no more: what they read may keep them busy for longer than anyone waits."""
    global _is_stopped
    with _lock:
        _is_stopped = True
        for process in [*_running]:
            process.kill()
