"""Policy documents, generated from a seed: sources and overrides that share statement ids, principals and conditions.

Each root is one file with a few data sources, some of which take in others, or JSON texts.
"""

from __future__ import annotations

import json
from random import Random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 23
DOCUMENTS = 60

ACTIONS = ("s3:GetObject", "s3:*", "*", "iam:PassRole", "ec2:*", "sts:AssumeRole", "S3:getobject")
RESOURCES = (
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:iam::123456789012:role/x",
    "arn:aws:s3:::&{aws:username}/*",
)
IDS = ("A", "B", "C", "", None, None)
PRINCIPALS = (
    ("AWS", ("*", "arn:aws:iam::123456789012:root", "123456789012")),
    ("Service", ("ec2.amazonaws.com", "lambda.amazonaws.com", "ec2.amazonaws.com.cn")),
    ("Federated", ("accounts.google.com",)),
)
LISTS = (
    "{}",
    "{}",
    "{}",
    "toset({})",
    "tolist({})",
    "concat({}, [])",
    "[for x in {} : x]",
    "distinct(concat({0}, {0}))",
    'compact(concat({}, [""]))',
)
REPETITIONS = ("[1]", '["x"]', '{ k = "v" }', "[]", 'toset(["s"])', "true ? [1] : []", "false ? [1] : []")


def quoted(value: object) -> str:
    """A value as an expression: JSON whose strings are no templates."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


class Documents:
    """Writes the documents of one root."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.texts: list[str] = []

    def root(self) -> dict[str, str]:
        """The files of a root."""
        names: list[str] = []
        written = ""
        for number in range(self.random.randrange(2, 5)):
            is_trust = self.random.random() < 0.3
            body = ""
            if self.random.random() < 0.4:
                body += f"  source_policy_documents = [{self.text(False)}]\n"
            if self.random.random() < 0.5:
                others = [f"data.aws_iam_policy_document.{self.random.choice(names)}.json" for _ in names[:2]]
                given = ", ".join([*others, *[self.text(True) for _ in range(self.random.randrange(2))]])
                body += f"  override_policy_documents = [{given}]\n"
            ids: list[str | None] = [*self.random.sample(("A", "B", "C"), 3), None, None, None]
            self.random.shuffle(ids)
            body += "".join(self.block(is_trust, ids.pop()) for _ in range(self.random.choice((0, 1, 1, 2, 3))))
            written += f'data "aws_iam_policy_document" "d{number}" {{\n{body}}}\n'
            names.append(f"d{number}")
        held = "".join(f"  j{number} = {text}\n" for number, text in enumerate(self.texts))
        return {"main.tf": f"locals {{\n{held}}}\n{written}" if held else written}

    def some(self, pool: Sequence[str]) -> str:
        chosen = self.random.sample(pool, self.random.choice((1, 1, 2, 3)))
        return self.random.choice(LISTS).format(quoted(chosen))

    def block(self, is_trust: bool, sid: str | None) -> str:
        """A statement, perhaps a repeated one."""
        lines: list[str] = []
        if sid is not None:
            lines.append(f"sid = {quoted(sid)}")
        elif self.random.random() < 0.2:
            lines.append("sid = null")
        if self.random.random() < 0.4:
            lines.append(f"effect = {self.random.choice((quoted('Allow'), quoted('Deny'), 'null'))}")
        lines.append(f"{self.random.choice(('actions', 'actions', 'actions', 'not_actions'))} = {self.some(ACTIONS)}")
        if not is_trust or self.random.random() < 0.2:
            name = self.random.choice(("resources", "resources", "resources", "not_resources"))
            lines.append(f"{name} = {self.some(RESOURCES)}")
        for name, often in (("principals", 0.6 if is_trust else 0.12), ("not_principals", 0.05)):
            if self.random.random() < often:
                lines += [self.principals(name) for _ in range(self.random.choice((1, 1, 2)))]
        if self.random.random() < 0.3:
            lines += [self.condition() for _ in range(self.random.choice((1, 2, 3)))]
        inner = "".join(f"    {line}\n" for line in lines)
        if self.random.random() < 0.15:
            over = self.random.choice(REPETITIONS)
            return f'  dynamic "statement" {{\n    for_each = {over}\n    content {{\n{inner}    }}\n  }}\n'
        return f"  statement {{\n{inner}  }}\n"

    def principals(self, name: str) -> str:
        kind, known = self.random.choice(PRINCIPALS)
        who = quoted(self.random.sample(known, self.random.randrange(1, len(known) + 1)))
        inner = f"type = {quoted(kind)}\n identifiers = {who}\n"
        if self.random.random() < 0.3:
            return f'dynamic "{name}" {{\n for_each = [1]\n content {{\n {inner} }}\n }}'
        return f"{name} {{\n {inner} }}"

    def condition(self) -> str:
        test = self.random.choice(("StringEquals", "StringLike", "Bool", "StringEquals"))
        variable = self.random.choice(("aws:SourceAccount", "aws:username", "ec2:ResourceTag/a"))
        wanted = self.random.sample(("1", "true", "a*", "&{aws:username}", "b"), self.random.choice((1, 2)))
        return f"condition {{\n test = {quoted(test)}\n variable = {quoted(variable)}\n values = {quoted(wanted)}\n }}"

    def text(self, is_override: bool) -> str:
        """A policy as a JSON text."""
        seen: set[str] = set()
        statements: list[dict[str, object]] = []
        for _ in range(self.random.choice((1, 1, 2, 3))):
            one: dict[str, object] = {"Effect": self.random.choice(("Allow", "Deny"))}
            sid = self.random.choice(IDS)
            if sid is not None and sid not in seen:
                one["Sid"] = sid
                seen.add(sid)
            actions = self.random.sample(ACTIONS, self.random.choice((1, 2)))
            name = self.random.choice(("Action", "Action", "NotAction"))
            one[name] = actions[0] if len(actions) == 1 and self.random.random() < 0.5 else actions
            resources = [
                found.replace("&{", "${") for found in self.random.sample(RESOURCES, self.random.choice((1, 2)))
            ]
            one["Resource"] = resources if len(resources) > 1 or self.random.random() < 0.5 else resources[0]
            if self.random.random() < 0.2:
                one["Condition"] = {"StringEquals": {"aws:username": self.random.choice(("x", ["x", "y"]))}}
            if self.random.random() < 0.2:
                one["Principal"] = self.random.choice(("*", {"AWS": "*"}, {"Service": ["ec2.amazonaws.com"]}))
            statements.append(one)
        policy = {"Version": "2012-10-17", "Statement": statements}
        written = json.dumps(policy)
        if not is_override and self.random.random() < 0.3:
            return f"jsonencode({quoted(policy)})"
        how = self.random.randrange(3)
        if how == 0:
            return quoted(written)
        if how == 1:
            return f"jsonencode(jsondecode({quoted(written)}))"
        self.texts.append(quoted(written))
        return f"local.j{len(self.texts) - 1}"


def documents() -> list[tuple[dict[str, str], dict[str, str]]]:
    """The roots, each as its files and what is passed to its variables: nothing."""
    random = Random(SEED)
    return [(Documents(random).root(), {}) for _ in range(DOCUMENTS)]
