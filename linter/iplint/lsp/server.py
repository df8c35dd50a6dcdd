"""The server: folders and open documents, one thread that checks, and the answers to what an editor asks."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BufferedReader, BufferedWriter, FileIO

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from iplint import __version__
from iplint.lsp.actions import FIX_ALL, actions, fix_all
from iplint.lsp.diagnostics import diagnostics, first_diagnostics, uri_of
from iplint.lsp.folder import Folder, Stale
from iplint.lsp.hovers import hover
from iplint.lsp.lenses import definitions, lenses
from iplint.lsp.positions import Unit
from iplint.report.masking import Mask, steady
from iplint.secret import Secrets
from iplint.workspace import MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from _typeshed import ReadableBuffer as Buffer

    from iplint.finding import Finding
    from iplint.fix.edit import Edit
    from iplint.lsp.folder import Checks, Results

    T = TypeVar("T")

# How long a text stays as it is before it is checked, in seconds.
DELAY = 0.05
# Above so many new objects, what a check has left behind is collected once nothing waits.
MAX_LEFT_BEHIND = 200_000
# After so many times, everything is looked through.
COLLECTIONS = 20
# The largest message, in bytes: the text of the largest file, each character of it written as an escape in JSON.
MAX_MESSAGE = 6 * MAX_BYTES


class Server(LanguageServer):
    """The language server. `open_checks` returns the settings of a folder, and raises `refused` where it has none."""

    def __init__(self, open_checks: Callable[[str], Checks], refused: tuple[type[Exception], ...]) -> None:
        super().__init__("iplint", __version__)  # pyright: ignore[reportUnknownMemberType]  # its *args have no type
        self._open_checks = open_checks
        self._refused = refused
        self._folders: dict[str, Folder] = {}
        self._results: dict[str, Results] = {}
        # The diagnostics that were last published for each folder, by path.
        self._shown: dict[str, dict[str, list[lsp.Diagnostic]]] = {}
        self._texts: dict[str, bytes] = {}
        self._uris: dict[str, str] = {}
        self._version = 0
        # The file whose text has changed last.
        self._edited: str | None = None
        self._refusals: dict[str, str] = {}
        self._running: asyncio.Task[None] | None = None
        # Checks are not made for several threads, and one keeps the editor's machine usable.
        self._worker = ThreadPoolExecutor(1, "iplint-check")
        self._reader = ThreadPoolExecutor(1, "iplint-input")

    @property
    def thread_pool(self) -> ThreadPoolExecutor:
        """Return the thread that waits for the editor. At the end, nobody waits for it."""
        return self._reader

    @property
    def unit(self) -> Unit:
        """Return the position encoding that was negotiated."""
        encoding = self.workspace.position_encoding
        return Unit(encoding.value if isinstance(encoding, lsp.PositionEncodingKind) else encoding or Unit.UTF_16)

    def add_folder(self, path: str) -> None:
        """Check a folder from now on."""
        real = os.path.realpath(path)
        self._folders.setdefault(real, Folder(real, self._open_checks))

    def remove_folder(self, path: str) -> None:
        """Stop checking a folder, and remove its diagnostics."""
        real = os.path.realpath(path)
        if self._folders.pop(real, None) is not None:
            self._results.pop(real, None)
            self._publish(real, {})

    def opened(self, uri: str, text: str) -> None:
        """Use the text of a document in place of its file."""
        path = _path(uri)
        if path is None:
            return
        if not self._folders:
            self.add_folder(os.path.dirname(path))
        self._texts[path] = text.encode("utf-8", "surrogatepass")
        self._uris[path] = uri
        self._edited = path
        self.changed()

    def closed(self, uri: str) -> None:
        """Use the file again in place of the text of a document."""
        path = _path(uri)
        if path is not None:
            self._texts.pop(path, None)
            self._uris.pop(path, None)
            self.changed()

    def changed(self) -> None:
        """Schedule a check of all folders, and cancel the check that is running."""
        self._version += 1
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._check_all())

    async def current(self, uri: str) -> tuple[str, Results] | None:
        """Return the path and the results for a document, once its current text has been checked."""
        path = _path(uri)
        while self._running is not None and not self._running.done():
            await asyncio.shield(self._running)
        found = self._folder_of(path) if path is not None else None
        results = self._results.get(found) if found is not None else None
        return (path, results) if path is not None and results is not None else None

    async def in_worker(self, work: Callable[[], T]) -> T:
        """Run a function on the thread that checks, and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def fixer(self, results: Results) -> Callable[[Finding], Edit | None]:
        """Return a function that returns the edit for a finding; it runs on the thread that checks. Raises Stale."""
        folder = self._folders[results.directory]
        texts = dict(self._texts)
        is_newer = partial(self._is_newer, self._version)
        return lambda finding: folder.fix(results, finding, texts, is_newer)

    @property
    def uris(self) -> Mapping[str, str]:
        """Return the addresses of the documents that are open, by path."""
        return self._uris

    def _folder_of(self, path: str) -> str | None:
        around = [folder for folder in self._folders if path.startswith(os.path.join(folder, ""))]
        return max(around, key=len, default=None)

    async def _check_all(self) -> None:
        while True:
            version = self._version
            await asyncio.sleep(DELAY)
            if version != self._version:
                continue
            path = self._edited
            first = self._folder_of(path) if path is not None else None
            for directory, folder in sorted(self._folders.items(), key=lambda item: item[0] != first):
                texts = dict(self._texts)
                check = partial(folder.check, texts, partial(self._is_newer, version))
                try:
                    results = await self.in_worker(partial(check, path if directory == first else None))
                    if path is not None and results.left_out:
                        if path in texts and directory in self._folders:
                            self._publish_first(results, path, texts[path])
                        results = await self.in_worker(check)
                except Stale:
                    break
                except self._refused as error:
                    self._refuse(directory, str(error))
                    continue
                self._refusals.pop(directory, None)
                if directory in self._folders:
                    self._results[directory] = results
                    self._publish(directory, diagnostics(results, self._uris, self.unit))
            if version == self._version:
                break
        capabilities = self.client_capabilities.workspace
        if capabilities is not None and capabilities.code_lens is not None and capabilities.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)
        await self.in_worker(_collect)

    def _is_newer(self, version: int) -> bool:
        return version != self._version

    def _publish(self, directory: str, found: Mapping[str, list[lsp.Diagnostic]]) -> None:
        """Publish the diagnostics of a folder, and clear those of files that have none any more.

        Those of a file that is not open are published only when they changed; in an open one, an edit may have moved
        them.
        """
        shown = self._shown.get(directory, {})
        for path in sorted(shown.keys() | found.keys()):
            now = found.get(path, [])
            if path in self._uris or shown.get(path) != now:
                uri = self._uris.get(path) or uri_of(path)
                self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, now))
        self._shown[directory] = dict(found)

    def _publish_first(self, results: Results, path: str, data: bytes) -> None:
        """Publish the diagnostics of the file that was edited, before all roots of its folder have been checked."""
        text = data.decode("utf-8", "surrogatepass").removeprefix("\ufeff")
        earlier = self._results.get(results.directory)
        found = first_diagnostics(results, earlier, path, text, self._uris, self.unit)
        self._shown.setdefault(results.directory, {})[path] = found
        uri = self._uris.get(path) or uri_of(path)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))

    def _refuse(self, directory: str, message: str) -> None:
        """Report once why a folder is not checked; its earlier diagnostics stay."""
        if self._refusals.get(directory) != message:
            self._refusals[directory] = message
            text = Mask(Secrets()).plain(f"iplint does not check {directory}: {message}")
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, text))


