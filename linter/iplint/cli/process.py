"""The process of a command: missing streams, signals, and a clean end."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper

from iplint import temporary
from iplint.cli.command import INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event, Thread
    from types import FrameType

# How often, and how many seconds each time, a command may be asked to stop before it is left alone.
_TIMES, _PATIENCE = 3, 1.0
_ENDING = [signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in signal.Signals.__members__]
# 128 and the number of a signal, as shells have it.
_SIGNALS = 128


class Interrupted(KeyboardInterrupt):
    """A signal that ends the process, with its `number`."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class _Patient(TextIOWrapper):
    """Standard error that ignores write errors: the report and the exit status are not affected."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def hold_streams() -> None:
    """Replace closed standard streams, so that an opened file does not get their numbers.

    Standard input is empty then, writing to standard output fails, and standard error discards everything.
    """
    for number, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)
    # Python has None where a stream was closed at its start.
    sys.stdin = sys.stdin or TextIOWrapper(BufferedReader(FileIO(0, closefd=False)), "utf-8")
    sys.stdout = sys.stdout or TextIOWrapper(BufferedWriter(FileIO(1, "w", closefd=False)), "utf-8")
    error = sys.stderr.buffer if sys.stderr else BufferedWriter(FileIO(2, "w", closefd=False))
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    sys.stderr = _Patient(error, encoding, "backslashreplace", line_buffering=True)


def complain(message: str) -> None:
    """Print one line on standard error."""
    print(f"iplint: {message}", file=sys.stderr)


def heed_signals() -> None:
    """Make terminating signals interrupt the process in an orderly manner, except those that it is to ignore."""
    for number in _ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> None:
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)  # what is left to do takes a moment only
    raise Interrupted(number)


def end(thread: Thread, done: Event, interrupt: KeyboardInterrupt) -> int:
    """End an interrupted run: stop the thread if it has temporary files, and remove these; return the exit status."""
    # These are loaded only where they are used.
    if (workers := sys.modules.get("iplint.judging.workers")) is not None:
        workers.stop()
    if temporary.close():
        for _ in range(_TIMES):
            if done.is_set():
                break
            _stop(thread)
            done.wait(_PATIENCE)
        temporary.sweep()
    # It is loaded where another program was started.
    if (children := sys.modules.get("iplint.children")) is not None:
        children.stop()
    number = interrupt.number if isinstance(interrupt, Interrupted) else signal.SIGINT
    complain("interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}")
    return INTERRUPTED if number == signal.SIGINT else _SIGNALS + number


def _stop(thread: Thread) -> None:
    """Raise KeyboardInterrupt in a thread, so that it cleans up."""
    try:
        from ctypes import c_ulong, py_object, pythonapi

        if thread.ident is not None:
            pythonapi.PyThreadState_SetAsyncExc(c_ulong(thread.ident), py_object(KeyboardInterrupt))
    except (ImportError, AttributeError):
        pass  # not this Python; what is there is removed all the same
