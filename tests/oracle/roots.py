"""Root modules, generated from a seed, that iplint and `terraform plan` must agree on.

Each has roles, policies, profiles and launches, whose arguments are written in roundabout ways: through variables,
locals, conditions, functions, collections, modules, dynamic blocks. What an expression gives is chosen first, so that
every root can be planned.
"""

from __future__ import annotations

import json
from random import Random

from documents import documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

SEED = 19
ROOTS = 300

PASSED = "passed.tfvars.json"
MANAGED = (
    "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::aws:policy/PowerUserAccess",
)
ACTIONS = ("s3:GetObject", "s3:*", "*", "iam:PassRole", "ec2:DescribeInstances", "sts:AssumeRole", "logs:PutLogEvents")
RESOURCES = (
    "*",
    "arn:aws:s3:::example/*",
    "arn:aws:iam::123456789012:role/app",
    "arn:aws:s3:::example",
    "arn:aws:s3:::${aws:username}/*",
)
WORDS = ("app", "web", "batch", "edge", "core")
TAGS = ("Team", "Stage", "Owner")


class Block:
    """A block: arguments as expressions, and blocks inside."""

    def __init__(self, type: str, *labels: str) -> None:
        self.type = type
        self.labels = labels
        self.arguments: dict[str, str] = {}
        self.blocks: list[Block] = []

    def inner(self, type: str, *labels: str) -> Block:
        made = Block(type, *labels)
        self.blocks.append(made)
        return made


# Arguments that JSON has as they are, without `${ }`: what names things, and what is literal.
LITERAL = {"default", "nullable", "sensitive", "source"}
NAMING = {"type", "depends_on", "iterator", "ignore_changes", "from", "to", "providers"}


def native(blocks: Sequence[Block], indent: str = "") -> str:
    """The blocks in Terraform's own syntax."""
    lines: list[str] = []
    for block in blocks:
        labels = "".join(f' "{label}"' for label in block.labels)
        lines.append(f"{indent}{block.type}{labels} {{")
        for name, value in block.arguments.items():
            # A default is kept as JSON, whose strings are not templates.
            value = value.replace("${", "$${") if name == "default" else value
            lines.append(f"{indent}  {name} = {value}")
        lines.append(native(block.blocks, indent + "  ") + indent + "}")
    return "".join(f"{line}\n" for line in lines).replace("\n\n", "\n")


def in_json(blocks: Sequence[Block]) -> dict[str, object]:
    """The blocks in the JSON syntax."""
    made: dict[str, object] = {}
    for block in blocks:
        body = {name: _json_argument(block, name, value) for name, value in block.arguments.items()}
        *outer, last = (block.type, *block.labels)
        at: dict[str, Any] = made
        for label in outer:
            at = at.setdefault(label, {})
        at.setdefault(last, []).append(body | in_json(block.blocks))
    return made


def _json_argument(block: Block, name: str, value: str) -> object:
    if name in LITERAL and block.type in ("variable", "module"):
        return json.loads(value)
    if name in NAMING and block.type in ("variable", "moved", "resource", "dynamic"):
        return value
    return f"${{{value}}}"


