"""The dependencies of iplint: the table of docs/dependencies.md, and the software bill of materials of a release.

Usage: python docs/dependencies.py           writes the table into docs/dependencies.md
       python docs/dependencies.py --sbom    prints the bill of the core installation, CycloneDX 1.6 in JSON

Both tell what is installed in the environment of the interpreter.
"""

from __future__ import annotations

import json
import math
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).resolve().parents[1]
PAGE = TOP / "docs" / "dependencies.md"
# The extras whose packages are listed; that of the language server needs but a few small ones.
EXTRAS = ("cfn-lint", "sam")
TABLE = re.compile(r"^\| package \|.*\n(?:\|.*\n)+", flags=re.MULTILINE)
# Classifiers of packages that give no SPDX expression; others name several licences, and stay as they are.
SPDX = {"MIT License": "MIT", "Apache Software License": "Apache-2.0", "BSD License": "BSD"}


def project() -> Mapping[str, Any]:
    """Return the table `project` of pyproject.toml."""
    table: Mapping[str, Any] = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def core() -> list[str]:
    """Return the requirements of an installation without extras."""
    return list(project()["dependencies"])


def extra(name: str) -> list[str]:
    """Return the requirements that an extra adds."""
    return list(project()["optional-dependencies"][name])


def needed(requirements: Iterable[str]) -> dict[str, list[str]]:
    """Return the packages that requirements bring, by canonical name, with the names of those that each needs itself.

    Raises PackageNotFoundError when one is not installed.
    """
    found: dict[str, list[str]] = {}
    waiting = [Requirement(one) for one in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        extras = ["", *sorted(requirement.extras)]
        direct = [
            inner
            for inner in map(Requirement, distribution(name).requires or ())
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras)
        ]
        names = sorted({*found.get(name, ()), *(canonicalize_name(inner.name) for inner in direct)})
        if found.get(name) != names:
            found[name] = names
            waiting += direct
    return dict(sorted(found.items()))


def licence(package: Distribution) -> str:
    """Return the SPDX expression of a package where its metadata lead to one, else what they say."""
    metadata = package.metadata
    classified = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or () if "License" in line]
    named = (metadata.get_all("License") or [""])[0]
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    return ", ".join(SPDX.get(one, one) for one in classified) or named.partition("\n")[0] or "unknown"


def megabytes(package: Distribution) -> float:
    """Return the size of the installed files, without what Python compiles."""
    files = [Path(str(package.locate_file(file))) for file in package.files or () if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Each package that iplint can bring: its name, who asks for it, its licence, its size."""
    listed: set[str] = set()
    sources = [(core(), ""), *((extra(name), f"`iplint[{name}]`") for name in EXTRAS)]
    for requirements, comes in sources:
        packages = needed(requirements)
        for name in packages:
            if name in listed:
                continue
            listed.add(name)
            users = [user for user, inner in packages.items() if name in inner]
            direct = name in {canonicalize_name(Requirement(one).name) for one in requirements}
            by = ", ".join(([comes or "iplint"] if direct else []) + users)
            package = distribution(name)
            yield name, by, licence(package), f"{math.ceil(10 * megabytes(package)) / 10}"


def table() -> str:
    """Return the table of the page."""
    lines = ["| package | asked for by | licence | MB |", "| --- | --- | --- | ---: |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows()), ""])


def bill() -> dict[str, object]:
    """Return the bill of the core installation; the same for the same packages."""
    packages = needed(core())
    described = project()
    own = f"pkg:pypi/{described['name']}@{described['version']}"
    references = {name: f"pkg:pypi/{name}@{distribution(name).version}" for name in packages}
    direct = sorted({references[canonicalize_name(Requirement(one).name)] for one in core()})
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": described["name"],
                "version": described["version"],
                "licenses": [{"license": {"id": described["license"]}}],
                "purl": own,
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": reference,
                "name": name,
                "version": distribution(name).version,
                "licenses": _licenses(licence(distribution(name))),
                "purl": reference,
            }
            for name, reference in references.items()
        ],
        "dependencies": [
            {"ref": own, "dependsOn": direct},
            *(
                {"ref": references[name], "dependsOn": [references[inner] for inner in inners]}
                for name, inners in packages.items()
            ),
        ],
    }


def _licenses(text: str) -> list[dict[str, object]]:
    """Return a licence as CycloneDX has it: an expression where there are identifiers only, else a name."""
    is_expression = not any(sign in text for sign in ("License", ",")) and text not in ("BSD", "unknown")
    return [{"expression": text}] if is_expression else [{"license": {"name": text}}]


def main() -> None:
    """Write the table, or print the bill."""
    if sys.argv[1:] == ["--sbom"]:
        print(json.dumps(bill(), indent=2))
        return
    PAGE.write_text(TABLE.sub(lambda _: table(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
