"""The process that checks repositories for a worker, one after the other, each as a line of JSON on standard input.

It answers with a line of JSON for each. It ends with its standard input, so that none outlives its worker, and can be
killed at any moment: what it unpacks is in a directory of its worker's.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
from queue import SimpleQueue
from tempfile import mkdtemp

from iplint.fleet.layout import Checkout, LayoutError
from iplint.fleet.repository import CHECKED, FAILED, SAME, Limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeAlias

    from iplint.fleet.repository import Json

    class Judged(Protocol):
        """The check of one repository: its reports in JSON and SARIF, and its exit status."""

        @property
        def report(self) -> str:
            """Return the JSON report in one line."""
            ...

        @property
        def sarif(self) -> str | None:
            """Return the SARIF report, if one is wanted."""
            ...

        @property
        def exit(self) -> int:
            """Return the exit status of `iplint check`."""
            ...

        @property
        def until(self) -> str | None:
            """Return the last day on which a check would report the same."""
            ...

    # Checks the repository in the working directory, with the options in a file; the flag asks for SARIF.
    Judge: TypeAlias = Callable[[str, bool], Judged]


class NotChecked(Exception):
    """A repository that cannot be checked, for a reason that the message says."""


def answers(judge: Judge, requests: SimpleQueue[bytes], directory: str) -> None:
    """Answer requests, until there are no more. `directory` takes what is unpacked."""
    output = os.fdopen(os.dup(1), "wb")
    # Own rules may print; nothing but answers belongs there.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    gc.collect()
    gc.freeze()
    gc.disable()
    while line := requests.get():
        answer = json.dumps(_answered(judge, json.loads(line), directory))
        os.chdir(directory)
        gc.collect()
        output.write(answer.encode() + b"\n")
        output.flush()


def listen(requests: SimpleQueue[bytes]) -> None:
    """Put the lines of standard input into a queue, up to its end."""
    for line in iter(sys.stdin.buffer.readline, b""):
        requests.put(line)
    requests.put(b"")


def _answered(judge: Judge, request: dict[str, object], directory: str) -> dict[str, Json]:
    """Return the answer for one repository."""
    digest: str | None = None
    place = mkdtemp(dir=directory)
    try:
        size, entries = request["size"], request["entries"]
        limits = Limits(0, 0, size if isinstance(size, int) else 0, entries if isinstance(entries, int) else 0)
        checkout = Checkout(str(request["kind"]), str(request["location"]), place, limits)
        if request["digests"]:
            digest = checkout.digest()
            if digest is not None and digest == request["known"]:
                return {"status": SAME, "digest": digest}
        os.chdir(checkout.layout())
        judged = judge(str(request["options"]), bool(request["sarif"]))
    except (LayoutError, NotChecked) as error:
        return {"status": FAILED, "cause": str(error), "digest": digest}
    except MemoryError:
        return {"status": FAILED, "cause": "there is not enough memory to check it", "digest": digest}
    except Exception as error:  # a traceback could show the content of a template
        cause = f"internal error ({type(error).__name__}); please report this defect"
        return {"status": FAILED, "cause": cause, "digest": digest}
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return {
        "status": CHECKED,
        "digest": digest,
        "exit": judged.exit,
        "report": judged.report,
        "sarif": judged.sarif,
        "until": judged.until,
    }
