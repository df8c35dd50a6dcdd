"""The report for code scanning: SARIF 2.1.0."""

from __future__ import annotations

import os
from urllib.parse import quote

from iplint.addresses import DIFFERENCES, about, rule_page, rule_pages
from iplint.finding import Severity
from iplint.report.fingerprint import fingerprints, masked_line_hashes
from iplint.report.json import dumps, proof_trees, summary
from iplint.report.masking import Mask, by_severity, level, message_of, related
from iplint.resource import SuppressedBy
from iplint.value import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Finding, Report
    from iplint.location import Source, Span
    from iplint.report.json import Json
    from iplint.report.masking import Described
    from iplint.resource import Ignore, Notice

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# What GitHub sorts by: above 9.0 is critical, from 7.0 high, from 4.0 medium.
_SCORES = {
    Severity.INFO: "1.0",
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}

_MAX_DESCRIPTION_LENGTH = 1000
_MAX_SNIPPET_LENGTH = 2000
# What GitHub takes (GitHub documentation, "SARIF support for code scanning"). Of the results, it shows the 5,000 of the
# highest severity.
MAX_RESULTS = 25_000
_MAX_LOCATIONS = 1_000
_MAX_FLOWS = 10
_MAX_TAGS = 20

_SUPPRESSIONS = {SuppressedBy.COMMENT: "inSource"}


def render(report: Report, rules: Sequence[Described], version: str, *, with_suppressed: bool = False) -> str:
    """Return the report as SARIF, the most severe results first. `rules` are the active ones; each finding belongs to
    one of them.

    Code scanning shows suppressed results as open alerts, so there are none unless asked for `with_suppressed`.
    """
    rules = sorted(rules, key=lambda rule: rule.name)
    findings = by_severity(report.findings)
    if with_suppressed or report.lists_suppressed:
        findings += by_severity(report.ignored)
    left_out = len(findings) - MAX_RESULTS
    findings = findings[:MAX_RESULTS]
    writer = _RunWriter(report, rules, findings)
    page = about()
    return dumps(
        {
            "$schema": _SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": "iplint",
                            "semanticVersion": version,
                            **({"informationUri": page} if page is not None else {}),
                            "rules": [writer.rule(rule) for rule in rules],
                            **writer.supported(),
                        }
                    },
                    **writer.taxonomies(rules),
                    "invocations": [
                        {
                            "executionSuccessful": not any(notice.is_fatal for notice in report.notices),
                            "toolExecutionNotifications": [
                                *(writer.notification(notice) for notice in report.notices),
                                *([_cut(left_out)] if left_out > 0 else []),
                            ],
                        }
                    ],
                    "originalUriBaseIds": {
                        "%SRCROOT%": {"description": {"text": "The directory in which iplint was run."}}
                    },
                    "columnKind": "unicodeCodePoints",
                    "results": [
                        writer.result(finding, fingerprint)
                        for finding, fingerprint in zip(findings, fingerprints(report, findings), strict=True)
                    ],
                    "properties": {"summary": summary(report), **proof_trees(report)},
                }
            ],
        }
    )


def _cut(left_out: int) -> Json:
    """Return the notification of results that are left out."""
    text = f"{left_out} results of the lowest severity are left out: code scanning takes {MAX_RESULTS}."
    return {"descriptor": {"id": "limit"}, "level": "warning", "message": {"text": text}}


def _description(rule: Described) -> str:
    """Return the first section of the documentation, which describes the rule."""
    section = rule.doc.partition("\n## ")[2].partition("\n## ")[0].partition("\n")[2]
    text = " ".join(section.split()) or f"{rule.title}."
    return text if len(text) <= _MAX_DESCRIPTION_LENGTH else text[: _MAX_DESCRIPTION_LENGTH - 3] + "..."


