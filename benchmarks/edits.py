"""What an edit costs in an editor: from the change of a text to its diagnostics, by `iplint lsp` over its protocol.

Usage: python benchmarks/edits.py DIRECTORY[:FILE,FILE...] ... Five files of each directory that name AWS are edited, or
those that are named: a comment is put before the first line, a longer one each time, so that every diagnostic moves.
`shown` is when the diagnostics of the edited file are those that stay, `all` when everything has been checked and code
lenses are answered. Both are the CPU seconds of the server, the median and the worst edit, and in brackets wall-clock
seconds, which include the 0.05 that the server waits for another keystroke. Linux only. Say what else the machine does.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from threading import Condition, Thread
from typing import NamedTuple

from trees import is_candidate

EDITED = 5
TIMES = 3
TICKS = os.sysconf("SC_CLK_TCK")
SUFFIXES = (".tf", ".tofu", ".yaml", ".yml", ".json", ".template")


class Moment(NamedTuple):
    """CPU seconds of the server, and the time of the clock."""

    cpu: float
    wall: float

    def since(self, start: Moment) -> Moment:
        return Moment(self.cpu - start.cpu, self.wall - start.wall)


class Server:
    """A server for a directory, and what it has published."""

    def __init__(self, directory: Path) -> None:
        line = [sys.executable, "-m", "iplint", "lsp"]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._answered = Condition()
        self._answers: dict[int, object] = {}
        self._number = 0
        self.published: list[tuple[str, object, Moment]] = []
        Thread(target=self._listen, daemon=True).start()
        folders = [{"uri": directory.as_uri(), "name": "measured"}]
        self.ask("initialize", {"processId": None, "capabilities": {}, "rootUri": None, "workspaceFolders": folders})
        self.notify("initialized", {})

    def now(self) -> Moment:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return Moment((int(fields[11]) + int(fields[12])) / TICKS, time.monotonic())

    def notify(self, method: str, params: object) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object) -> object:
        self._number += 1
        number = self._number
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        with self._answered:
            self._answered.wait_for(lambda: number in self._answers)
            return self._answers.pop(number)

    def rest(self) -> None:
        """Wait until the server does nothing."""
        before = -1.0
        while self.now().cpu != before:
            before = self.now().cpu
            time.sleep(0.2)

    def end(self) -> None:
        self.ask("shutdown", None)
        self.notify("exit", None)
        self._process.wait()

    def _send(self, message: object) -> None:
        data = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._process.stdin.flush()

    def _listen(self) -> None:
        output = self._process.stdout
        assert output is not None
        while head := output.readline():
            length = int(head.partition(b":")[2])
            while output.readline().strip():
                pass
            message = json.loads(output.read(length))
            if message.get("method") == "textDocument/publishDiagnostics":
                self.published.append((message["params"]["uri"], message["params"]["diagnostics"], self.now()))
            elif "id" in message and "method" not in message:
                with self._answered:
                    self._answers[message["id"]] = message.get("result")
                    self._answered.notify()


def main() -> None:
    print("| tree | files | first check | shown, median | shown, worst | all, median | all, worst |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for given in sys.argv[1:]:
        name, _, files = given.partition(":")
        print(row(Path(name).resolve(), files.split(",") if files else []), flush=True)


def row(tree: Path, names: list[str]) -> str:
    files = sorted(path for path in tree.rglob("*") if is_candidate(path))
    named = [path for path in files if path.suffix in SUFFIXES and b"aws" in path.read_bytes().lower()]
    step = max(1, len(named) // EDITED)
    edited = [tree / name for name in names] or named[len(named) // (2 * EDITED) :: step][:EDITED]
    server = Server(tree)
    lens(server, edited[0])
    first = server.now()
    shown: list[Moment] = []
    all_checked: list[Moment] = []
    for path in edited:
        for one, everything in edits(server, path):
            shown.append(one)
            all_checked.append(everything)
    server.end()
    row = " | ".join(cell for found in (shown, all_checked) for cell in cells(found))
    return f"| {tree.name} | {len(files):,} | {first.cpu:.2f} | {row} |"


def edits(server: Server, path: Path) -> list[tuple[Moment, Moment]]:
    """Edit a file some times; return when its diagnostics were right, and when everything had been checked."""
    uri, text = path.as_uri(), path.read_text("utf-8")
    comment = "\n" if path.suffix == ".json" else "# a note\n"
    item = {"uri": uri, "languageId": "plaintext", "version": 0, "text": text}
    server.notify("textDocument/didOpen", {"textDocument": item})
    lens(server, path)
    found: list[tuple[Moment, Moment]] = []
    for version in range(1, TIMES + 1):
        server.rest()
        server.published.clear()
        start = server.now()
        changed = comment * version + text
        server.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": changed}]},
        )
        lens(server, path)
        end = server.now()
        shown = [(what, when) for published, what, when in server.published if published == uri]
        final = shown[-1][0] if shown else None
        wrong = max((number + 1 for number, (what, _) in enumerate(shown) if what != final), default=0)
        right = shown[wrong][1] if shown else end
        found.append((right.since(start), end.since(start)))
    server.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    return found


def lens(server: Server, path: Path) -> None:
    """Wait until the present texts have been checked."""
    server.ask("textDocument/codeLens", {"textDocument": {"uri": path.as_uri()}})


def cells(found: list[Moment]) -> list[str]:
    median = Moment(*(statistics.median(column) for column in zip(*found, strict=True)))
    return [f"{one.cpu:.2f} ({one.wall:.2f})" for one in (median, max(found))]


if __name__ == "__main__":
    main()
