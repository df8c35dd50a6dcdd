"""`iplint explain`: the documentation of a rule, or its findings in some files and how to fix them."""

from __future__ import annotations

from iplint import __version__
from iplint.cli.arguments import add_color, add_configuration, add_format, add_paths, add_rules, known_rules
from iplint.cli.command import CLEAN, INCOMPLETE, USAGE, Command
from iplint.cli.output import columns, emit, takes_color, takes_links
from iplint.cli.request import Request
from iplint.finding import LaunchStatus, Severity
from iplint.judging.selection import named
from iplint.judging.session import arrange
from iplint.report import text
from iplint.report.json import dumps, place_tree, report_tree
from iplint.report.masking import Mask, where
from iplint.report.rule_page import rule_tree, styled
from iplint.rule import page
from iplint.snippet import HCL, HCL_JSON, JSON, YAML, ProfileSlot, snippet

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from iplint.judging.engine import CheckedRoot
    from iplint.model import Launch
    from iplint.resource import Resource
    from iplint.rule import Rule

FORMATS = ("text", "json")
WITHOUT_PROFILE = "missing-instance-profile"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint explain`."""
    parser.add_argument("name", metavar="RULE", help="the rule to explain")
    add_paths(parser, "files and directories: show what the rule finds there, and what to write (default: the page)")
    add_format(parser, FORMATS)
    add_color(parser)
    add_rules(parser)
    add_configuration(parser)


def explain(options: argparse.Namespace) -> int:
    """Print the page of a rule, or with paths its findings there."""
    rule = named(known_rules(options), options.name)
    if not options.paths:
        emit(_page(rule, options), styled=options.format == "text")
        return CLEAN
    in_json = options.format == "json"
    # What is said of launches rests on all rules, not on this one.
    options.select, options.ignore = ["default", rule.name], []
    options.proof = in_json
    case = Request(options)
    lacking: dict[tuple[str, int, int], tuple[Resource, str]] = {}

    def see(checked: CheckedRoot) -> None:
        for launch in checked.stack.launches:
            if checked.verdicts.get(launch.key, {}).get(WITHOUT_PROFILE) is LaunchStatus.FAILED:
                holder = checked.stack.resource(launch.profile_holder)
                if holder is not None and (lines := _snippet(launch, holder, checked)):
                    lacking.setdefault(holder.at.key(), (holder, lines))

    report, catalog = case.check(see)
    report.findings = [finding for finding in report.findings if finding.rule == rule.name]
    report.ignored = [finding for finding in report.ignored if finding.rule == rule.name]
    arrange(report, Severity.INFO, keep_undecided=True)
    mask = Mask(report.hidden)
    additions = [(holder, "\n".join(map(mask.plain, lines.split("\n")))) for holder, lines in lacking.values()]
    if in_json:
        tree = {
            **report_tree(report, [rule], __version__),
            "rule": rule_tree(rule),
            "additions": [
                {"address": mask.words(holder.address), **place_tree(mask, holder.at), "text": lines}
                for holder, lines in additions
            ],
        }
        emit(dumps(tree))
    else:
        emit(text.render(report, [rule], takes_color(options.color, None)), styled=True)
        for holder, lines in additions:
            what = mask.plain(f"{holder.address} ({where(holder.at.path, holder.at)})")
            emit(f"\nWhat {what} lacks; give the role the permissions that the application needs:\n\n{lines}\n")
    if catalog.missing:
        return USAGE
    return INCOMPLETE if any(notice.is_fatal for notice in report.notices) else CLEAN


def _page(rule: Rule[object], options: argparse.Namespace) -> str:
    """Return the page of a rule: as JSON, in colours, or as Markdown."""
    if options.format == "json":
        return dumps({"version": 1, "tool": {"name": "iplint", "version": __version__}, "rule": rule_tree(rule)})
    if takes_color(options.color, None):
        return styled(rule, links=takes_links(options.color, None), columns=columns(None))
    return f"{page(rule)}\n"


def _snippet(launch: Launch, holder: Resource, checked: CheckedRoot) -> str:
    """Return the role, profile and reference to add to a launch; empty when it has no setting for a profile.

    `holder` is the resource that should name the profile.
    """
    found = launch.profile_slot
    if found is None:
        return ""
    path, beside, form = found
    is_template = holder.type.startswith("AWS::")
    if is_template and holder.at.text.startswith("resource "):
        return ""  # Terraform makes it by the Cloud Control API, in words of both notations
    around, dot, last = holder.address.rpartition("." if is_template else f"{holder.type}.")
    around += dot if is_template else ""
    name = last.partition("[")[0]

    def is_taken(role: str) -> bool:
        kinds = ("{}Role", "{}Profile") if is_template else ("aws_iam_role.{}", "aws_iam_instance_profile.{}")
        return any(checked.stack.resource(around + kind.format(role)) is not None for kind in kinds)

    role, number = name, 1
    while is_taken(role):
        number += 1
        role = f"{name}{number}" if is_template else f"{name}_{number}"
    in_json = holder.at.path.endswith(".json") or holder.at.source.text.lstrip().startswith("{")
    notation = (JSON if in_json else YAML) if is_template else HCL_JSON if in_json else HCL
    return snippet(ProfileSlot(holder.type, name, path, beside, form == "arn"), role, notation)


COMMAND = Command("Explain a rule, with examples, or what it finds in some files.", add_arguments, explain)