def quoted(text: str) -> str:
    """A string as a quoted template."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def literal(value: object) -> str:
    """A value as an expression without references."""
    match value:
        case str():
            return quoted(value)
        case list():
            return f"[{', '.join(literal(item) for item in value)}]"
        case dict():
            return f"{{ {', '.join(f'{quoted(str(key))} = {literal(item)}' for key, item in value.items())} }}"
        case _:
            return json.dumps(value)


def type_of(value: object) -> str:
    """A type constraint that a value meets."""
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case int():
            return "number"
        case list():
            return f"list({type_of(value[0]) if value else 'string'})"
        case dict():
            return f"object({{ {', '.join(f'{key} = {type_of(item)}' for key, item in value.items())} }})"
        case _:
            return "any"


class Module:
    """A module that is written: its blocks, and ways to write values in it."""

    def __init__(self, random: Random, depth: int = 0) -> None:
        self.random = random
        self.depth = depth
        self.blocks: list[Block] = []
        self.passed: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.children: dict[str, Module] = {}
        self.locals = Block("locals")
        self._count = 0
        self.named: set[str] = set()
        self.plain = random.random() < 0.15
        self.style = random.choice(("json", "both", "overridden", "native", "native", "native"))
        self.unfolded = 0

    def name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    def block(self, type: str, *labels: str) -> Block:
        made = Block(type, *labels)
        self.blocks.append(made)
        return made

    # Places that a value comes from

    def variable(self, value: object) -> str:
        """A variable that has a value: by default, or passed."""
        name = self.name("v")
        declared = self.block("variable", name)
        chosen = self.random.randrange(5 if value is None else 6)
        if chosen < 5 and self.random.random() < 0.6:
            declared.arguments["type"] = type_of(value)
        if chosen < 3:
            declared.arguments["default"] = json.dumps(value)
        elif chosen == 3:
            self.passed[name] = literal(value)
        elif chosen == 4:
            declared.arguments["default"] = "null" if self.random.random() < 0.5 else json.dumps(value)
            self.passed[name] = literal(value)
        else:
            declared.arguments["default"] = json.dumps(value)
            declared.arguments["nullable"] = "false"
            self.passed[name] = "null"
        return f"var.{name}"

    def local(self, expression: str) -> str:
        name = self.name("l")
        self.locals.arguments[name] = expression
        return f"local.{name}"

    def optional(self, value: object) -> str:
        """An attribute that a variable's type gives a default."""
        name = self.name("v")
        declared = self.block("variable", name)
        inner = self.random.choice(("a", "b"))
        declared.arguments["type"] = (
            f"object({{ {inner} = optional({type_of(value)}, {literal(value)}), other = optional(string) }})"
        )
        declared.arguments["default"] = self.random.choice(("{}", '{"other": "x"}', json.dumps({inner: None})))
        return f"var.{name}.{inner}"

    def through_module(self, value: str) -> str:
        """What a module gives back that is given a value."""
        if self.depth >= 2:
            return value
        name = self.name("m")
        child = Module(self.random, self.depth + 1)
        child.block("variable", "given")
        output = child.block("output", "back")
        output.arguments["value"] = self.random.choice(
            ("var.given", "[var.given][0]", "local.kept", 'try(var.given, "none")')
        )
        child.locals.arguments["kept"] = "{ it = var.given }.it"
        self.children[name] = child
        call = self.block("module", name)
        call.arguments["source"] = quoted(f"./{name}")
        call.arguments["given"] = value
        how = self.random.randrange(4)
        if how == 0:
            call.arguments["count"] = "1"
            return f"module.{name}[0].back"
        if how == 1:
            call.arguments["for_each"] = 'toset(["it"])'
            return f'module.{name}["it"].back'
        if how == 2:
            call.arguments["count"] = "1"
            return f"one(module.{name}[*].back)"
        return f"module.{name}.back"

    def from_file(self, value: str) -> str:
        name = f"{self.name('f')}.txt"
        path = f"${{path.module}}/{name}"
        how = self.random.randrange(3)
        if how == 0:
            self.files[name] = value
            return f'file("{path}")'
        if how == 1:
            self.files[name] = f"{value}\n"
            return f'trimspace(file("{path}"))'
        half = len(value) // 2
        self.files[name] = "%{ if on }" + _escaped(value[:half]) + "${rest}%{ else }no%{ endif }"
        return f'templatefile("{path}", {{ on = true, rest = {quoted(value[half:])} }})'

    # Expressions of a value

    def truth(self, value: bool) -> str:
        """An expression of a truth."""
        word = self.random.choice(WORDS)
        other = self.random.choice([one for one in WORDS if one != word])
        yes = self.random.choice(
            (
                lambda: "true",
                lambda: self.variable(True),
                lambda: f"{self.text(word, 1)} == {quoted(word)}",
                lambda: f"{self.text(word, 1)} != {quoted(other)}",
                lambda: f"contains({self.texts([other, word], 1)}, {quoted(word)})",
                lambda: f"length({self.texts([word], 1)}) > 0",
                lambda: f"!{self.variable(False)}",
                lambda: f"can({{ a = 1 }}.a) && {self.variable(True)}",
                lambda: f"{self.variable(3)} >= 2",
                lambda: f"try({self.variable('true')}, false) ? true : false",
                lambda: f'startswith({self.text(word, 1)}, "{word[0]}")',
                lambda: f"{self.variable(None)} == null",
                lambda: f'terraform.workspace == "default" && {self.variable(True)}',
                lambda: f"anytrue([false, {self.variable(True)}])",
                lambda: f"lookup({{ {word} = true }}, {self.text(word, 1)}, false)",
            )
        )()
        return f"({yes})" if value else f"!({yes})"

    def text(self, value: str, depth: int = 0) -> str:
        """An expression of a string."""
        if self.plain or depth > 3 or self.unfolded > 60 or self.random.random() < 0.25:
            return quoted(value)
        self.unfolded += 1

        def inner(one: str) -> str:
            return self.text(one, depth + 1)

        other = self.random.choice(WORDS)
        half = self.random.randrange(len(value) + 1)
        q = quoted
        ways: list[Callable[[], str]] = [
            lambda: self.variable(value),
            lambda: self.variable(value),
            lambda: self.local(inner(value)),
            lambda: self.local(inner(value)),
            lambda: self.optional(value),
            lambda: self.through_module(inner(value)),
            lambda: self.from_file(value) if value.strip() == value and value else q(value),
            lambda: f"({self.truth(True)} ? {inner(value)} : {q(other)})",
            lambda: f"({self.truth(False)} ? {q(other)} : {inner(value)})",
            lambda: f"({self.truth(False)} ? null : {inner(value)})",
            lambda: f"coalesce(null, {inner(value)})" if value else q(value),
            lambda: f'coalesce("", {self.variable(None)}, {inner(value)}, {q(other)})' if value else q(value),
            lambda: f"try({self.local('{ b = 1 }')}.a, {inner(value)})",
            lambda: f'try(jsondecode("nothing"), {inner(value)})',
            lambda: f"{{ a = {inner(value)}, b = {q(other)} }}.a",
            lambda: f'{{ a = {inner(value)}, b = {q(other)} }}["a"]',
            lambda: f'lookup({{ {other} = {inner(value)} }}, {self.text(other, depth + 1)}, "none")',
            lambda: f'lookup({{ {other} = "x" }}, "none", {inner(value)})',
            lambda: f"element([{q(other)}, {inner(value)}], 3)",
            lambda: f"[{q(other)}, {inner(value)}][1]",
            lambda: f'"{_escaped(value[:half], True)}${{{inner(value[half:])}}}"',
            lambda: f'format("%s%s", {inner(value[:half])}, {inner(value[half:])})',
            lambda: f'join("", [{inner(value[:half])}, {inner(value[half:])}])',
            lambda: f"trimspace({q(f'  {value} ')})" if value.strip() == value else q(value),
            lambda: f"trimprefix({q(f'pre-{value}')}, {inner('pre-')})",
            lambda: f'replace({q(value.replace("a", "~"))}, "~", "a")' if "~" not in value else q(value),
            lambda: f"substr({q(f'xx{value}')}, 2, -1)" if value else q(value),
            lambda: f'regex("^..(.*)$", {q(f"xx{value}")})[0]' if "\n" not in value else q(value),
            lambda: f"jsondecode(jsonencode({{ x = {inner(value)} }})).x",
            lambda: f"yamldecode(yamlencode([{inner(value)}]))[0]",
            lambda: f"base64decode(base64encode({inner(value)}))",
            lambda: f"one([{inner(value)}])",
            lambda: f"one(setsubtract([{q(other)}, {inner(value)}], [{q(other)}]))" if value != other else q(value),
            lambda: f"tolist(toset([{inner(value)}, {inner(value)}]))[0]",
            lambda: f'[for one in ["", {inner(value)}] : one if one != ""][0]' if value else q(value),
            lambda: f"[for index, one in [{q(other)}, {inner(value)}] : one if index == 1][0]",
            lambda: f"{{ for key, one in {{ a = {inner(value)} }} : upper(key) => one }}.A",
            lambda: f'{{ for one in [{{ k = "a", v = {inner(value)} }}] : one.k => one.v... }}["a"][0]',
            lambda: f'merge({{ a = "x", b = "y" }}, {self.variable(None)}, {{ a = {inner(value)} }}).a',
            lambda: f"merge([{{ a = 1 }}, {{ a = {inner(value)} }}]...).a",
            lambda: f"flatten([[], [[{inner(value)}]]])[0]",
            lambda: f"([{{ a = {inner(value)} }}][*].a)[0]",
            lambda: f"[{{ a = [{inner(value)}] }}][*].a[0]".join(("one(", ")")),
            lambda: f"[{{ a = {inner(value)} }}].*.a[0]",
            lambda: f'zipmap(["a"], [{inner(value)}])["a"]',
            lambda: f"keys({{ ({inner(value)}) = 1 }})[0]",
            lambda: f"values({{ a = {inner(value)} }})[0]",
            lambda: f"concat([], [{inner(value)}])[0]",
            lambda: f"coalescelist([], [{inner(value)}])[0]",
            lambda: f'compact(["", {inner(value)}])[0]' if value else q(value),
            lambda: f"reverse([{q(other)}, {inner(value)}])[0]",
            lambda: f"slice([{q(other)}, {inner(value)}], 1, 2)[0]",
            lambda: f"distinct([{inner(value)}, {inner(value)}])[0]",
            lambda: f'"%{{ if {self.truth(True)} }}${{{inner(value)}}}%{{ else }}{other}%{{ endif }}"',
            lambda: f'"%{{ for one in [{inner(value[:half])}, {inner(value[half:])}] }}${{one}}%{{ endfor }}"',
            lambda: f"nonsensitive(sensitive({inner(value)}))",
            lambda: f"tostring({inner(value)})",
            lambda: f"chomp({q(value + chr(10))})" if not value.endswith("\n") else q(value),
            lambda: f"strrev({q(value[::-1])})",
            lambda: f"lower({q(value.upper())})" if value == value.lower() else q(value),
            lambda: f'split("|", {inner(f"{other}|{value}")})[1]' if "|" not in value else q(value),
            lambda: f"tomap({{ a = {inner(value)} }}).a",
            lambda: f"matchkeys([{inner(value)}, {q(other)}], [1, 2], [1])[0]",
            lambda: f"csvdecode({q(f'a,b{chr(10)}{value},x')})[0].a" if value.isalnum() else q(value),
            lambda: f"urlencode({q(value)})" if value.isalnum() else q(value),
            lambda: f"setproduct([{inner(value)}], [{q(other)}])[0][0]",
            lambda: f'transpose({{ ({inner(value)}) = ["t"] }})["t"][0]',
            lambda: f"[{self.unknown()}, {inner(value)}][1]",
            lambda: f"merge({{ a = {self.unknown()} }}, {{ b = {inner(value)} }}).b",
            lambda: f"{{ a = {self.unknown()}, b = {inner(value)} }}.b",
            lambda: f'zipmap(["a", "b"], [{self.unknown()}, {inner(value)}])["b"]',
            lambda: f"concat([{self.unknown()}], [{inner(value)}])[1]",
            lambda: f"try({inner(value)}, {self.unknown()})",
            lambda: f"coalesce({inner(value)}, {self.unknown()})" if value else q(value),
            lambda: f"({self.truth(True)} ? {inner(value)} : {self.unknown()})",
            lambda: f"[for one in [{self.unknown()}, {inner(value)}] : one][1]",
            lambda: f'lookup({{ a = {self.unknown()} }}, "b", {inner(value)})',
            lambda: f"flatten([[{self.unknown()}], [{inner(value)}]])[1]",
            lambda: f"element([{self.unknown()}, {inner(value)}], 1)",
            lambda: f"{{ for key, one in {{ a = {self.unknown()}, b = {inner(value)} }} : key => one }}.b",
            lambda: f"chomp({self.heredoc(value)})" if value.strip() == value else q(value),
            lambda: f"{self.objects(value)}",
            lambda: f"templatestring({self.template()}, {{ given = {inner(value)} }})",
        ]
        return self.random.choice(ways)()

    def unknown(self) -> str:
        """A string that no plan knows."""
        if "unknown" not in self.named:
            self.named.add("unknown")
            self.block("resource", "aws_sqs_queue", "unknown").arguments["name"] = quoted("unknown")
        return f"aws_sqs_queue.unknown.{self.random.choice(('arn', 'id', 'url'))}"

    def heredoc(self, value: str) -> str:
        """A local that holds a string and the end of a line."""
        if self.style in ("json", "both"):
            return self.local(quoted(f"{value}\n"))
        text = _escaped(value).replace("\n", "\n    ")
        return self.local(f"<<-EOT\n    {text}\n  EOT")

    def objects(self, value: str) -> str:
        """A string in a variable that holds objects."""
        name = self.name("v")
        declared = self.block("variable", name)
        shape = "object({ a = optional(string, %s), b = optional(object({ c = optional(string, %s) }), {}) })"
        shape %= (literal(value), literal(value))
        how = self.random.randrange(6)
        declared.arguments["type"] = f"map({shape})" if how < 3 else f"list({shape})"
        item = self.random.choice(({}, {"a": None}, {"b": {}}, {"b": {"c": None}, "a": value}))
        declared.arguments["default"] = json.dumps({"k": item} if how < 3 else [item])
        inner = self.random.choice(("a", "b.c"))
        return self.random.choice(
            (f'var.{name}["k"].{inner}', f"values(var.{name})[0].{inner}", f"[for one in var.{name} : one.{inner}][0]")
            if how < 3
            else (f"var.{name}[0].{inner}", f"one(var.{name}[*].{inner})", f"var.{name}.*.{inner}[0]")
        )

    def template(self) -> str:
        """A local that holds a template of one variable."""
        return self.local('"$${given}"')

    def texts(self, values: Sequence[str], depth: int = 0) -> str:
        """An expression of a list of strings."""
        items = ", ".join(self.text(value, depth + 1) for value in values)
        if self.plain or depth > 2 or self.unfolded > 60 or self.random.random() < 0.3:
            return f"[{items}]"
        q = quoted
        kept = list(values)
        half = self.random.randrange(len(kept) + 1)
        other = self.random.choice(WORDS)

        def inner(some: Sequence[str]) -> str:
            return self.texts(some, depth + 1)

        ways: list[Callable[[], str]] = [
            lambda: self.variable(kept),
            lambda: self.local(inner(kept)),
            lambda: f"concat({inner(kept[:half])}, {inner(kept[half:])})",
            lambda: f"flatten([{inner(kept[:half])}, [{inner(kept[half:])}]])",
            lambda: f"[for one in {inner(kept)} : one]",
            lambda: f"[for one in {inner([*kept, other])} : one if one != {q(other)}]" if other not in kept else items,
            lambda: f"({self.truth(True)} ? {inner(kept)} : [])",
            lambda: f"({self.truth(False)} ? [] : {inner(kept)})",
            lambda: f"compact({inner([*kept, ''])})" if "" not in kept else f"[{items}]",
            lambda: (
                f'split(",", {self.text(",".join(kept), depth + 1)})' if kept and "," not in "".join(kept) else "[]"
            ),
            lambda: f"reverse({inner(kept[::-1])})",
            lambda: f"tolist({inner(kept)})",
            lambda: f"slice({inner([other, *kept])}, 1, {len(kept) + 1})",
            lambda: f"try(local.{other}_none.x, {inner(kept)})" if self.local_none(other) else "",
            lambda: f"[for row in [{', '.join(f'{{ v = {q(one)} }}' for one in kept)}] : row.v]",
            lambda: f"[{', '.join(f'{{ v = {q(one)} }}' for one in kept)}][*].v",
            lambda: f"distinct({inner([*kept, *kept[:half]])})" if len(set(kept)) == len(kept) else f"[{items}]",
            lambda: f"jsondecode({self.text(json.dumps(kept), depth + 1)})",
            lambda: f"coalescelist([], {inner(kept)})" if kept else "[]",
            lambda: f'lookup({{ a = {inner(kept)} }}, "a", [])',
            lambda: f"sort({inner(kept)})" if sorted(kept) == kept else f"[{items}]",
        ]
        made = self.random.choice(ways)()
        return made if made != items else f"[{items}]"

    def local_none(self, word: str) -> bool:
        self.locals.arguments[f"{word}_none"] = "{}"
        return True

    def names(self, values: Sequence[str]) -> str:
        """An expression of a set of strings, for `for_each`."""
        kept = list(values)
        return self.random.choice(
            (
                lambda: f"toset({self.texts(kept)})",
                lambda: f"toset({self.texts([*kept, *kept[:1]])})",
                lambda: f"{{ for one in {self.texts(kept)} : one => one }}",
                lambda: f"setunion({self.texts(kept[:1])}, {self.texts(kept)})",
                lambda: f"({self.truth(True)} ? toset({self.texts(kept)}) : toset([]))",
                lambda: f"setintersection({self.texts(kept)}, {self.texts([*kept, 'zz'])})",
                lambda: f'{{ for pair in setproduct(["k"], {self.texts(kept)}) : pair[1] => pair[1] }}',
                lambda: f"zipmap({self.texts(kept)}, {self.texts(kept)})",
            )
        )()

    # Documents

    def document(self, statements: list[dict[str, object]]) -> str:
        """An expression of a policy."""
        how = self.random.randrange(7)
        if how <= 1:
            return self.data_document(statements)
        policy = {"Version": "2012-10-17", "Statement": statements}
        if how == 2:
            return f"jsonencode({self.object(policy)})"
        if how == 3:
            name = f"{self.name('policy')}.json"
            self.files[name] = json.dumps(policy, indent=2)
            return f'file("${{path.module}}/{name}")'
        if how == 4:
            rest = self.object({"Statement": statements})
            return f'jsonencode(merge({{ Version = "2012-10-17", Statement = [] }}, {rest}))'
        if how == 5:
            items = ", ".join(self.object(one) for one in statements)
            return f'jsonencode({{ Version = "2012-10-17", Statement = concat([], [{items}]) }})'
        return f"jsonencode({self.local(self.object(policy))})"

    def object(self, value: object) -> str:
        """An expression of a document: strings in it in roundabout ways, what is beside them as it is."""
        match value:
            case str():
                return self.text(value, 2)
            case list() if value and all(isinstance(item, str) for item in value):
                return self.texts([str(item) for item in value], 1)
            case list():
                return f"[{', '.join(self.object(item) for item in value)}]"
            case dict():
                return f"{{ {', '.join(f'{quoted(str(key))} = {self.object(item)}' for key, item in value.items())} }}"
            case _:
                return json.dumps(value)

    def data_document(self, statements: list[dict[str, object]]) -> str:
        """A data source of a policy document."""
        name = self.name("d")
        data = self.block("data", "aws_iam_policy_document", name)
        for statement in statements:
            how = self.random.randrange(3)
            if how == 0:
                holder = data.inner("dynamic", "statement")
                iterator = "statement"
                if self.random.random() < 0.5:
                    holder.arguments["iterator"] = iterator = "it"
                actions = [str(one) for one in statement["Action"]]  # type: ignore[attr-defined]
                over = self.random.choice(
                    (f"[{self.texts(actions)}]", f"{{ k = {self.texts(actions)} }}", f"[{self.texts(actions)}]")
                )
                holder.arguments["for_each"] = over
                body = holder.inner("content")
                body.arguments["actions"] = f"{iterator}.value"
            else:
                body = data.inner("statement")
                body.arguments["actions"] = self.texts([str(one) for one in statement["Action"]])  # type: ignore[attr-defined]
            if "Sid" in statement:
                body.arguments["sid"] = self.text(str(statement["Sid"]))
            if statement["Effect"] != "Allow" or self.random.random() < 0.3:
                body.arguments["effect"] = self.text(str(statement["Effect"]))
            if "Resource" in statement:
                # The provider writes `&{` for what is a variable of the policy.
                found = [str(one).replace("${", "&{") for one in statement["Resource"]]  # type: ignore[attr-defined]
                body.arguments[self.random.choice(("resources", "resources", "not_resources"))] = self.texts(found)
            if "Principal" in statement:
                for kind, who in statement["Principal"].items():  # type: ignore[attr-defined]
                    principal = body.inner("principals")
                    principal.arguments["type"] = self.text(kind)
                    principal.arguments["identifiers"] = self.texts([str(one) for one in who])
            if "Condition" in statement:
                for test, keys in statement["Condition"].items():  # type: ignore[attr-defined]
                    for variable, wanted in keys.items():
                        condition = body.inner("condition")
                        condition.arguments["test"] = self.text(test)
                        condition.arguments["variable"] = self.text(variable)
                        condition.arguments["values"] = self.texts(wanted)
        if self.random.random() < 0.2:
            outer = self.name("d")
            joined = self.block("data", "aws_iam_policy_document", outer)
            kind = self.random.choice(("source_policy_documents", "override_policy_documents"))
            joined.arguments[kind] = f"[data.aws_iam_policy_document.{name}.json]"
            if self.random.random() < 0.5:
                more = joined.inner("statement")
                more.arguments["sid"] = quoted("More")
                more.arguments["actions"] = self.texts(["sqs:SendMessage"])
                more.arguments["resources"] = self.texts(["*"])
                if "Principal" in statements[0]:
                    who = more.inner("principals")
                    who.arguments["type"] = quoted("AWS")
                    who.arguments["identifiers"] = quoted("*").join("[]")
                    del more.arguments["resources"]
            return f"data.aws_iam_policy_document.{outer}.json"
        if self.random.random() < 0.1:
            data.arguments["count"] = "1"
            return f"data.aws_iam_policy_document.{name}[0].json"
        return f"data.aws_iam_policy_document.{name}.json"


