"""The language server, as an editor drives it: over standard input and output, with texts that are not saved."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from conftest import FIXTURES, PATHS, TOP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SECRET = "FAKEwJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLE1"
OPEN = """\
Resources:
  Builder:  # 🚀
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-12345678
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: optional}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref Role]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
"""
CLOSED = OPEN.replace("optional", "required")


class Editor:
    """A client that knows what it was last shown of each file."""

    def __init__(self, directory: Path, encodings: list[lsp.PositionEncodingKind]) -> None:
        self.directory = directory
        self.shown: dict[str, list[lsp.Diagnostic]] = {}
        self.published: list[tuple[str, list[str]]] = []
        self.messages: list[str] = []
        self.client = LanguageClient("tests", "1")
        self._encodings = encodings
        self._version = 0

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: lsp.PublishDiagnosticsParams) -> None:
            self.shown[params.uri] = list(params.diagnostics)
            self.published.append((params.uri, [str(one.code) for one in params.diagnostics]))

        @self.client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def told(params: lsp.ShowMessageParams) -> None:
            self.messages.append(params.message)

    def uri(self, name: str) -> str:
        return (self.directory / name).as_uri()

    def document(self, name: str) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri(name))

    async def start(self, *arguments: str) -> lsp.InitializeResult:
        environment = {**os.environ, "PYTHONPATH": PATHS}
        await self.client.start_io(sys.executable, "-m", "iplint", "lsp", *arguments, env=environment)
        folder = lsp.WorkspaceFolder(self.directory.as_uri(), "tests")
        general = lsp.GeneralClientCapabilities(position_encodings=self._encodings)
        asked = lsp.InitializeParams(lsp.ClientCapabilities(general=general), workspace_folders=[folder])
        result = await self.client.initialize_async(asked)
        self.client.initialized(lsp.InitializedParams())
        return result

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    async def open(self, name: str, text: str) -> list[str]:
        item = lsp.TextDocumentItem(self.uri(name), "yaml", self._version, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return await self.codes(name)

    def type(self, name: str, text: str) -> None:
        self._version += 1
        whole = lsp.TextDocumentContentChangeWholeDocument(text)
        identifier = lsp.VersionedTextDocumentIdentifier(version=self._version, uri=self.uri(name))
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, [whole]))

    async def change(self, name: str, text: str) -> list[str]:
        self.type(name, text)
        return await self.codes(name)

    async def lenses(self, name: str) -> list[str]:
        found = await self.client.text_document_code_lens_async(lsp.CodeLensParams(self.document(name)))
        return [lens.command.title for lens in found or [] if lens.command is not None]

    async def codes(self, name: str) -> list[str]:
        await self.lenses(name)  # is answered once the present text was checked
        return sorted(str(diagnostic.code) for diagnostic in self.shown.get(self.uri(name), []))

    async def hover(self, name: str, line: int, character: int) -> str:
        at = lsp.Position(line, character)
        found = await self.client.text_document_hover_async(lsp.HoverParams(self.document(name), at))
        assert found is None or isinstance(found.contents, lsp.MarkupContent)
        return found.contents.value if found is not None and isinstance(found.contents, lsp.MarkupContent) else ""

    async def actions(self, name: str, line: int, only: list[str] | None = None) -> dict[str, str]:
        """Return the text after each action that is offered for a line, by the title of the action."""
        place = lsp.Range(lsp.Position(line, 0), lsp.Position(line, 200))
        context = lsp.CodeActionContext([], only=only)
        offered = await self.client.text_document_code_action_async(
            lsp.CodeActionParams(self.document(name), place, context)
        )
        texts: dict[str, str] = {}
        for action in offered or []:
            assert isinstance(action, lsp.CodeAction)
            assert action.edit is not None
            edits = dict(action.edit.changes or {})
            lines = (self.directory / name).read_text("utf-8").split("\n")
            for edit in sorted(edits[self.uri(name)], key=lambda edit: edit.range.start.line, reverse=True):
                start, end = edit.range.start, edit.range.end
                head = lines[start.line][: start.character]
                tail = lines[end.line][end.character :]
                lines[start.line : end.line + 1] = f"{head}{edit.new_text}{tail}".split("\n")
            texts[action.title] = "\n".join(lines)
        return texts


def drive(
    directory: Path,
    work: Callable[[Editor], Awaitable[None]],
    *arguments: str,
    encodings: tuple[lsp.PositionEncodingKind, ...] = (lsp.PositionEncodingKind.Utf32,),
) -> None:
    """Start a server for a directory, let an editor work with it, and stop it."""

    async def run() -> None:
        editor = Editor(directory, list(encodings))
        await editor.start(*arguments)
        try:
            await asyncio.wait_for(asyncio.ensure_future(work(editor)), 120)
        finally:
            await editor.stop()

    asyncio.run(run())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a folder with one template, whose launch allows IMDSv1."""
    (tmp_path / "web.yaml").write_text(OPEN, "utf-8")
    return tmp_path.resolve()


