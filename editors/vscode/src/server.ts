/** How the server is started: what the settings of the user say, and nothing of the workspace. */

import { homedir } from "node:os";

export interface Settings {
  command: readonly string[];
  arguments: readonly string[];
}

export interface Invocation {
  command: string;
  args: string[];
  /** Windows looks for a command in the working directory first, which is that of the workspace unless it is given. */
  options: { cwd: string };
}

/** Return the process to start. Throws an Error that says what to do where no command is set. */
export function invocation(settings: Settings): Invocation {
  const [command, ...first] = settings.command;
  if (command === undefined || command.trim() === "") {
    throw new Error('iplint.command is empty: set it to ["iplint"], or to the path of iplint');
  }
  return { command, args: [...first, "lsp", ...settings.arguments], options: { cwd: homedir() } };
}

/** The languages of the files that iplint reads. */
export const LANGUAGES = [
  "yaml",
  "json",
  "jsonc",
  "cloudformation",
  "terraform",
  "terraform-vars",
  "opentofu",
  "hcl",
] as const;
