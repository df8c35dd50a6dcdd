"""The @rule decorator: the metadata of a rule."""

from __future__ import annotations

from iplint.finding import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Generic, TypeVar

    from iplint.finding import Verdict

    S = TypeVar("S")
else:
    from iplint.value import Generic

    S = None


# The languages of templates, as rules name them.
CLOUDFORMATION, TERRAFORM = LANGUAGES = ("cloudformation", "terraform")
GROUPS = ("profile", "role", "metadata", "privilege", "credentials", "hygiene")
# Catalogues of controls, weaknesses and other tools' rules that a rule's References may name, a line each.
CATALOGUES = (
    "AWS Config",
    "AWS Security Hub",
    "CIS AWS Foundations Benchmark",
    "NIST SP 800-53",
    "PCI DSS",
    "CWE",
    "checkov",
    "trivy",
    "KICS",
    "cfn-nag",
    "prowler",
    "cfn-guard",
    "semgrep",
)


class Rule(Generic[S]):
    """One rule: its name and group, the class of subject it checks, its severity, and its check.

    `title` is the first line of the module's docstring; `why` and `fix` are one sentence each. `doc` is the docstring.
    A rule that is `optional` runs only when it is selected. `languages` are those in which it can find anything,
    `undecided_in` those in which it can be undecided. `origin` is the file of a custom rule. `composed_of` are rules
    whose findings together cause its own: each of them reports its part as well.
    """

    __slots__ = (
        "_proves",
        "check",
        "composed_of",
        "doc",
        "fix",
        "group",
        "languages",
        "name",
        "on",
        "optional",
        "origin",
        "severity",
        "undecided_in",
        "why",
    )

    def __init__(
        self,
        name: str,
        group: str,
        on: type[S],
        severity: Severity,
        why: str,
        fix: str,
        check: Callable[[S], Iterable[Verdict]],
        doc: str,
        optional: bool = False,
        languages: tuple[str, ...] = LANGUAGES,
        undecided_in: tuple[str, ...] | None = None,
        composed_of: tuple[str, ...] = (),
        proves: bool = False,
    ) -> None:
        self.name = name
        self.group = group
        self.optional = optional
        self.languages = languages
        self.undecided_in = languages if undecided_in is None else undecided_in
        self.composed_of = composed_of
        self.on = on
        self.severity = severity
        self.why = why
        self.fix = fix
        self.check = check
        self.doc = doc
        self.origin: str | None = None
        self._proves = proves

    @property
    def title(self) -> str:
        """Return the title of the rule in one line."""
        return self.doc.strip().partition("\n")[0].rstrip(".")

    @property
    def proves(self) -> bool:
        """Return whether a launch counts as proven only if this rule passes: it is severe, about the profile, or says
        so.
        """
        return self._proves or self.severity >= Severity.HIGH or self.group == "profile"

    @property
    def kind(self) -> str:
        """Return the group and the severity, and whether the rule runs only if selected."""
        return f"{self.group} · {self.severity.word}" + (" · only if selected" if self.optional else "")

    @property
    def sections(self) -> dict[str, str]:
        """Return the sections of the documentation, in Markdown, by their headings."""
        found = (section.partition("\n") for section in self.doc.split("\n## ")[1:])
        return {heading: text for heading, _, text in found}

    @property
    def references(self) -> dict[str, list[str]]:
        """Return the ids of the rule's subject in catalogues, by the catalogue's name and edition.

        A line of the section References names a catalogue and its ids: `- CWE: CWE-798`.
        """
        found: dict[str, list[str]] = {}
        for line in self.sections.get("References", "").splitlines():
            name, colon, ids = line.removeprefix("- ").partition(": ")
            if colon and name.startswith(CATALOGUES):
                found.setdefault(name, []).extend(id.strip() for id in ids.split(","))
        return found


def rule(
    name: str,
    *,
    group: str,
    on: type[S],
    severity: Severity | str,
    why: str,
    fix: str,
    optional: bool = False,
    languages: tuple[str, ...] = LANGUAGES,
    undecided_in: tuple[str, ...] | None = None,
    composed_of: tuple[str, ...] = (),
    proves: bool = False,
) -> Callable[[Callable[[S], Iterable[Verdict]]], Rule[S]]:
    """Turn a check, a generator over one subject that yields verdicts, into a rule.

    The rule takes its documentation from the docstring of the check's module. `group` is one of GROUPS, or a custom
    one; the other arguments are those of Rule. A severity may be a word. Raises ValueError for what it cannot be.
    """
    if isinstance(severity, str):
        words = {known.word: known for known in Severity}
        if severity.lower() not in words:
            raise ValueError(f"the severity of rule {name} is {severity}; it must be one of {', '.join(words)}")
        severity = words[severity.lower()]
    worth = severity

    def decorate(check: Callable[[S], Iterable[Verdict]]) -> Rule[S]:
        doc = check.__globals__.get("__doc__")
        return Rule(
            name,
            group,
            on,
            worth,
            why,
            fix,
            check,
            doc if isinstance(doc, str) else "",
            optional,
            languages,
            undecided_in,
            composed_of,
            proves,
        )

    return decorate


def page(rule: Rule[S]) -> str:
    """Return the documentation of a rule as a page in Markdown."""
    title, _, rest = rule.doc.strip().partition("\n")
    return f"# {rule.name}\n\n{title}\n\n*{rule.kind}*\n{rest}".rstrip()