def test_shows_what_the_command_reports(
    tmp_path: Path, iplint: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    folder = tmp_path.resolve()
    for rule in ("imdsv1-allowed", "hardcoded-access-key", "role-without-ec2-trust"):
        shutil.copytree(FIXTURES / rule, folder / rule)
    reported = json.loads(iplint("check", "--format", "json", "--no-cache", cwd=folder).stdout)["findings"]

    async def work(editor: Editor) -> None:
        await editor.open("none.yaml", "")
        shown = [
            (uri.removeprefix(f"{folder.as_uri()}/"), one.range.start.line + 1, one.range.start.character + 1, one.code)
            for uri, found in editor.shown.items()
            for one in found
        ]
        expected = [(one["path"], one["line"], one["column"], one["rule"]) for one in reported]
        assert sorted(map(repr, shown)) == sorted(map(repr, expected))
        assert len(expected) > 100

    drive(folder, work)


def test_checks_the_text_that_is_not_saved(directory: Path) -> None:
    async def work(editor: Editor) -> None:
        assert await editor.open("web.yaml", OPEN) == ["imdsv1-allowed"]
        assert await editor.lenses("web.yaml") == ["iplint: failed: metadata"]
        assert await editor.change("web.yaml", CLOSED) == []
        assert await editor.lenses("web.yaml") == ["iplint: proven"]
        for number in range(20):
            editor.type("web.yaml", CLOSED if number % 2 else OPEN)
        assert await editor.change("web.yaml", OPEN) == ["imdsv1-allowed"]
        assert await editor.change("web.yaml", f"{OPEN}  Broken: [") == ["unreadable"]
        editor.client.text_document_did_close(lsp.DidCloseTextDocumentParams(editor.document("web.yaml")))
        assert await editor.codes("web.yaml") == ["imdsv1-allowed"]

    drive(directory, work)


def test_checks_the_callers_of_a_module_with_its_new_text(tmp_path: Path) -> None:
    module = (
        'variable "tokens" {}\nresource "aws_instance" "web" {\n  metadata_options { http_tokens = var.tokens }\n}\n'
    )
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "main.tf").write_text(module)
    (tmp_path / "main.tf").write_text('module "web" {\n  source = "./module"\n  tokens = "required"\n}\n')

    async def work(editor: Editor) -> None:
        assert "imdsv1-allowed" not in await editor.open("module/main.tf", module)
        changed = module.replace("var.tokens", '"optional"')
        assert "imdsv1-allowed" in await editor.change("module/main.tf", changed)

    drive(tmp_path.resolve(), work)


def test_shows_the_edited_file_before_all_callers_have_been_checked(tmp_path: Path) -> None:
    module = 'resource "aws_instance" "web" {\n  metadata_options { http_tokens = "required" }\n}\n'
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "main.tf").write_text(module)
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text('module "web" {\n  source = "../module"\n}\n')

    async def work(editor: Editor) -> None:
        await editor.open("module/main.tf", module)
        editor.published.clear()
        worse = module.replace("required", "optional")
        assert "imdsv1-allowed" in await editor.change("module/main.tf", worse)
        uri = editor.uri("module/main.tf")
        found = [codes for shown, codes in editor.published if shown == uri]
        assert "imdsv1-allowed" in found[0]
        assert sorted(found[0]) == sorted(found[-1])

    drive(tmp_path.resolve(), work)


