"""The report for code scanning: SARIF 2.1.0."""

from __future__ import annotations

import os
from urllib.parse import quote

from iplint.finding import Severity
from iplint.report.fingerprint import fingerprints, masked_line_hashes
from iplint.report.json import dumps, proof_trees, summary
from iplint.report.masking import Mask, condition, level, related
from iplint.resource import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Finding, Report
    from iplint.location import Source, Span
    from iplint.report.json import Json
    from iplint.report.masking import Described
    from iplint.resource import Notice

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# Validators want a page about the tool; until it has one of its own, this says what the tool is about.
_ABOUT = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html"

# What GitHub sorts by: above 9.0 is critical, from 7.0 high, from 4.0 medium.
_SCORES = {
    Severity.INFO: "1.0",
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}

_FATAL = (NoticeKind.UNREADABLE, NoticeKind.INTERNAL)

_MAX_DESCRIPTION_LENGTH = 1000
_MAX_SNIPPET_LENGTH = 2000


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as SARIF. `rules` are the active ones; each finding belongs to one of them."""
    rules = sorted(rules, key=lambda rule: rule.name)
    writer = _RunWriter(report, rules)
    # Code scanning shows suppressed results as open alerts, so they are left out.
    findings = report.findings
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
                            "informationUri": _ABOUT,
                            "rules": [writer.rule(rule) for rule in rules],
                            **writer.supported(),
                        }
                    },
                    **writer.taxonomies(rules),
                    "invocations": [
                        {
                            "executionSuccessful": not any(notice.kind in _FATAL for notice in report.notices),
                            "toolExecutionNotifications": [writer.notification(notice) for notice in report.notices],
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


def _description(rule: Described) -> str:
    """Return the first section of the documentation, which describes the rule."""
    section = rule.doc.partition("\n## ")[2].partition("\n## ")[0].partition("\n")[2]
    text = " ".join(section.split()) or f"{rule.title}."
    return text if len(text) <= _MAX_DESCRIPTION_LENGTH else text[: _MAX_DESCRIPTION_LENGTH - 3] + "..."


class _RunWriter:
    """Write the parts of a run, each without the secrets of the sources."""

    __slots__ = ("_catalogues", "_hashes", "_indexes", "_mask")

    def __init__(self, report: Report, rules: Sequence[Described]) -> None:
        self._mask = Mask(report.hidden)
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
        """Return one rule. The example in its documentation may be the very template that was read."""
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
            "help": {"text": doc, "markdown": doc},
            "messageStrings": {"default": {"text": "{0}."}},
            "defaultConfiguration": {"level": level(rule.severity)},
            **({"relationships": relationships} if relationships else {}),
            "properties": {
                "tags": [*dict.fromkeys(tags)],
                "security-severity": _SCORES[rule.severity],
                "precision": "high",
            },
        }

    def result(self, finding: Finding, fingerprint: str) -> Json:
        """Return one finding. Undecided ones are notes, whatever their severity would be."""
        failed = finding.is_failure
        text = finding.message if failed else f"Undecided: {finding.message}"
        if rests_on := condition(finding):
            text += f", when {rests_on}" if failed else f": {rests_on}"
        text = _unlinked(self._mask.plain(text)).rstrip(".")
        # GitHub shows a related place only where the message links to its id.
        places: list[Json] = []
        for number, step in enumerate(related(finding), 1):
            words = self._mask.plain(step.message)
            link = f"[{_link_text(f'{self._mask.path(step.at.path)}:{step.at.first[0]}')}]({number})"
            text += f". {_unlinked(words).rstrip('.')}: {link}" if words else f". See {link}"
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
        result["partialFingerprints"] = {
            "primaryLocationLineHash": self._line_hash(finding.at),
            "iplint/v1": fingerprint,
        }
        result["properties"] = {"severity": finding.severity.word, "verdict": finding.verdict}
        return result

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
            "level": "error" if notice.kind in _FATAL else "warning",
            "message": {"text": self._mask.words(notice.message)},
            "locations": [location],
        }


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
