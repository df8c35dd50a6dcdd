"""`iplint snapshot`: save what `iplint audit` reads, by read-only calls."""

from __future__ import annotations

from iplint.cli.arguments import trees
from iplint.cli.command import CLEAN, INCOMPLETE, Command, OutputError, UsageError, lost
from iplint.cli.output import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint snapshot`."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        required=True,
        help="the directory to save to; one that an interrupted run has left is completed",
    )
    parser.add_argument(
        "--region", action="append", default=[], metavar="NAME", help="a region (default: all; repeatable)"
    )
    parser.add_argument("--profile", metavar="NAME", help="the profile of the AWS configuration to use")
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="ARN",
        help="a role to assume, whose account is saved instead of the own one (repeatable)",
    )
    parser.add_argument("--user-data", action="store_true", help="also save user data, with access keys in it masked")
    parser.add_argument("-q", "--quiet", action="store_true", help="report only what failed")


def _silent(message: str) -> None:
    """Say nothing."""
    del message


def snapshot(options: argparse.Namespace) -> int:
    """Take a snapshot; return the exit status."""
    try:
        from iplint.capture import Capture, CaptureError, Snapshot
    except ImportError as error:
        raise UsageError(f"iplint snapshot needs {error.name}: install iplint[aws]") from None
    from iplint.writing import NotWritable

    progress = _silent if options.quiet else say
    directory: str = options.output
    try:
        saved = Snapshot(directory, trees(()))
        capture = Capture(saved, regions=options.region, wants_user_data=options.user_data, say=progress)
        is_through = False
        try:
            capture.take(options.profile, options.role)
            is_through = True
        finally:
            if saved.has_started or is_through:
                saved.save(is_complete=is_through and not saved.failures)
    except CaptureError as error:
        raise UsageError(str(error)) from None
    except NotWritable as error:
        raise UsageError(f"cannot write to {directory}: it {error}") from None
    except OSError as error:
        raise OutputError(lost(error, directory)) from error
    for failure, times in saved.failures.items():
        if options.quiet or times > 1:
            say(f"{failure} ({times} calls)" if times > 1 else failure)
    if saved.failures:
        count = sum(saved.failures.values())
        calls = "1 call" if count == 1 else f"{count} calls"
        say(f"{calls} failed, and so the snapshot in {directory} lacks something; run the command again to complete it")
        return INCOMPLETE
    say(f"the snapshot is complete: iplint audit {directory}")
    return CLEAN


COMMAND = Command(
    "Save what `iplint audit` reads of accounts, by read-only calls of AWS (needs iplint[aws]).",
    add_arguments,
    snapshot,
    "exit status: 0 all was saved, 2 bad usage, 3 a call failed",
)