def _collect() -> None:
    if gc.get_count()[0] > MAX_LEFT_BEHIND:
        # What stays, such as the trees of files, is looked through rarely.
        gc.collect(0 if gc.get_count()[1] < COLLECTIONS else 2)


def _path(uri: str) -> str | None:
    """Return the real path of a document; None for one that is not a file."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return os.path.realpath(path) if path is not None else None


async def _initialized(ls: Server, _: lsp.InitializedParams) -> None:
    for folder in ls.workspace.folders.values():
        if (path := _path(folder.uri)) is not None:
            ls.add_folder(path)
    if not ls.workspace.folders and ls.workspace.root_path:
        ls.add_folder(ls.workspace.root_path)
    await _watch(ls)
    ls.changed()


async def _folders_changed(ls: Server, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
    for folder in params.event.removed:
        if (path := _path(folder.uri)) is not None:
            ls.remove_folder(path)
    for folder in params.event.added:
        if (path := _path(folder.uri)) is not None:
            ls.add_folder(path)
    ls.changed()


async def _files_changed(ls: Server, _: lsp.DidChangeWatchedFilesParams) -> None:
    ls.changed()


async def _opened(ls: Server, params: lsp.DidOpenTextDocumentParams) -> None:
    ls.opened(params.text_document.uri, params.text_document.text)


async def _changed(ls: Server, params: lsp.DidChangeTextDocumentParams) -> None:
    uri = params.text_document.uri
    ls.opened(uri, ls.workspace.get_text_document(uri).source)


async def _saved(ls: Server, _: lsp.DidSaveTextDocumentParams) -> None:
    ls.changed()


async def _closed(ls: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    ls.closed(params.text_document.uri)


async def _hover(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    found = await ls.current(params.text_document.uri)
    return hover(found[1], found[0], params.position, ls.uris, ls.unit) if found is not None else None


async def _lenses(ls: Server, params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
    found = await ls.current(params.text_document.uri)
    return lenses(found[1], found[0], ls.unit) if found is not None else []


async def _definition(ls: Server, params: lsp.DefinitionParams) -> list[lsp.Location]:
    found = await ls.current(params.text_document.uri)
    if found is None:
        return []
    return definitions(found[1], found[0], params.position, ls.uris, ls.unit)


async def _actions(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    found = await ls.current(params.text_document.uri)
    if found is None:
        return []
    path, results = found
    only = params.context.only
    fix = ls.fixer(results)

    def is_asked(kind: str) -> bool:
        return only is None or any(kind == one or kind.startswith(one + ".") for one in only)

    def work() -> list[lsp.CodeAction]:
        offered: list[lsp.CodeAction] = []
        if is_asked(lsp.CodeActionKind.QuickFix):
            offered += actions(results, path, params.range, ls.uris, ls.unit, fix)
        if only is not None and is_asked(FIX_ALL):
            offered += fix_all(results, path, ls.uris, ls.unit, fix)
        return offered

    try:
        return await ls.in_worker(work)
    except Stale:
        return []  # they would be for a text that there is no more


def server(open_checks: Callable[[str], Checks], refused: tuple[type[Exception], ...]) -> Server:
    """Return a server with all that it answers."""
    made = Server(open_checks, refused)
    made.feature(lsp.INITIALIZED)(_initialized)
    made.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(_folders_changed)
    made.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)(_files_changed)
    made.feature(lsp.TEXT_DOCUMENT_DID_OPEN)(_opened)
    made.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)(_changed)
    made.feature(lsp.TEXT_DOCUMENT_DID_SAVE)(_saved)
    made.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)(_closed)
    made.feature(lsp.TEXT_DOCUMENT_HOVER)(_hover)
    made.feature(lsp.TEXT_DOCUMENT_CODE_LENS)(_lenses)
    made.feature(lsp.TEXT_DOCUMENT_DEFINITION)(_definition)
    kinds = lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix, FIX_ALL])
    made.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, kinds)(_actions)
    return made


async def _watch(made: Server) -> None:
    """Ask the editor to say when files change on disk, where it can."""
    workspace = made.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace is not None else None
    if watched is None or not watched.dynamic_registration:
        return
    options = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher("**/*")])
    registration = lsp.Registration("iplint-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    await made.client_register_capability_async(lsp.RegistrationParams([registration]))


class InputError(Exception):
    """Input that cannot be followed any further, as it is not known where the next message starts."""


class _Input(BufferedReader):
    """The stream from the editor. The library allocates what a message claims to have, and passes over other claims."""

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line of the head of a message. Raises InputError for a length that no message has."""
        line = super().readline(size)
        name, _, value = line.partition(b":")
        if name.strip().lower() != b"content-length":
            return line
        digits = value.strip()
        if not digits.isdigit():
            raise InputError("the editor sent a Content-Length that cannot be parsed")
        if len(digits) > len(str(MAX_MESSAGE)) or int(digits) > MAX_MESSAGE:
            raise InputError(f"the editor sent a Content-Length of more than {MAX_MESSAGE // (1024 * 1024)} MiB")
        return b"Content-Length: %s\r\n" % digits  # the only form that the library takes