def _escaped(text: str, in_quotes: bool = False) -> str:
    text = text.replace("${", "$${").replace("%{", "%%{")
    return json.dumps(text, ensure_ascii=False)[1:-1] if in_quotes else text


class Deployment(Module):
    """A module with roles, policies, profiles and launches."""

    def trust(self) -> list[dict[str, object]]:
        who = self.random.choice(
            (
                {"Service": ["ec2.amazonaws.com"]},
                {"Service": ["ec2.amazonaws.com"]},
                {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
                {"Service": ["lambda.amazonaws.com"]},
                {"AWS": ["arn:aws:iam::123456789012:root"]},
                {"AWS": ["*"]},
            )
        )
        made: dict[str, object] = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": who}
        if self.random.random() < 0.15:
            made["Condition"] = {"StringEquals": {"aws:SourceAccount": ["123456789012"]}}
        if self.random.random() < 0.1:
            return [made, made | {"Effect": "Deny", "Sid": "Never"}]
        return [made]

    def statements(self) -> list[dict[str, object]]:
        made: list[dict[str, object]] = []
        for number in range(self.random.choice((1, 1, 2, 3))):
            one: dict[str, object] = {
                "Effect": "Allow" if self.random.random() < 0.85 else "Deny",
                "Action": self.random.sample(ACTIONS, self.random.choice((1, 2, 3))),
                "Resource": self.random.sample(RESOURCES, self.random.choice((1, 1, 2))),
            }
            if self.random.random() < 0.5:
                one["Sid"] = f"S{number}"
            if self.random.random() < 0.1:
                one["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": ["true"]}}
            made.append(one)
        return made

    def repeated(self, block: Block) -> str:
        """The suffix of a reference to a block that is perhaps repeated."""
        how = self.random.randrange(7)
        if how == 0:
            block.arguments["count"] = f"{self.truth(True)} ? 1 : 0"
            return "[0]"
        if how == 1:
            block.arguments["for_each"] = self.names(["it"])
            return '["it"]'
        if how == 2:
            block.arguments["count"] = self.variable(1)
            return "[0]"
        return ""

    def referring(self, at: str, attribute: str) -> str:
        """A reference to an attribute of a block that is perhaps repeated."""
        held, bracket, key = at.partition("[")
        if not bracket or self.plain:
            return f"{at}.{attribute}"
        if key == "0]":
            ways = (
                f"{at}.{attribute}",
                f"one({held}[*].{attribute})",
                f'join("", {held}.*.{attribute})',
                f'try({at}.{attribute}, "none")',
                f'element(concat({held}.*.{attribute}, [""]), 0)',
                f"[for one in {held} : one.{attribute}][0]",
                f"{held}[length({held}) - 1].{attribute}",
                f"flatten([{held}[*].{attribute}])[0]",
            )
        else:
            ways = (
                f"{at}.{attribute}",
                f"values({held})[0].{attribute}",
                f'[for key, one in {held} : one.{attribute} if key == "it"][0]',
                f'{{ for key, one in {held} : key => one.{attribute} }}["it"]',
                f'lookup({held}, "it", null).{attribute}',
                f"one(values({held})).{attribute}",
                f"one([for one in values({held}) : one.{attribute}])",
                f"{held}[keys({held})[0]].{attribute}",
            )
        return self.random.choice(ways)

    def role(self) -> tuple[str, str]:
        """A role; what refers to it, and its name."""
        name = self.name("role")
        block = self.block("resource", "aws_iam_role", name)
        at = f"aws_iam_role.{name}{self.repeated(block)}"
        called = f"{self.random.choice(WORDS)}-{name}"
        block.arguments["name"] = self.text(called)
        block.arguments["assume_role_policy"] = self.document(self.trust())
        if self.random.random() < 0.3:
            block.arguments["path"] = self.text("/team/")
        if self.random.random() < 0.2:
            block.arguments["permissions_boundary"] = self.text(self.random.choice(MANAGED))
        if self.random.random() < 0.2:
            chosen = self.random.sample(MANAGED, 2)
            block.arguments["managed_policy_arns"] = self.texts(sorted(chosen))
        if self.random.random() < 0.2:
            inline = self.optional_block(block, "inline_policy")
            inline.arguments["name"] = self.text("inline")
            inline.arguments["policy"] = self.document(self.statements())
        if self.random.random() < 0.3:
            block.arguments["tags"] = self.tags()
        return at, called

    def tags(self) -> str:
        tags = {tag: self.random.choice(WORDS) for tag in self.random.sample(TAGS, 2)}
        items = ", ".join(f"{tag} = {self.text(word, 1)}" for tag, word in tags.items())
        return self.random.choice(
            (
                f"{{ {items} }}",
                f'merge({{ {TAGS[0]} = "x", {TAGS[1]} = "y" }}, {{ {items} }})',
                f"{{ for key, one in {{ {items} }} : key => one }}",
            )
        )

    def optional_block(self, holder: Block, type: str) -> Block:
        """A nested block, written as such or by a dynamic block."""
        how = self.random.randrange(6)
        if how < 3:
            return holder.inner(type)
        dynamic = holder.inner("dynamic", type)
        dynamic.arguments["for_each"] = self.random.choice(
            (
                "[1]",
                f"{self.truth(True)} ? [1] : []",
                f"{self.truth(False)} ? [] : [true]",
                'toset(["x"])',
                "{ a = 1 }",
                f"{self.variable(['one'])}",
                f"range({self.variable(1)})",
                "[for one in [1, 2] : one if one > 1]",
            )
        )
        if self.random.random() < 0.3:
            dynamic.arguments["iterator"] = "it"
        return dynamic.inner("content")

    def policies(self, role: str) -> None:
        """Policies of a role."""
        for _ in range(self.random.choice((0, 1, 1, 2))):
            how = self.random.randrange(5)
            name = self.name("p")
            if how <= 1:
                block = self.block("resource", "aws_iam_role_policy", name)
                self.repeated(block)
                block.arguments["name"] = self.text(name)
                block.arguments["role"] = self.referring(role, self.random.choice(("id", "name")))
                block.arguments["policy"] = self.document(self.statements())
            elif how == 2:
                block = self.block("resource", "aws_iam_role_policy_attachment", name)
                chosen = sorted(self.random.sample(MANAGED, self.random.choice((1, 2))))
                block.arguments["role"] = self.referring(role, "name")
                if self.random.random() < 0.6:
                    block.arguments["for_each"] = self.names(chosen)
                    block.arguments["policy_arn"] = self.random.choice(("each.value", "each.key", '"${each.value}"'))
                else:
                    block.arguments["count"] = f"length({self.texts(chosen)})"
                    block.arguments["policy_arn"] = f"{self.local(self.texts(chosen))}[count.index]"
            elif how == 3:
                policy = self.block("resource", "aws_iam_policy", name)
                suffix = self.repeated(policy)
                policy.arguments["name"] = self.text(name)
                policy.arguments["policy"] = self.document(self.statements())
                block = self.block("resource", "aws_iam_role_policy_attachment", name)
                block.arguments["role"] = self.referring(role, "name")
                block.arguments["policy_arn"] = self.referring(f"aws_iam_policy.{name}{suffix}", "arn")
            else:
                block = self.block("resource", "aws_iam_role_policy", name)
                keys = self.random.sample(WORDS, 2)
                items = ", ".join(
                    f"{key} = {{ actions = {self.texts(self.random.sample(ACTIONS, 2))} }}" for key in keys
                )
                block.arguments["for_each"] = self.random.choice(
                    (f"{{ {items} }}", f'{{ for key, one in {{ {items} }} : key => one if key != "none" }}')
                )
                block.arguments["name"] = "each.key"
                block.arguments["role"] = self.referring(role, "name")
                block.arguments["policy"] = (
                    'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", '
                    'Action = each.value.actions, Resource = "*" }] })'
                )

    def profile(self, role: str, called: str) -> tuple[str, str]:
        """An instance profile; what refers to it, and its name."""
        name = self.name("profile")
        block = self.block("resource", "aws_iam_instance_profile", name)
        suffix = self.repeated(block)
        wanted = f"{self.random.choice(WORDS)}-{name}"
        block.arguments["name"] = self.text(wanted)
        block.arguments["role"] = self.random.choice(
            (self.referring(role, "name"), self.referring(role, "id"), self.text(called))
        )
        return f"aws_iam_instance_profile.{name}{suffix}", wanted

    def metadata(self, holder: Block) -> None:
        """Metadata options, or none."""
        if self.random.random() < 0.15:
            return
        block = self.optional_block(holder, "metadata_options")
        tokens = self.random.choice(("required", "required", "optional", None))
        endpoint = self.random.choice(("enabled", "disabled", None, None))
        if tokens is not None:
            block.arguments["http_tokens"] = self.text(tokens)
        elif self.random.random() < 0.5:
            block.arguments["http_tokens"] = self.nothing()
        if endpoint is not None:
            block.arguments["http_endpoint"] = self.text(endpoint)
        if self.random.random() < 0.4:
            block.arguments["http_put_response_hop_limit"] = self.random.choice(
                ("2", self.variable(2), '"2"', "1 + 1", f"max({self.variable(1)}, 2)")
            )

    def nothing(self) -> str:
        """An expression of null."""
        return self.random.choice(
            (
                lambda: "null",
                lambda: self.variable(None),
                lambda: f'({self.truth(False)} ? "required" : null)',
                lambda: f"try({self.local('{}')}.none, null)",
                lambda: "one([])",
                lambda: 'lookup({ a = "b" }, "c", null)',
            )
        )()

    def script(self) -> str:
        """User data."""
        text = f"#!/bin/bash\necho {self.random.choice(WORDS)} > /etc/stage\n"
        how = self.random.randrange(4)
        if how == 0:
            return self.from_file(text)
        if how == 1:
            return f"base64decode({self.text(_encoded(text))})"
        return self.text(text)

    def instance(self, profile: tuple[str, str]) -> None:
        at, called = profile
        name = self.name("i")
        block = self.block("resource", "aws_instance", name)
        self.repeated(block)
        block.arguments["ami"] = self.text("ami-0123456789abcdef0")
        block.arguments["instance_type"] = self.text("t3.micro")
        how = self.random.randrange(6)
        if how < 3:
            block.arguments["iam_instance_profile"] = self.referring(at, self.random.choice(("id", "name")))
        elif how == 3:
            block.arguments["iam_instance_profile"] = self.text(called)
        elif how == 4:
            block.arguments["iam_instance_profile"] = f"{self.truth(True)} ? {at}.name : null"
        self.metadata(block)
        if self.random.random() < 0.5:
            block.arguments["user_data"] = self.script()
        if self.random.random() < 0.3:
            block.arguments["tags"] = self.tags()
        if self.random.random() < 0.2:
            block.arguments["associate_public_ip_address"] = self.truth(self.random.random() < 0.5)

    def template_of(self, profile: tuple[str, str]) -> str:
        at, called = profile
        name = self.name("t")
        block = self.block("resource", "aws_launch_template", name)
        suffix = self.repeated(block)
        block.arguments["name"] = self.text(f"{self.random.choice(WORDS)}-{name}")
        if self.random.random() < 0.8:
            inner = self.optional_block(block, "iam_instance_profile")
            how = self.random.randrange(4)
            if how == 0:
                inner.arguments["arn"] = self.referring(at, "arn")
            elif how == 1:
                inner.arguments["name"] = self.text(called)
            else:
                inner.arguments["name"] = self.referring(at, "name")
        self.metadata(block)
        block.arguments["image_id"] = self.text("ami-0123456789abcdef0")
        block.arguments["instance_type"] = self.text("t3.micro")
        if self.random.random() < 0.5:
            block.arguments["user_data"] = f"base64encode({self.script()})"
        if self.random.random() < 0.3:
            block.arguments["update_default_version"] = self.truth(True)
        return f"aws_launch_template.{name}{suffix}"

    def group(self, template: str) -> None:
        name = self.name("g")
        block = self.block("resource", "aws_autoscaling_group", name)
        self.repeated(block)
        block.arguments["name"] = self.text(f"{self.random.choice(WORDS)}-{name}")
        block.arguments["min_size"] = self.random.choice(("0", self.variable(0)))
        block.arguments["max_size"] = self.random.choice(("1", self.variable(1), '"1"'))
        block.arguments["availability_zones"] = self.texts(["us-east-1a", "us-east-1b"])
        version = self.random.choice(
            (quoted("$Latest"), f"{template}.latest_version", quoted("$Default"), "null", '"1"')
        )
        if self.random.random() < 0.3:
            mixed = self.optional_block(block, "mixed_instances_policy").inner("launch_template")
            chosen = mixed.inner("launch_template_specification")
            chosen.arguments["launch_template_id"] = f"{template}.id"
            chosen.arguments["version"] = version
            for kind in ("t3.small", "t3.medium"):
                mixed.inner("override").arguments["instance_type"] = self.text(kind)
        else:
            chosen = self.optional_block(block, "launch_template")
            if self.random.random() < 0.3:
                chosen.arguments["name"] = f"{template}.name"
            else:
                chosen.arguments["id"] = self.referring(template, "id")
            chosen.arguments["version"] = version

    def fleet(self) -> None:
        """What a map of objects describes: roles, policies, profiles and instances, one of each for each member."""
        variable = self.name("v")
        declared = self.block("variable", variable)
        declared.arguments["type"] = (
            'map(object({ services = optional(list(string), ["ec2.amazonaws.com"]), policies = '
            'optional(set(string), []), tokens = optional(string), endpoint = optional(string, "enabled"), '
            "profile = optional(bool, true), statements = optional(map(object({ actions = list(string), "
            'resources = optional(list(string), ["*"]) })), {}), tags = optional(map(string), {}), '
            "size = optional(number, 1) }))"
        )
        described: dict[str, dict[str, object]] = {}
        for word in self.random.sample(WORDS, self.random.choice((1, 2, 3))):
            one: dict[str, object] = {}
            if self.random.random() < 0.4:
                one["services"] = self.random.choice(
                    (["lambda.amazonaws.com"], ["ec2.amazonaws.com", "ecs.amazonaws.com"])
                )
            if self.random.random() < 0.6:
                one["policies"] = self.random.sample(MANAGED, self.random.choice((1, 2)))
            if self.random.random() < 0.7:
                one["tokens"] = self.random.choice(("required", "optional", None))
            if self.random.random() < 0.3:
                one["endpoint"] = self.random.choice(("disabled", None))
            if self.random.random() < 0.3:
                one["profile"] = self.random.choice((False, "true", None))
            if self.random.random() < 0.5:
                one["statements"] = {
                    f"s{number}": {"actions": self.random.sample(ACTIONS, 2)}
                    for number in range(self.random.choice((1, 2)))
                }
            if self.random.random() < 0.3:
                one["tags"] = {"Team": self.random.choice(WORDS), "Size": self.random.choice((1, "2", True))}
            if self.random.random() < 0.2:
                one["size"] = self.random.choice((0, 2, "2"))
            described[word] = one
        if self.random.random() < 0.5:
            declared.arguments["default"] = json.dumps(described)
        else:
            self.passed[variable] = literal(described)
        held = self.random.choice(
            (
                f"var.{variable}",
                self.local(f"var.{variable}"),
                self.local(f"{{ for key, one in var.{variable} : key => one }}"),
                self.local(f"{{ for key, one in var.{variable} : key => merge(one, {{ extra = key }}) }}"),
                self.local(f"merge(var.{variable}, {{}})"),
            )
        )
        role, profile = self.name("role"), self.name("profile")
        trust = self.name("d")
        data = self.block("data", "aws_iam_policy_document", trust)
        data.arguments["for_each"] = held
        statement = data.inner("statement")
        statement.arguments["actions"] = quoted("sts:AssumeRole").join("[]")
        if self.random.random() < 0.5:
            principals = statement.inner("principals")
            principals.arguments["type"] = quoted("Service")
            principals.arguments["identifiers"] = "each.value.services"
        else:
            dynamic = statement.inner("dynamic", "principals")
            dynamic.arguments["for_each"] = "{ Service = each.value.services }"
            content = dynamic.inner("content")
            content.arguments["type"] = "principals.key"
            content.arguments["identifiers"] = "principals.value"
        block = self.block("resource", "aws_iam_role", role)
        block.arguments["for_each"] = held
        block.arguments["name"] = f'"${{each.key}}-{role}"'
        block.arguments["assume_role_policy"] = f"data.aws_iam_policy_document.{trust}[each.key].json"
        block.arguments["tags"] = self.random.choice(
            (
                "each.value.tags",
                "merge({ Name = each.key }, each.value.tags)",
                "{ for key, one in each.value.tags : key => one }",
            )
        )
        self._fleet_policies(held, role)
        block = self.block("resource", "aws_iam_instance_profile", profile)
        chained = self.random.random() < 0.4
        block.arguments["for_each"] = f"aws_iam_role.{role}" if chained else held
        block.arguments["name"] = f'format("%s-{profile}", each.key)'
        block.arguments["role"] = self.random.choice(
            ("each.value.name",)
            if chained
            else (f"aws_iam_role.{role}[each.key].name", f"aws_iam_role.{role}[each.key].id")
        )
        self._fleet_launches(held, profile)

    def _fleet_policies(self, held: str, role: str) -> None:
        attached = self.name("p")
        block = self.block("resource", "aws_iam_role_policy_attachment", attached)
        pairs = f"flatten([for key, one in {held} : [for arn in one.policies : {{ key = key, arn = arn }}]])"
        if self.random.random() < 0.6:
            block.arguments["for_each"] = f'{{ for pair in {pairs} : "${{pair.key}}/${{basename(pair.arn)}}" => pair }}'
            block.arguments["role"] = f"aws_iam_role.{role}[each.value.key].name"
            block.arguments["policy_arn"] = "each.value.arn"
        else:
            listed = self.local(pairs)
            block.arguments["count"] = f"length({listed})"
            block.arguments["role"] = f"aws_iam_role.{role}[{listed}[count.index].key].name"
            block.arguments["policy_arn"] = f"{listed}[count.index].arn"
        inline = self.name("p")
        block = self.block("resource", "aws_iam_role_policy", inline)
        block.arguments["for_each"] = (
            f"{{ for key, one in {held} : key => one.statements if length(one.statements) > 0 }}"
        )
        block.arguments["name"] = quoted("inline")
        block.arguments["role"] = f"aws_iam_role.{role}[each.key].id"
        if self.random.random() < 0.5:
            block.arguments["policy"] = (
                'jsonencode({ Version = "2012-10-17", Statement = [for key, one in each.value : '
                '{ Sid = key, Effect = "Allow", Action = one.actions, Resource = one.resources }] })'
            )
        else:
            document = self.name("d")
            data = self.block("data", "aws_iam_policy_document", document)
            data.arguments["for_each"] = held
            dynamic = data.inner("dynamic", "statement")
            dynamic.arguments["for_each"] = "each.value.statements"
            dynamic.arguments["iterator"] = "it"
            content = dynamic.inner("content")
            content.arguments["sid"] = "it.key"
            content.arguments["actions"] = self.random.choice(("it.value.actions", 'it.value["actions"]'))
            content.arguments["resources"] = "it.value.resources"
            block.arguments["policy"] = f"data.aws_iam_policy_document.{document}[each.key].json"

    def _fleet_launches(self, held: str, profile: str) -> None:
        name = self.name("i")
        if self.random.random() < 0.5:
            block = self.block("resource", "aws_instance", name)
            block.arguments["ami"] = quoted("ami-0123456789abcdef0")
            block.arguments["instance_type"] = quoted("t3.micro")
            wanted = f"aws_iam_instance_profile.{profile}[each.key].name"
            block.arguments["iam_instance_profile"] = f"each.value.profile ? {wanted} : null"
        else:
            block = self.block("resource", "aws_launch_template", name)
            block.arguments["name"] = 'join("-", ["t", each.key])'
            inner = block.inner("dynamic", "iam_instance_profile")
            inner.arguments["for_each"] = self.random.choice(
                ("each.value.profile ? [each.key] : []", "[for one in [each.key] : one if each.value.profile]")
            )
            inner.inner("content").arguments["name"] = (
                f"aws_iam_instance_profile.{profile}[iam_instance_profile.value].name"
            )
        block.arguments["for_each"] = self.random.choice(
            (
                held,
                f"{{ for key, one in {held} : key => one if one.size > 0 }}",
                f"{{ for key, one in {held} : key => one if one.size != 0 }}",
            )
        )
        how = self.random.randrange(3)
        if how == 0:
            options = block.inner("metadata_options")
            options.arguments["http_tokens"] = self.random.choice(("each.value.tokens", "try(each.value.tokens, null)"))
            options.arguments["http_endpoint"] = "each.value.endpoint"
        elif how == 1:
            dynamic = block.inner("dynamic", "metadata_options")
            dynamic.arguments["for_each"] = "each.value.tokens == null ? [] : [each.value]"
            content = dynamic.inner("content")
            content.arguments["http_tokens"] = "metadata_options.value.tokens"
            content.arguments["http_endpoint"] = 'metadata_options.value["endpoint"]'
        else:
            options = block.inner("metadata_options")
            options.arguments["http_tokens"] = 'coalesce(each.value.tokens, "required")'
            options.arguments["http_put_response_hop_limit"] = "max(each.value.size, 1)"

    def fill(self) -> None:
        if self.random.random() < 0.3:
            self.fleet()
            if self.random.random() < 0.6:
                return
        role = self.role()
        self.policies(role[0])
        profile = self.profile(*role)
        if self.random.random() < 0.3:
            self.policies(role[0])
        for _ in range(self.random.choice((1, 1, 2))):
            if self.random.random() < 0.5:
                self.instance(profile)
            else:
                template = self.template_of(profile)
                if self.random.random() < 0.8:
                    self.group(template)

    def inside(self) -> None:
        """A deployment in a module that is called, perhaps more than once."""
        name = self.name("m")
        child = Deployment(self.random, self.depth + 1)
        child.fill()
        self.children[name] = child
        call = self.block("module", name)
        call.arguments["source"] = quoted(f"./{name}")
        how = self.random.randrange(5)
        if how == 0:
            call.arguments["count"] = f"{self.truth(True)} ? 1 : 0"
        elif how == 1:
            call.arguments["for_each"] = self.names(["a"])
        for given, written in child.passed.items():
            call.arguments[given] = written if self.random.random() < 0.5 else self.local(written)
        child.passed = {}


