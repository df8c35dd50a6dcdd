"""The output of `--verbose`: the settings of the check, and the findings in each file."""

from __future__ import annotations

from collections import Counter

from iplint.config import SETTINGS
from iplint.report.masking import Mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.cli.request import Request
    from iplint.discovery.catalog import Catalog
    from iplint.finding import Report


def describe_run(report: Report, catalog: Catalog, case: Request) -> Iterator[str]:
    """Yield the lines, without values of inputs, which may be secret."""
    mask = Mask(report.hidden)
    if case.config is None or case.config.path is None:
        yield "no configuration file counts"
    else:
        given = ", ".join(name for name in SETTINGS if name in case.config)
        yield f"configured by {mask.where(case.config.path, None)}, which sets {given or 'nothing'}"
    yield f"checked by {len(case.rules)} of {len(case.known)} rules: {', '.join(rule.name for rule in case.rules)}"
    if case.cache is not None:
        yield f"{case.cache.checked} roots checked, {case.cache.recalled} from the cache"
        if not case.cache.is_usable:
            place = mask.where(case.cache.directory, None)
            yield f"nothing is kept in {place}: it cannot be used, or others may write there"
    for kind, inputs in (("parameters", case.asked.parameters), ("variables", case.asked.variables)):
        if inputs:
            yield mask.plain(f"{kind} given: {', '.join(sorted(inputs))}")
    for pattern in catalog.unmatched:
        yield f"exclude {mask.where(pattern, None)} matches no file or directory"
    counts = {
        "failing": Counter(finding.at.path for finding in report.findings if finding.is_failure),
        "undecided": Counter(finding.at.path for finding in report.findings if not finding.is_failure),
        "ignored": Counter(finding.at.path for finding in report.ignored),
    }
    read = set(catalog.paths()) | {notice.path for notice in report.notices}
    for path in sorted(read.union(*counts.values())):
        found = [f"{number[path]} {word}" for word, number in counts.items() if number[path]]
        notices = Counter(notice.kind for notice in report.notices if notice.path == path)
        found += [f"{number} {kind}" for kind, number in sorted(notices.items())]
        yield f"{mask.where(path, None)}: {', '.join(found) or 'nothing found'}"