class _Output(BufferedWriter):
    """The stream to the editor. Where it fails, the server ends: it would only try to report that to the editor."""

    error: OSError | None = None

    def write(self, data: Buffer, /) -> int:
        """Write a message at once."""
        try:
            written = super().write(data)
            super().flush()
        except OSError as error:
            self.error = error
            raise SystemExit from None
        return written


class _OneLine(logging.Handler):
    """Logs of the library in one line each, without what the editor sends, which has the texts of documents."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        error = record.exc_info[1] if record.exc_info else None
        what = type(error).__name__ if error is not None else "the editor sent what is not understood"
        print(f"iplint: {record.name} line {record.lineno}: {steady(what)}", file=sys.stderr)


def serve(open_checks: Callable[[str], Checks], refused: tuple[type[Exception], ...]) -> None:
    """Answer on standard input and output until the editor ends it. Nothing else may be written there.

    Raises OSError where standard output cannot be written, and InputError.
    """
    made = server(open_checks, refused)
    log = logging.getLogger("pygls")
    log.addHandler(_OneLine(logging.WARNING))
    log.propagate = False
    output = _Output(FileIO(sys.stdout.fileno(), "w", closefd=False))
    sys.stdout = sys.stderr
    made.start_io(_Input(FileIO(sys.stdin.fileno(), closefd=False)), output)
    if output.error is not None:
        raise output.error
