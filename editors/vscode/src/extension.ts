/** The extension: starts `iplint lsp`, and shows what it finds. */

import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";

import { invocation, LANGUAGES } from "./server";

let client: LanguageClient | undefined;

async function start(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("iplint");
  try {
    const { command, args, options } = invocation({
      command: settings.get<string[]>("command", ["iplint"]),
      arguments: settings.get<string[]>("arguments", []),
    });
    client = new LanguageClient(
      "iplint",
      "iplint",
      { command, args, options, transport: TransportKind.stdio },
      { documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })) },
    );
    await client.start();
  } catch (error) {
    client = undefined;
    const why = error instanceof Error ? error.message : String(error);
    await vscode.window.showErrorMessage(
      `iplint cannot be started: ${why}. Install it with "pip install 'iplint[lsp]'", or set iplint.command.`,
    );
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const restart = async (): Promise<void> => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("iplint.restart", restart),
    vscode.workspace.onDidChangeConfiguration(async (changed) => {
      if (changed.affectsConfiguration("iplint.command") || changed.affectsConfiguration("iplint.arguments")) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}
