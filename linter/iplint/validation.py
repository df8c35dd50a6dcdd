"""Whether templates can be deployed at all: what cfn-lint says of them, for `iplint check --validate`.

cfn-lint runs in a process of its own, which a template cannot keep busy for ever, outside of every repository: neither
its configuration there nor what a template says of rules to load counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from threading import Timer

from iplint import children
from iplint.location import Span
from iplint.resource import Notice, NoticeCause, NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from iplint.location import Source

# Templates with many conditions take cfn-lint minutes to hours.
MAX_SECONDS = 120.0
MAX_ERRORS = 50
_WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cfn_lint_worker.py")


class ValidationError(Exception):
    """cfn-lint cannot be run; the message says what to do."""


class Validator:
    """Runs cfn-lint on one template after the other, in a process that starts with the first."""

    __slots__ = ("_process", "_seconds")

    def __init__(self, seconds: float = MAX_SECONDS) -> None:
        from importlib.util import find_spec

        if find_spec("cfnlint") is None:
            raise ValidationError("--validate needs cfn-lint, which is not installed: pip install 'iplint[cfn-lint]'")
        self._process: subprocess.Popen[bytes] | None = None
        self._seconds = seconds

    def notices(self, source: Source) -> list[Notice]:
        """Return the errors of a template, each as a notice that leaves nothing proven."""
        answer = self._ask(source.text)
        if answer is None:
            message = f"cfn-lint failed or took longer than {self._seconds:g} seconds, so this may not be deployable"
            return [_notice(source, message, None)]
        found = [_notice(source, f"cfn-lint {one['id']}: {one['message']}", _place(source, one)) for one in answer]
        if len(found) > MAX_ERRORS:
            more = _notice(source, f"cfn-lint has {len(found) - MAX_ERRORS} more errors", None)
            return [*found[:MAX_ERRORS], more]
        return found

    def _ask(self, text: str) -> list[Mapping[str, object]] | None:
        """Return the errors in a template as cfn-lint gives them; None where it does not."""
        process = self._process = self._process or _start()
        timer = Timer(self._seconds, process.kill)
        timer.start()
        try:
            if process.stdin is None or process.stdout is None:
                return None
            process.stdin.write(json.dumps(text).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
            answer: list[Mapping[str, object]] | None = json.loads(line) if line else None
        except (OSError, ValueError):
            answer = None
        finally:
            timer.cancel()
        if answer is None:
            self.stop()
        return answer

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            children.ended(process)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):  # what was not sent is sent now, to nobody
                        stream.close()


def _start() -> subprocess.Popen[bytes]:
    # It reads a configuration in the working directory and in that of the user.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CFN_LINT"))}
    return children.start(
        lambda: subprocess.Popen(  # noqa: S603  # our own module, with this Python
            [sys.executable, "-I", _WORKER],
            cwd=os.path.abspath(os.sep),
            env={**environment, "HOME": os.devnull, "USERPROFILE": os.devnull},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    )


def _notice(source: Source, message: str, at: Span | None) -> Notice:
    return Notice(NoticeKind.UNREADABLE, source.path, message, at, cause=NoticeCause.INVALID, unsettles=True)


def _place(source: Source, error: Mapping[str, object]) -> Span | None:
    """Return the place of an error, which cfn-lint gives in lines and columns."""
    first, last = _offset(source, error.get("start")), _offset(source, error.get("end"))
    return Span(source, first, max(first, last)) if first is not None and last is not None else None


def _offset(source: Source, place: object) -> int | None:
    match place:
        case [int(line), int(column)] if line > 0 and column > 0:
            return min(source.start_of(line) + column - 1, len(source.text))
        case _:
            return None
