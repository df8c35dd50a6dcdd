/** The server, as VS Code's own protocol library drives it over standard input and output. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import {
  CodeActionRequest,
  CodeLensRequest,
  createProtocolConnection,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  type PublishDiagnosticsParams,
} from "vscode-languageserver-protocol/node";

import { invocation } from "../src/server";

const TEMPLATE = `\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpTokens: optional}
`;

test("the user's settings alone say what is started", () => {
  assert.deepEqual(invocation({ command: ["uvx", "iplint"], arguments: ["--undecided"] }), {
    command: "uvx",
    args: ["iplint", "lsp", "--undecided"],
    options: { cwd: homedir() },
  });
  assert.throws(() => invocation({ command: [], arguments: [] }), /iplint\.command is empty/);
});

test("findings, lenses and fixes of a text that is not saved", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "iplint-")));
  writeFileSync(join(folder, "web.yaml"), "");
  const uri = pathToFileURL(join(folder, "web.yaml")).href;
  const { command, args, options } = invocation({ command: [process.env["IPLINT"] ?? "iplint"], arguments: [] });
  const server = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "inherit"] });
  const connection = createProtocolConnection(server.stdout, server.stdin);
  const shown = new Map<string, PublishDiagnosticsParams>();
  connection.onNotification(PublishDiagnosticsNotification.type, (params) => void shown.set(params.uri, params));
  connection.listen();
  const { capabilities } = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "test" }],
    capabilities: { general: { positionEncodings: ["utf-16"] } },
  });
  assert.ok(capabilities.hoverProvider);
  assert.ok(capabilities.definitionProvider);
  await connection.sendNotification(InitializedNotification.type, {});
  await connection.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "yaml", version: 1, text: TEMPLATE },
  });
  const lenses = await connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
  assert.equal(lenses?.[0]?.command?.title, "iplint: failed: profile, metadata");
  const found = shown.get(uri)?.diagnostics.map((one) => one.code);
  assert.ok(found?.includes("imdsv1-allowed") && found.includes("missing-instance-profile"));
  const range = { start: { line: 4, character: 0 }, end: { line: 4, character: 40 } };
  const actions = await connection.sendRequest(CodeActionRequest.type, {
    textDocument: { uri },
    range,
    context: { diagnostics: [] },
  });
  assert.ok(actions?.some((action) => action.title === "Fix imdsv1-allowed"));
  await connection.sendRequest(ShutdownRequest.type);
  await connection.sendNotification(ExitNotification.type);
  await new Promise((resolve) => server.once("exit", resolve));
  connection.dispose();
});
