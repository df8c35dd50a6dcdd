"""Writes docs/rules/, docs/settings.md, the table in README.md and the schemas; run it after changing these."""

from __future__ import annotations

import json
import re
from pathlib import Path

from iplint.baseline import SCHEMA
from iplint.config import SETTINGS, schema
from iplint.rule import GROUPS, page
from iplint_rules import all_rules

TOP = Path(__file__).resolve().parents[1]
# The rules that the README names.
SHOWN = (
    "missing-instance-profile",
    "role-as-instance-profile",
    "role-without-ec2-trust",
    "overbroad-trust",
    "imdsv1-allowed",
    "imdsv1-call-in-user-data",
    "administrator-access",
    "administrator-with-imdsv1",
    "privilege-escalation",
    "hardcoded-access-key",
)
TABLE = re.compile(r"^\| rule \| severity \| finds \|\n(?:\|.*\n)+", flags=re.MULTILINE)


def pages() -> dict[str, str]:
    """Return the pages by the name of their file: one a rule, and the index."""
    found = {f"{rule.name}.md": page(rule) + "\n" for rule in all_rules()}
    lines = ["# The rules", ""]
    for group in GROUPS:
        rules = [rule for rule in all_rules() if rule.group == group]
        if not rules:
            continue
        lines += [f"## {group}", "", "| rule | severity | finds |", "| --- | --- | --- |"]
        for rule in rules:
            optional = " (only if selected)" if rule.optional else ""
            lines.append(f"| [{rule.name}]({rule.name}.md) | {rule.severity.word} | {rule.title}{optional} |")
        lines.append("")
    return {**found, "README.md": "\n".join(lines)}


def table() -> str:
    """Return the table of the README: the rules that matter most."""
    rules = {rule.name: rule for rule in all_rules()}
    rows = [
        f"| [`{name}`](docs/rules/{name}.md) | {rules[name].severity.word} | {rules[name].title} |" for name in SHOWN
    ]
    return "\n".join(["| rule | severity | finds |", "| --- | --- | --- |", *rows, ""])


def settings() -> str:
    """Return the page of all settings, made from their schema."""
    lines = [
        "# Settings",
        "",
        "Every setting of `iplint.toml`, as its [schema](iplint.schema.json) has it. [Configuration](configuration.md)",
        "says where the file is, and what the settings do.",
    ]
    for name, kind in SETTINGS.items():
        lines += ["", f"## {name}", "", f"{kind.doc[0].upper()}{kind.doc[1:]}.", ""]
        lines.append(f"- type: {_type(kind.schema())}")
        lines.append(f"- default: `{json.dumps(kind.default)}`")
        if words := ", ".join(f"`{word}`" for word in kind.words):
            lines.append(f"- values: {words}")
    return "\n".join(lines) + "\n"


def _type(schema: object) -> str:
    """Return the type of a schema in words."""
    match schema:
        case {"type": "array", "items": inner}:
            return f"list of {_type(inner)}s"
        case {"type": "object", "additionalProperties": inner}:
            return f"table: name to {_type(inner)}"
        case {"type": str(name)}:
            return name
        case _:
            raise ValueError(f"a schema of no known type: {schema}")


def for_schema_store(name: str, written: dict[str, object]) -> dict[str, object]:
    """Return a schema as SchemaStore takes it: of draft 7, which editors know, with its address there."""
    address = f"https://json.schemastore.org/{name}.json"
    return {"$schema": "http://json-schema.org/draft-07/schema#", "$id": address} | {
        key: value for key, value in written.items() if key != "$schema"
    }


def main() -> None:
    """Write everything, and take away pages of rules that are gone."""
    folder = TOP / "docs" / "rules"
    folder.mkdir(exist_ok=True)
    made = pages()
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, written in (("iplint", schema()), ("baseline", SCHEMA)):
        (TOP / "docs" / f"{name}.schema.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
        stored = name if name == "iplint" else f"iplint-{name}"
        path = TOP / "integrations" / "schemastore" / f"{stored}.json"
        path.write_text(json.dumps(for_schema_store(stored, written), indent=2) + "\n", encoding="utf-8")
    (TOP / "docs" / "settings.md").write_text(settings(), encoding="utf-8")
    readme = TOP / "README.md"
    readme.write_text(TABLE.sub(lambda _: table(), readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