def _encoded(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def files_of(module: Module, prefix: str = "") -> dict[str, str]:
    """The files of a module and of those that it calls, by path."""
    blocks = list(module.blocks)
    if module.locals.arguments:
        blocks.append(module.locals)
    made: dict[str, str] = {}
    if module.style == "json":
        made["main.tf.json"] = json.dumps(in_json(blocks), indent=1, ensure_ascii=False)
    elif module.style == "both":
        half = len(blocks) // 2
        made["main.tf"] = native(blocks[half:])
        made["other.tf.json"] = json.dumps(in_json(blocks[:half]), indent=1, ensure_ascii=False)
    elif module.style == "overridden":
        made |= _overridden(module, blocks)
    else:
        made["main.tf"] = native(blocks)
    made |= module.files
    for name, child in module.children.items():
        made |= files_of(child, f"{name}/")
    return {prefix + name: text for name, text in made.items()}


def _overridden(module: Module, blocks: list[Block]) -> dict[str, str]:
    """The blocks with some arguments wrong, and the file that overrides them."""
    over: list[Block] = []
    for block in blocks:
        literal_text = [name for name, value in block.arguments.items() if name in ("name", "path", "user_data", "ami")]
        if block.type == "resource" and literal_text and module.random.random() < 0.6:
            changed = Block(block.type, *block.labels)
            name = module.random.choice(literal_text)
            changed.arguments[name] = block.arguments[name]
            block.arguments[name] = quoted("overridden")
            over.append(changed)
    if module.random.random() < 0.5:
        return {"main.tf": native(blocks), "main_override.tf": native(over)}
    return {"main.tf": native(blocks), "override.tf.json": json.dumps(in_json(over), indent=1, ensure_ascii=False)}


def roots() -> list[tuple[dict[str, str], dict[str, str]]]:
    """The files of each root by path, and the expressions of what its variables are given."""
    made: list[tuple[dict[str, str], dict[str, str]]] = []
    for number in range(ROOTS):
        deployment = Deployment(Random(f"{SEED}-{number}"))
        if deployment.random.random() < 0.25:
            deployment.inside()
        if deployment.random.random() < 0.85 or not deployment.children:
            deployment.fill()
        made.append((files_of(deployment), deployment.passed))
    return made + documents()