def test_checks_documents_that_are_not_on_disk(directory: Path) -> None:
    """An editor names a new file before it writes it, and keeps the text of one that is deleted."""
    (directory / "web").mkdir()

    async def work(editor: Editor) -> None:
        assert await editor.open("web/new é.yaml", OPEN) == ["imdsv1-allowed"]
        assert await editor.open("web/main.tf", 'resource "aws_instance" "web" {}\n')
        assert await editor.open("web.yaml", OPEN) == ["imdsv1-allowed"]
        (directory / "web.yaml").unlink()
        assert await editor.change("web.yaml", f"# a note\n{OPEN}") == ["imdsv1-allowed"]
        editor.client.text_document_did_close(lsp.DidCloseTextDocumentParams(editor.document("web.yaml")))
        assert await editor.codes("web.yaml") == []

    drive(directory, work)


def test_a_folder_may_be_deleted_and_come_back(directory: Path) -> None:
    async def work(editor: Editor) -> None:
        await editor.open("web.yaml", OPEN)
        shutil.rmtree(directory)
        await editor.change("web.yaml", CLOSED)
        (message,) = editor.messages
        assert message.endswith("the folder cannot be entered: No such file or directory")
        directory.mkdir()
        assert await editor.change("web.yaml", CLOSED) == []
        assert await editor.change("web.yaml", OPEN) == ["imdsv1-allowed"]

    drive(directory, work)


def test_explains_a_finding_and_a_launch_where_the_cursor_is(directory: Path) -> None:
    async def work(editor: Editor) -> None:
        await editor.open("web.yaml", OPEN)
        assert "# imdsv1-allowed" in await editor.hover("web.yaml", 6, 40)
        proof = await editor.hover("web.yaml", 1, 4)
        assert "**Builder: failed: metadata**" in proof
        assert "**profile** discharged" in proof
        assert await editor.hover("web.yaml", 7, 3) == ""

    drive(directory, work)


def test_leads_from_a_launch_to_what_is_behind_it(directory: Path) -> None:
    async def work(editor: Editor) -> None:
        await editor.open("web.yaml", OPEN)
        params = lsp.DefinitionParams(editor.document("web.yaml"), lsp.Position(1, 4))
        found = await editor.client.text_document_definition_async(params)
        assert isinstance(found, list | tuple)
        assert [one.range.start.line for one in found if isinstance(one, lsp.Location)] == [7, 11]

    drive(directory, work)


def test_offers_the_fix_and_an_ignore_that_works(directory: Path) -> None:
    async def work(editor: Editor) -> None:
        await editor.open("web.yaml", OPEN)
        offered = await editor.actions("web.yaml", 6)
        assert offered["Fix imdsv1-allowed"] == CLOSED
        ignored = offered["Ignore imdsv1-allowed here"]
        assert "      # iplint: ignore[imdsv1-allowed] say here why" in ignored
        assert await editor.actions("web.yaml", 6, ["source.fixAll"]) == {"Fix all that iplint can fix safely": CLOSED}
        assert await editor.change("web.yaml", ignored) == []

    drive(directory, work)


def test_writes_no_comment_into_a_text(tmp_path: Path) -> None:
    script = f"#!/bin/sh\n{{}}export AWS_SECRET_ACCESS_KEY={SECRET}\n"
    in_block = f"      UserData: |\n        {script.format('        ')}      ImageId"
    template = OPEN.replace("      ImageId", in_block, 1)
    (tmp_path / "web.yaml").write_text(template, "utf-8")
    heredoc = f"<<-EOT\n    {script.format('    ')}  EOT"
    configuration = f'resource "aws_instance" "web" {{\n  user_data = {heredoc}\n}}\n'
    (tmp_path / "main.tf").write_text(configuration)

    async def work(editor: Editor) -> None:
        assert "hardcoded-access-key" in await editor.open("web.yaml", template)
        in_yaml = (await editor.actions("web.yaml", 6))["Ignore hardcoded-access-key here"]
        assert in_yaml.index("# iplint: ignore") < in_yaml.index("UserData: |")
        assert "hardcoded-access-key" not in await editor.change("web.yaml", in_yaml)
        assert "hardcoded-access-key" in await editor.open("main.tf", configuration)
        in_hcl = (await editor.actions("main.tf", 3))["Ignore hardcoded-access-key here"]
        assert in_hcl.index("# iplint: ignore") < in_hcl.index("user_data = <<-EOT")
        assert "hardcoded-access-key" not in await editor.change("main.tf", in_hcl)

    drive(tmp_path.resolve(), work)