class _RunWriter:
    """Write the parts of a run, each without the secrets of the sources."""

    __slots__ = ("_catalogues", "_hashes", "_highest", "_indexes", "_mask", "_pages")

    def __init__(self, report: Report, rules: Sequence[Described], findings: Sequence[Finding]) -> None:
        self._mask = Mask(report.hidden)
        self._pages = rule_pages()
        self._highest: dict[str, Severity] = {}
        for finding in findings:
            highest = self._highest.get(finding.rule, finding.severity)
            self._highest[finding.rule] = max(finding.severity, highest)
        self._indexes = {rule.name: index for index, rule in enumerate(rules)}
        self._catalogues = {name: i for i, name in enumerate(sorted({n for rule in rules for n in rule.references}))}
        self._hashes: dict[Source, list[str]] = {}

    def supported(self) -> dict[str, Json]:
        """Return the catalogues that the rules refer to, as a member of the driver."""
        components: list[Json] = [{"name": name, "index": index} for name, index in self._catalogues.items()]
        return {"supportedTaxonomies": components} if components else {}

    def taxonomies(self, rules: Sequence[Described]) -> dict[str, Json]:
        """Return the rules' entries in each catalogue, as a member of the run."""
        found: list[Json] = []
        for name in self._catalogues:
            ids = sorted({id for rule in rules for id in rule.references.get(name, ())})
            taxa: list[Json] = [{"id": id} for id in ids]
            found.append({"name": name, "taxa": taxa})
        return {"taxonomies": found} if found else {}

    def rule(self, rule: Described) -> Json:
        """Return one rule. The example in its documentation may be the very template that was read.

        Code scanning knows the severity of a rule, not of a result: it is the highest of the results.
        """
        title = f"{rule.title}."
        doc = self._mask.words(rule.doc.strip()) or title
        references = sorted(rule.references.items())
        relationships: list[Json] = [
            {
                "target": {"id": id, "toolComponent": {"name": name, "index": self._catalogues[name]}},
                "kinds": ["relevant"],
            }
            for name, ids in references
            for id in ids
        ]
        # GitHub knows weaknesses by tags of this form.
        weaknesses = [f"external/cwe/{id.lower()}" for id in rule.references.get("CWE", ())]
        tags = ["security", "aws", "ec2", "credentials", rule.group, *weaknesses]
        return {
            "id": rule.name,
            "name": "".join(word.capitalize() for word in rule.name.split("-")),
            "shortDescription": {"text": title},
            "fullDescription": {"text": _description(rule)},
            "help": {"text": doc, "markdown": self._help(rule, doc)},
            **({"helpUri": rule_page(self._pages, rule.name)} if self._pages is not None else {}),
            "messageStrings": {"default": {"text": "{0}."}},
            "defaultConfiguration": {"level": level(rule.severity)},
            **({"relationships": relationships} if relationships else {}),
            "properties": {
                "tags": [*dict.fromkeys(tags)][:_MAX_TAGS],
                "security-severity": _SCORES[self._highest.get(rule.name, rule.severity)],
                "precision": "high",
            },
        }

    def _help(self, rule: Described, doc: str) -> str:
        """Return the documentation of a rule with a heading, and with the command and the page that show it."""
        page = rule_page(self._pages, rule.name)
        if rule.name in DIFFERENCES:
            return f"# {rule.name}\n\n{doc}\n" + (f"\nMore: [docs/audit.md]({page}).\n" if page is not None else "")
        more = f"`iplint explain {rule.name}`" + (f", or [the page of this rule]({page})" if page is not None else "")
        return f"# {rule.name}\n\n{doc}\n\nMore: {more}.\n"

    def result(self, finding: Finding, fingerprint: str) -> Json:
        """Return one finding. Undecided ones are notes, whatever their severity would be."""
        failed = finding.is_failure
        text = _unlinked(self._mask.plain(_sentence(finding))).rstrip(".")
        # GitHub shows a related place only where the message links to its id.
        places: list[Json] = []
        for number, step in enumerate(related(finding)[:_MAX_LOCATIONS], 1):
            words = self._mask.plain(step.message)
            link = f"[{_link_text(f'{self._mask.path(step.at.path)}:{step.at.first[0]}')}]({number})"
            text += f". {_capital(_unlinked(words).rstrip('.'), finding)}: {link}" if words else f". See {link}"
            places.append({"id": number, **self._location(step.at), **({"message": {"text": words}} if words else {})})

        name = self._mask.words(finding.address)
        address = {"fullyQualifiedName": name, "kind": "resource"}
        if finding.construct is not None:
            address = {"name": name, **address, "fullyQualifiedName": self._mask.words(finding.construct)}
        result: dict[str, Json] = {
            "ruleId": finding.rule,
            "ruleIndex": self._indexes[finding.rule],
            "level": level(finding.severity) if failed else "note",
            "message": {"text": f"{text}.", "id": "default", "arguments": [text]},
            "locations": [{**self._location(finding.at), "logicalLocations": [address]}],
        }
        if places:
            result["relatedLocations"] = places
        if flows := self._flows(finding):
            result["codeFlows"] = flows
        if finding.ignored is not None:
            result["suppressions"] = [self._suppression(finding.ignored)]
        result["partialFingerprints"] = {
            "primaryLocationLineHash": self._line_hash(finding.at),
            "iplint/v1": fingerprint,
        }
        result["properties"] = {"severity": finding.severity.word, "verdict": finding.verdict}
        return result

    def _flows(self, finding: Finding) -> list[Json]:
        """Return how a finding is reached from each launch: by its template or profile, and the role."""
        chain = sorted(
            (step for step in related(finding) if step.link is not None), key=lambda step: step.link or Link.LAUNCH
        )
        flows: list[Json] = []
        for launch in [step for step in chain if step.link is Link.LAUNCH][:_MAX_FLOWS]:
            behind = [step for step in chain if step.link is not Link.LAUNCH and step.joint == launch.joint]
            first = (launch.before,) if launch.before is not None else ()
            places = [(step.at, step.message) for step in (*first, launch, *behind)]
            places.append((finding.at, finding.label or finding.message))
            locations: list[Json] = [
                {"location": {**self._location(at), "message": {"text": self._mask.plain(words)}}}
                for at, words in places
            ]
            flows.append({"threadFlows": [{"locations": locations}]})
        return flows

    def _suppression(self, ignore: Ignore) -> Json:
        """Return what suppresses a finding, and why."""
        reason = self._mask.words(ignore.reason)
        return {
            "kind": _SUPPRESSIONS.get(ignore.by, "external"),
            "status": "accepted",
            **({"justification": reason} if reason else {}),
        }

    def _line_hash(self, at: Span) -> str:
        if at.source not in self._hashes:
            self._hashes[at.source] = masked_line_hashes(self._mask, at.source)
        return self._hashes[at.source][at.first[0] - 1]

    def _location(self, at: Span) -> dict[str, Json]:
        """Return a place with its text, but without the lines around it: no rule has searched these for keys."""
        region = _region(at)
        if self._quotable(at):
            region["snippet"] = {"text": at.text}
        return {"physicalLocation": {"artifactLocation": _artifact(self._mask.path(at.path)), "region": region}}

    def _quotable(self, at: Span) -> bool:
        return 0 < at.end - at.start <= _MAX_SNIPPET_LENGTH and not self._mask.touches(at.source, at.start, at.end)

    def notification(self, notice: Notice) -> Json:
        """Return one notice with its place, if known, but without its text, which may not have been read."""
        region: dict[str, Json] = {"region": _region(notice.at)} if notice.at is not None else {}
        location: Json = {"physicalLocation": {"artifactLocation": _artifact(self._mask.path(notice.path)), **region}}
        return {
            "descriptor": {"id": notice.kind},
            "level": "error" if notice.is_fatal else "warning",
            "message": {"text": self._mask.words(notice.message)},
            "locations": [location],
        }


