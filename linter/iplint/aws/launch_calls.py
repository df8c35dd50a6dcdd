"""Commands and code that launch instances, or make what launches them, past every template.

Source: "AWS CLI Command Reference, ec2 and autoscaling"; "Amazon EC2 API Reference, Actions", whose names the SDKs
write in the manner of their languages; "AWS Tools for PowerShell Cmdlet Reference".
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMANDS = {
    ("ec2", "run-instances"),
    ("ec2", "request-spot-instances"),
    ("ec2", "request-spot-fleet"),
    ("ec2", "create-fleet"),
    ("ec2", "create-launch-template"),
    ("ec2", "create-launch-template-version"),
    ("autoscaling", "create-launch-configuration"),
}
_ACTIONS = (
    "RunInstances",
    "RequestSpotInstances",
    "RequestSpotFleet",
    "CreateFleet",
    "CreateLaunchTemplate",
    "CreateLaunchTemplateVersion",
    "CreateLaunchConfiguration",
)
# As Python and Ruby write them; EC2's resource of boto3 has a name of its own.
_SNAKE = (
    "run_instances",
    "request_spot_instances",
    "request_spot_fleet",
    "create_fleet",
    "create_launch_template",
    "create_launch_template_version",
    "create_launch_configuration",
    "create_instances",
)
_CMDLETS = (
    "New-EC2Instance",
    "Request-EC2SpotInstance",
    "Request-EC2SpotFleet",
    "New-EC2Fleet",
    "New-EC2LaunchTemplate",
    "New-ASLaunchConfiguration",
)
_COMMENT = ("#", "//", "*")
# Without one of these no call is written; most texts have none.
_HINTS = (
    "run-instances",
    "request-spot",
    "create-fleet",
    "create-launch",
    "run_instances",
    "request_spot",
    "create_fleet",
    "create_launch",
    "create_instances",
    "unInstances",
    "equestSpot",
    "reateFleet",
    "reateLaunch",
    "New-EC2",
    "Request-EC2",
    "New-ASLaunch",
)


class LaunchCall:
    """A call that launches, the characters `start` to `end` of the flat text; `what` is it in words."""

    __slots__ = ("end", "start", "what")

    def __init__(self, start: int, end: int, what: str) -> None:
        self.start = start
        self.end = end
        self.what = what


def may_launch(flat: str) -> bool:
    """Return whether a text can hold such a call at all."""
    return any(hint in flat for hint in _HINTS)


def launch_calls(flat: str) -> list[LaunchCall]:
    """Return the calls in a text of any language, in the order of their places."""
    return sorted((*_commands(flat), *_code(flat)), key=lambda call: call.start)


def _commands(flat: str) -> Iterator[LaunchCall]:
    from iplint.syntax.shell import PRINTERS, Script  # most runs meet no such text

    for command in Script(flat).commands:
        if command.name in PRINTERS:
            continue
        for service, operation in zip(command.words, command.words[1:], strict=False):
            if (service.value, operation.value) in _COMMANDS:
                yield LaunchCall(service.start, operation.end, f"aws {service.value} {operation.value}")


def _code(flat: str) -> Iterator[LaunchCall]:
    import re

    camel = [action[0].lower() + action[1:] for action in _ACTIONS]
    called = (
        rf"\.({'|'.join((*_SNAKE, *camel, *_ACTIONS))})\s*\("
        rf"|\bnew\s+((?:{'|'.join(_ACTIONS)})Command)\b"
        rf"|\b({'|'.join(_CMDLETS)})(?![\w-])"
    )
    for found in re.finditer(called, flat):
        line = flat[flat.rfind("\n", 0, found.start()) + 1 : found.start()]
        if not line.lstrip().startswith(_COMMENT):
            number = found.lastindex or 0
            yield LaunchCall(found.start(number), found.end(number), found[number])
