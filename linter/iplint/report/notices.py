"""Which notices a report lists, and how it counts the others."""

from __future__ import annotations

from iplint.resource import NoticeCause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.finding import Report
    from iplint.resource import Notice

# What notices of a cause say, for one of them and for several.
_WORDS = {
    NoticeCause.UNREAD: ("is not read", "are not read"),
    NoticeCause.DEFECT: ("failed inside iplint", "failed inside iplint"),
    NoticeCause.RULE: ("custom rule failed", "custom rules failed"),
    NoticeCause.INVALID: ("is not deployable", "are not deployable"),
    NoticeCause.MODULE: ("module is not here", "modules are not here"),
    NoticeCause.TEMPLATE: ("template of a stack is not here", "templates of stacks are not here"),
    NoticeCause.FILE: ("file is not here", "files are not here"),
    NoticeCause.DECLARATION: ("name is not declared", "names are not declared"),
    NoticeCause.DOUBLED: ("name is declared twice", "names are declared twice"),
    NoticeCause.VALUES: ("set of values is not given", "sets of values are not given"),
    NoticeCause.COMBINATIONS: ("has too many combinations of inputs", "have too many combinations of inputs"),
    NoticeCause.MACRO: ("macro or transform is not expanded", "macros or transforms are not expanded"),
    NoticeCause.FUNCTION: ("function is not known", "functions are not known"),
    NoticeCause.LAUNCH: ("launch is not supported", "launches are not supported"),
    NoticeCause.TOOL: ("is for another tool", "are for other tools"),
    NoticeCause.PLAN: ("is missing in a plan", "are missing in plans"),
    NoticeCause.REVISION: ("cannot be compared", "cannot be compared"),
    NoticeCause.SKIPPED: ("is not searched", "are not searched"),
    NoticeCause.OTHER: ("other", "others"),
}


def listed(report: Report) -> list[Notice]:
    """Return the notices that every report lists: what was not read, and what a verdict rests on; all if the report
    `lists_notices`.
    """
    return [notice for notice in report.notices if notice.is_fatal or report.lists_notices or _matters(notice)]


def _matters(notice: Notice) -> bool:
    return notice.decides and not notice.accepted


def counted(report: Report) -> str:
    """Return how many places could not be followed, and why, as sentences; nothing if there are none."""
    open_ones = [notice for notice in report.notices if not notice.is_fatal and not notice.accepted]
    accepted = sum(notice.accepted for notice in report.notices)
    text = ""
    if open_ones:
        places = "1 place" if len(open_ones) == 1 else f"{len(open_ones)} places"
        text = f"{places} could not be followed: {by_cause(open_ones)}"
        is_hidden = not report.lists_notices and not all(_matters(notice) for notice in open_ones)
        text += " (-v lists them)." if is_hidden else "."
    if accepted:
        more = " more" if open_ones else ""
        text += f" {accepted}{more} that could not be followed {'is' if accepted == 1 else 'are'} accepted."
    return text.strip()


def by_cause(notices: Iterable[Notice]) -> str:
    """Return how many notices there are of each cause, the most frequent first."""
    found: dict[NoticeCause, int] = {}
    for notice in notices:
        found[notice.cause] = found.get(notice.cause, 0) + 1
    ordered = sorted(found.items(), key=lambda count: (count[0] is NoticeCause.OTHER, -count[1], count[0]))
    return ", ".join(f"{number} {_WORDS[cause][number > 1]}" for cause, number in ordered)
