"""`iplint config`: each setting, and its source."""

from __future__ import annotations

from iplint.cli.arguments import add_configuration, configuration
from iplint.cli.command import CLEAN, Command
from iplint.cli.output import emit
from iplint.config import SETTINGS, Config
from iplint.report.masking import steady, without_alike

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def show_configuration(options: argparse.Namespace) -> int:
    """Print one line a setting."""
    config = configuration(options) or Config()
    lines: list[str] = []
    for name, kind in SETTINGS.items():
        origin = config.path if name in config else "default"
        # A source of a module may have a password or a token in its address.
        lines.append(f"{name} = {without_alike(config.as_toml(name))}  # {steady(origin or '')}: {kind.doc}\n")
    emit("".join(lines))
    return CLEAN


COMMAND = Command("Show each setting, and where it comes from.", add_configuration, show_configuration)