def test_ignores_in_json_by_what_json_can_hold(tmp_path: Path) -> None:
    template = '{"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {}}}}'
    (tmp_path / "web.json").write_text(template)

    async def work(editor: Editor) -> None:
        assert "imdsv1-allowed" in await editor.open("web.json", template)
        ignored = (await editor.actions("web.json", 0))["Ignore imdsv1-allowed here"]
        assert json.loads(ignored)["Resources"]["Web"]["Metadata"]["iplint"]["ignore"][0]["rule"] == "imdsv1-allowed"
        assert "imdsv1-allowed" not in await editor.change("web.json", ignored)

    drive(tmp_path.resolve(), work)


def test_findings_of_the_baseline_are_not_shown(directory: Path) -> None:
    def record(*rules: str) -> None:
        line = [sys.executable, "-m", "iplint", "baseline", *rules]
        subprocess.run(line, cwd=directory, env={**os.environ, "PYTHONPATH": PATHS}, check=True, capture_output=True)

    (directory / ".git").mkdir()
    (directory / "web.yaml").write_text(OPEN, "utf-8")
    record()

    async def work(editor: Editor) -> None:
        assert await editor.open("web.yaml", OPEN) == []
        assert await editor.lenses("web.yaml") == ["iplint: failed: metadata"]
        worse = OPEN.replace("      IamInstanceProfile: !Ref Profile\n", "")
        assert "missing-instance-profile" in await editor.change("web.yaml", worse)
        (directory / ".iplint-baseline.json").unlink()
        assert await editor.change("web.yaml", OPEN) == ["imdsv1-allowed"]
        (directory / ".iplint-baseline.json").write_text("[]")
        await editor.change("web.yaml", CLOSED)
        assert any(".iplint-baseline.json" in message for message in editor.messages)

    drive(directory, work)


@pytest.mark.parametrize(
    ("encoding", "column"),
    [(lsp.PositionEncodingKind.Utf8, 7), (lsp.PositionEncodingKind.Utf16, 5), (lsp.PositionEncodingKind.Utf32, 4)],
)
def test_counts_as_the_editor_counts(tmp_path: Path, encoding: lsp.PositionEncodingKind, column: int) -> None:
    template = OPEN.replace("Builder:  # 🚀", "B🚀:")
    (tmp_path / "web.yaml").write_text(template.replace("MetadataOptions: {HttpTokens: optional}", '"🚀": 1'), "utf-8")
    template = (tmp_path / "web.yaml").read_text("utf-8")

    async def work(editor: Editor) -> None:
        await editor.open("web.yaml", template)
        found = [one.range.end.character for one in editor.shown[editor.uri("web.yaml")]]
        assert set(found) == {column}

    drive(tmp_path.resolve(), work, encodings=(encoding,))


def test_says_once_what_is_wrong_with_the_configuration(directory: Path) -> None:
    (directory / ".iplint.toml").write_text("select = 3\n")

    async def work(editor: Editor) -> None:
        assert await editor.open("web.yaml", OPEN) == []
        await editor.change("web.yaml", CLOSED)
        assert len(editor.messages) == 1
        assert "select" in editor.messages[0]
        (directory / ".iplint.toml").write_text('ignore = ["imdsv1-allowed"]\n')
        assert await editor.change("web.yaml", OPEN) == []
        (directory / ".iplint.toml").unlink()
        assert await editor.change("web.yaml", OPEN) == ["imdsv1-allowed"]

    drive(directory, work)


def test_shows_no_secret(tmp_path: Path) -> None:
    template = OPEN.replace("      ImageId", f"      UserData: export AWS_SECRET_ACCESS_KEY={SECRET}\n      ImageId", 1)
    (tmp_path / "web.yaml").write_text(template, "utf-8")

    async def work(editor: Editor) -> None:
        assert "hardcoded-access-key" in await editor.open("web.yaml", template)
        said = repr(editor.shown) + await editor.hover("web.yaml", 1, 4) + await editor.hover("web.yaml", 4, 60)
        assert SECRET[4:12] not in said

    drive(tmp_path.resolve(), work)


@pytest.mark.parametrize(
    ("length", "wrong"),
    [("9" * 14, "of more than 384 MiB"), ("9" * 5_000, "of more than 384 MiB"), ("-5", "that cannot be parsed")],
)
def test_a_length_that_no_message_has_is_an_error_in_one_line(directory: Path, length: str, wrong: str) -> None:
    done = served(directory, f"Content-Length: {length}\r\n\r\n{{}}".encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"iplint: the editor sent a Content-Length {wrong}\n"


@pytest.mark.parametrize("head", ["content-length:{}", "Content-Length:   {}", "CONTENT-LENGTH : {}"])
def test_the_head_of_a_message_may_be_written_as_http_allows(directory: Path, head: str) -> None:
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}})
    exit_ = json.dumps({"jsonrpc": "2.0", "method": "exit"})
    data = "".join(f"{head.format(len(body))}\r\n\r\n{body}" for body in (asked, exit_))
    assert b'"id": 1' in served(directory, data.encode()).stdout