def _sentence(finding: Finding) -> str:
    """Return what a finding says, and what it rests on, as a sentence."""
    text = message_of(finding)
    if finding.is_failure:
        return _capital(text, finding)
    return f"It is undecided {text}" if text.startswith("whether ") else f"Undecided: {text}"


def _capital(text: str, finding: Finding) -> str:
    """Return a sentence with a capital letter, unless it begins with a name."""
    first = text.partition(" ")[0]
    is_word = first.isascii() and first.isalpha() and first.islower()
    return text[:1].upper() + text[1:] if is_word and first != finding.address else text


def _region(at: Span) -> dict[str, Json]:
    """Return the region of a place, in lines and columns."""
    (line, column), (end_line, end_column) = at.first, at.last
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _artifact(path: str) -> Json:
    """Return a path as a URI. Bytes of a file name that are not UTF-8 are percent-encoded."""
    encoded = quote(os.fsencode(path), safe="/")
    if path.startswith("/"):
        return {"uri": f"file://{encoded}"}
    if path[1:3] == ":/":
        return {"uri": f"file:///{path[0]}:{encoded[4:]}"}
    return {"uri": encoded, "uriBaseId": "%SRCROOT%"}


def _unlinked(text: str) -> str:
    """Return a sentence in which no brackets look like a link to a related place."""
    return text.replace("](", "] (")


def _link_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
