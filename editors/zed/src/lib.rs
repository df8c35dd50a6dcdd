//! Starts `iplint lsp` in Zed.

use zed_extension_api::{self as zed, Command, LanguageServerId, Result, Worktree};

struct Iplint;

impl zed::Extension for Iplint {
    fn new() -> Self {
        Self
    }

    /// Return the command of the server. It comes from the PATH only: no setting of a project may name a program.
    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let command = worktree
            .which("iplint")
            .ok_or("iplint is not on the PATH: pip install 'iplint[lsp]'")?;
        Ok(Command {
            command,
            args: vec!["lsp".into()],
            env: worktree.shell_env(),
        })
    }
}

zed::register_extension!(Iplint);