def served(directory: Path, data: bytes) -> subprocess.CompletedProcess[bytes]:
    """Return what a server does that gets this for input."""
    line = [sys.executable, "-m", "iplint", "lsp"]
    environment = {**os.environ, "PYTHONPATH": PATHS}
    return subprocess.run(
        line, input=data, cwd=directory, env=environment, capture_output=True, timeout=60, check=False
    )


def test_neovim_shows_findings_with_the_documented_settings(directory: Path) -> None:
    nvim = shutil.which("nvim")
    if nvim is None:
        pytest.skip("neovim is not installed")
    page = (TOP / "docs" / "editors.md").read_text("utf-8")
    snippet = page.partition("```lua\n")[2].partition("```")[0]
    command = json.dumps([sys.executable, "-m", "iplint", "lsp"]).replace("[", "{").replace("]", "}")
    (directory / "init.lua").write_text(
        # Before 0.8, a server is started and attached in two steps.
        "vim.lsp.start = vim.lsp.start or function(config)\n"
        "  vim.lsp.buf_attach_client(0, vim.lsp.start_client(config))\nend\n"
        + snippet.replace("{ 'iplint', 'lsp' }", command)
        + "\nvim.cmd('filetype on')\n"
        "vim.cmd('edit web.yaml')\n"
        "vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end)\n"
        "for _, found in ipairs(vim.diagnostic.get(0)) do\n"
        "  io.stdout:write(found.lnum .. ' ' .. found.code .. '\\n')\nend\n"
        "vim.cmd('qall!')\n",
        "utf-8",
    )
    done = subprocess.run(
        [nvim, "--headless", "-u", "init.lua", "-i", "NONE"],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": PATHS, "HOME": str(directory)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "6 imdsv1-allowed\n", done.stderr


def test_emacs_shows_findings_with_the_documented_settings(directory: Path) -> None:
    emacs = shutil.which("emacs")
    if emacs is None:
        pytest.skip("Emacs is not installed")
    modes = "(progn (package-initialize) (require 'eglot) (require 'yaml-mode))"
    if subprocess.run([emacs, "--batch", "--eval", modes], capture_output=True, check=False).returncode:
        pytest.skip("eglot and yaml-mode are not installed")
    page = (TOP / "docs" / "editors.md").read_text("utf-8")
    snippet = page.partition("```lisp\n")[2].partition("```")[0]
    command = " ".join(json.dumps(word) for word in (sys.executable, "-m", "iplint", "lsp"))
    (directory / "init.el").write_text(
        modes
        + snippet.replace('"iplint" "lsp"', command)
        + """
(require 'project)
(find-file "web.yaml")
(yaml-mode)
(setq eglot-sync-connect 60)
(apply #'eglot (eglot--guess-contact))
(with-timeout (60)
  (while (null (flymake-diagnostics))
    (accept-process-output nil 0.2)
    (flymake-start)))
(dolist (found (flymake-diagnostics))
  (princ (format "%d %s\\n" (line-number-at-pos (flymake-diagnostic-beg found)) (flymake-diagnostic-text found))))
""",
        "utf-8",
    )
    done = subprocess.run(
        [emacs, "--batch", "--load", "init.el"],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": PATHS, "HOME": str(directory)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.startswith("7 iplint [imdsv1-allowed]: "), done.stderr


def test_the_extension_of_zed_is_of_this_version_and_takes_no_program_from_a_project() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    folder = TOP / "editors" / "zed"
    manifest = tomllib.loads((folder / "extension.toml").read_text("utf-8"))
    assert manifest["version"] == project["version"]
    assert tomllib.loads((folder / "Cargo.toml").read_text("utf-8"))["package"]["version"] == project["version"]
    assert manifest["language_servers"]["iplint"]["languages"] == ["YAML", "JSON", "Terraform"]
    assert "LspSettings" not in (folder / "src" / "lib.rs").read_text("utf-8")
