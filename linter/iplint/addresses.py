"""Where the documentation is: the addresses that the package names, and those only.

They are in one place, `[project.urls]` of pyproject.toml, which an installed package has in its metadata. To read the
few lines here takes a twentieth of the time that `importlib.metadata` does.
"""

from __future__ import annotations

import os
import sys

from iplint import __version__

_FIELD = "Project-URL: "
_SAFE = ("https://", "http://")
# What stands beside findings of rules in the reports of an audit is described on one page.
DIFFERENCES = (
    "ambiguous-code",
    "replaced-by-code",
    "template-version-behind",
    "weaker-than-code",
    "without-code",
)


def project_addresses() -> dict[str, str]:
    """Return the addresses that the package names by their labels in small letters; none where it is not installed."""
    working = os.getcwd()
    for directory in sys.path:
        # What is checked must not say where the documentation is.
        if not os.path.isabs(directory) or os.path.normpath(directory) == working:
            continue
        path = os.path.join(directory, f"iplint-{__version__}.dist-info", "METADATA")
        try:
            with open(path, encoding="utf-8") as file:
                head = file.read().partition("\n\n")[0]
        except OSError:
            continue
        fields = (line.removeprefix(_FIELD) for line in head.split("\n") if line.startswith(_FIELD))
        named = (field.partition(", ")[::2] for field in fields)
        return {label.lower(): address for label, address in named if address.startswith(_SAFE)}
    return {}


def about() -> str | None:
    """Return the address of a page about iplint; None while the package names none."""
    addresses = project_addresses()
    labels = ("homepage", "documentation", "repository", "background")
    return next((addresses[label] for label in labels if label in addresses), None)


def rule_pages() -> str | None:
    """Return the address below which every rule has its page, with a slash at the end; None while the package names
    none.
    """
    documentation = project_addresses().get("documentation")
    return f"{documentation.rstrip('/')}/rules/" if documentation is not None else None


def rule_page(pages: str | None, name: str) -> str | None:
    """Return the address of the page of a rule, whose name is of small letters, digits and hyphens."""
    if pages is not None and name in DIFFERENCES:
        return f"{pages.removesuffix('rules/')}audit.md#account-and-code"
    return f"{pages}{name}.md" if pages is not None else None
