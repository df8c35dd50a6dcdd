"""Rewritings of CloudFormation templates that keep what they mean: of a value, of a resource, of a whole template."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import yaml

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Template: TypeAlias = dict[str, "Json"]
Path: TypeAlias = tuple[str | int, ...]
# A template with one value or resource rewritten; None where it does not fit.
Rewriting: TypeAlias = Callable[[Template, Path, str], "Template | None"]

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"


class Unreadable(Exception):
    """A text that is no template, or has what a rewriting would lose."""


class _Loader(yaml.CSafeLoader):
    """Reads a template; tags become long forms, dates stay texts."""


class _Dumper(yaml.CSafeDumper):
    """Writes long forms as tags, and no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Json]:
    value: Json
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = {str(key): item for key, item in loader.construct_mapping(node, deep=True).items()}
    else:
        raise Unreadable
    if suffix == "GetAtt" and isinstance(value, str):
        value = [*value.split(".", 1)]
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _as_written(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _tagged)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)
# `Off` and `Yes` may be names of resources.
_Loader.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:bool"]
    for letter, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def _mapping(dumper: _Dumper, value: dict[str, Json]) -> yaml.Node:
    if len(value) == 1:
        ((name, argument),) = value.items()
        short = name.removeprefix("Fn::")
        if name in ("Ref", "Condition") and isinstance(argument, str):
            return dumper.represent_scalar(f"!{short}", argument)
        if name.startswith("Fn::") and short.isalnum() and short not in ("GetStackOutput", "Transform"):
            if name == "Fn::GetAtt" and isinstance(argument, list) and all(isinstance(one, str) for one in argument):
                return dumper.represent_scalar("!GetAtt", ".".join(map(str, argument)))
            if isinstance(argument, str):
                return dumper.represent_scalar(f"!{short}", argument)
            # A short form directly inside another is written in its long form, as AWS asks for.
            if isinstance(argument, list):
                return dumper.represent_sequence(f"!{short}", argument)
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=False)


_Dumper.add_representer(dict, _mapping)


def load(text: str) -> Template:
    """The template of a text. Raises Unreadable."""
    try:
        tree = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise Unreadable from error
    if not isinstance(tree, dict) or not isinstance(tree.get("Resources"), dict):
        raise Unreadable
    try:
        again = json.loads(json.dumps(tree))
    except (TypeError, ValueError) as error:
        raise Unreadable from error
    if again != tree:
        raise Unreadable
    return tree


# A string that is no key: keys are written in one line.
VALUE = r'(?<=[:\[,\n]) *"(?:[^"\\]|\\.)*"(?!:)'


def letters_escaped(text: str, form: str, strings: str = r'"(?:[^"\\]|\\.)*"') -> str:
    """A JSON text with the first letters of its strings in the form of an escape."""

    def escaped(match: re.Match[str]) -> str:
        return re.sub(r"(?<!\\)[A-Za-z](?=..)", lambda letter: form.format(ord(letter[0])), match[0], count=4)

    return re.sub(strings, escaped, text)


WRITERS: dict[str, tuple[str, Callable[[Template], str]]] = {
    "YAML with tags": (".yaml", lambda tree: yaml.dump(tree, Dumper=_Dumper, sort_keys=False, width=1000)),
    "YAML": (".yaml", lambda tree: yaml.dump(copy.deepcopy(tree), Dumper=yaml.CSafeDumper, sort_keys=False)),
    "YAML in flow style": (
        ".yml",
        lambda tree: yaml.dump(copy.deepcopy(tree), Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=True),
    ),
    "JSON": (".json", lambda tree: json.dumps(tree, indent=2)),
    "JSON in one line": (".template", lambda tree: json.dumps(tree)),
    "JSON with escapes": (".json", lambda tree: letters_escaped(json.dumps(tree, ensure_ascii=False), "\\u{:04x}")),
    "YAML with escapes": (
        ".yaml",
        lambda tree: letters_escaped(json.dumps(tree, indent=1, ensure_ascii=False), "\\x{:02X}"),
    ),
    "YAML with folds": (
        ".yaml",
        lambda tree: letters_escaped(json.dumps(tree, indent=1, ensure_ascii=False), "{:c}\\\n   ", VALUE),
    ),
}


def is_function(value: Json) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::", "Condition"))


def values(tree: Template) -> Iterator[tuple[Path, Json]]:
    """Each value of a property that no function takes, from the outside in."""
    resources = tree["Resources"]
    assert isinstance(resources, dict)
    for name, resource in resources.items():
        if isinstance(resource, dict) and isinstance(resource.get("Properties"), dict):
            properties = resource["Properties"]
            assert isinstance(properties, dict)
            for key, value in properties.items():
                yield from _values(value, ("Resources", name, "Properties", key))


def _values(value: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    yield path, value
    if is_function(value):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _values(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _values(item, (*path, index))


def get(tree: Json, path: Path) -> Json:
    for step in path:
        if isinstance(tree, dict):
            tree = tree[str(step)]
        else:
            assert isinstance(tree, list)
            assert isinstance(step, int)
            tree = tree[step]
    return tree


def put(tree: Template, path: Path, value: Json) -> Template:
    made = copy.deepcopy(tree)
    holder = get(made, path[:-1])
    if isinstance(holder, list):
        assert isinstance(path[-1], int)
        holder[path[-1]] = value
    else:
        assert isinstance(holder, dict)
        holder[str(path[-1])] = value
    return made


def declare(tree: Template, section: str, name: str, value: Json) -> Template:
    held = tree.setdefault(section, {})
    assert isinstance(held, dict)
    held[name] = value
    return tree


def with_transform(tree: Template) -> Template:
    held = tree.get("Transform")
    names = [] if held is None else held if isinstance(held, list) else [held]
    if LANGUAGE_EXTENSIONS not in names:
        tree["Transform"] = [LANGUAGE_EXTENSIONS, *names]
    return tree


def text_of(value: Json) -> str | None:
    """A scalar as the text that a parameter would hold; None for other values."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) and str(value) else None


def _scalar(make: Callable[[str, str], tuple[Json, dict[str, dict[str, Json]]]], language: bool = False) -> Rewriting:
    """A rewriting of a scalar: what takes its place, and what is declared for it."""

    def rewrite(tree: Template, path: Path, name: str) -> Template | None:
        text = text_of(get(tree, path))
        if text is None or "Version" in path[-1:]:
            return None
        value, declared = make(text, name)
        made = put(tree, path, value)
        for section, entries in declared.items():
            for key, entry in entries.items():
                declare(made, section, key, entry)
        return with_transform(made) if language else made

    return rewrite


def _any(make: Callable[[Json, str], tuple[Json, dict[str, dict[str, Json]]]], language: bool = False) -> Rewriting:
    def rewrite(tree: Template, path: Path, name: str) -> Template | None:
        value, declared = make(get(tree, path), name)
        made = put(tree, path, value)
        for section, entries in declared.items():
            for key, entry in entries.items():
                declare(made, section, key, entry)
        return with_transform(made) if language else made

    return rewrite


def _sub(text: str) -> str:
    return text.replace("${", "${!")


def _cut(text: str) -> list[Json]:
    half = len(text) // 2
    return [text[:half], text[half:]]


def _true(name: str) -> dict[str, dict[str, Json]]:
    return {"Conditions": {name: {"Fn::Equals": ["a", "a"]}}}


def _switch(name: str) -> dict[str, dict[str, Json]]:
    return {
        "Parameters": {f"{name}P": {"Type": "String", "Default": "on"}},
        "Conditions": {name: {"Fn::Equals": [{"Ref": f"{name}P"}, "on"]}},
    }


def _parameter(name: str, text: str, **more: Json) -> dict[str, dict[str, Json]]:
    return {"Parameters": {name: {"Type": "String", "Default": text, **more}}}


NO_VALUE: Json = {"Ref": "AWS::NoValue"}

VALUES: dict[str, Rewriting] = {
    "parameter": _scalar(lambda text, name: ({"Ref": name}, _parameter(name, text))),
    "parameter with one allowed value": _scalar(
        lambda text, name: ({"Ref": name}, _parameter(name, text, AllowedValues=[text]))
    ),
    "Sub": _scalar(lambda text, name: ({"Fn::Sub": _sub(text)}, {})),
    "Sub of a parameter": _scalar(lambda text, name: ({"Fn::Sub": f"${{{name}}}"}, _parameter(name, text))),
    "Sub with a map": _scalar(lambda text, name: ({"Fn::Sub": ["${x}", {"x": text}]}, {})),
    "Sub with a map of a parameter": _scalar(
        lambda text, name: (
            {"Fn::Sub": [_sub(text[:1]) + "${x}", {"x": {"Ref": name}}]},
            _parameter(name, text[1:]),
        )
    ),
    "Join": _scalar(lambda text, name: ({"Fn::Join": ["", _cut(text)]}, {})),
    "Join of a parameter": _scalar(
        lambda text, name: (
            {"Fn::Join": ["", [{"Ref": name}, text[len(text) // 2 :]]]},
            _parameter(name, text[: len(text) // 2]),
        )
    ),
    "Join by a letter": _scalar(lambda text, name: ({"Fn::Join": [text[0], list[Json](text.split(text[0]))]}, {})),
    "Select": _scalar(lambda text, name: ({"Fn::Select": [1, ["hunt", text]]}, {})),
    "Select by a text": _scalar(lambda text, name: ({"Fn::Select": ["0", [text, "hunt"]]}, {})),
    "Select of Split": _scalar(lambda text, name: ({"Fn::Select": [1, {"Fn::Split": ["§", f"hunt§{text}"]}]}, {})),
    "Select of a list parameter": _scalar(
        lambda text, name: (
            (
                {"Fn::Select": [1, {"Ref": name}]},
                {"Parameters": {name: {"Type": "CommaDelimitedList", "Default": f"hunt,{text}"}}},
            )
            if "," not in text
            else (text, {})
        )
    ),
    "FindInMap": _scalar(
        lambda text, name: ({"Fn::FindInMap": [name, "a", "b"]}, {"Mappings": {name: {"a": {"b": text, "c": "hunt"}}}})
    ),
    "FindInMap by a parameter": _scalar(
        lambda text, name: (
            {"Fn::FindInMap": [name, {"Ref": f"{name}P"}, "b"]},
            {"Mappings": {name: {"a": {"b": text}}}, "Parameters": {f"{name}P": {"Type": "String", "Default": "a"}}},
        )
    ),
    "FindInMap of a region": _scalar(
        lambda text, name: (
            {"Fn::FindInMap": [name, {"Ref": "AWS::Region"}, "b"]},
            {"Mappings": {name: {"us-east-1": {"b": text}, "eu-west-1": {"b": text}}}},
        )
    ),
    "FindInMap with a default": _scalar(
        lambda text, name: (
            {"Fn::FindInMap": [name, "none", "b", {"DefaultValue": text}]},
            {"Mappings": {name: {"a": {"b": "hunt"}}}},
        ),
        language=True,
    ),
    "FindInMap of a list": _scalar(
        lambda text, name: (
            {"Fn::Select": [0, {"Fn::FindInMap": [name, "a", "b"]}]},
            {"Mappings": {name: {"a": {"b": [text, "hunt"]}}}},
        )
    ),
    "If of a value": _any(lambda value, name: ({"Fn::If": [name, value, NO_VALUE]}, _true(name))),
    "If not": _any(
        lambda value, name: (
            {"Fn::If": [name, NO_VALUE, value]},
            {"Conditions": {name: {"Fn::Not": [{"Fn::Equals": ["a", "a"]}]}}},
        )
    ),
    "If of both": _any(lambda value, name: ({"Fn::If": [name, value, copy.deepcopy(value)]}, _switch(name))),
    "If inside If": _any(
        lambda value, name: (
            {"Fn::If": [name, {"Fn::If": [name, value, NO_VALUE]}, copy.deepcopy(value)]},
            _switch(name),
        )
    ),
    "If by other conditions": _any(
        lambda value, name: (
            {"Fn::If": [name, value, NO_VALUE]},
            {
                "Conditions": {
                    f"{name}A": {"Fn::Equals": ["a", "b"]},
                    name: {
                        "Fn::Or": [
                            {"Condition": f"{name}A"},
                            {"Fn::And": [{"Fn::Equals": ["x", "x"]}, {"Fn::Not": [{"Condition": f"{name}A"}]}]},
                        ]
                    },
                }
            },
        )
    ),
    "If of a parameter": _any(lambda value, name: ({"Fn::If": [name, value, NO_VALUE]}, _switch(name))),
    "member of a list from a parameter": _scalar(
        lambda text, name: ({"Fn::Join": ["", {"Fn::Split": ["§", {"Ref": name}]}]}, _parameter(name, f"{text}§"))
    ),
    "ToJsonString and Select": _scalar(
        lambda text, name: (
            {"Fn::Select": [1, {"Fn::Split": ["§", {"Fn::Join": ["§", ["hunt", {"Fn::Sub": _sub(text)}]]}]}]},
            {},
        )
    ),
    "Length": _scalar(
        lambda text, name: (
            {"Fn::Length": list[Json](["x"] * int(text))} if text.isdigit() and 0 < int(text) < 9 else text,
            {},
        ),
        language=True,
    ),
}


def whole_list(tree: Template, path: Path, name: str) -> Template | None:
    """A list of texts that a text is split to."""
    value = get(tree, path)
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(item, str) and item and "," not in item for item in value)
    ):
        return None
    return put(tree, path, {"Fn::Split": [",", ",".join(map(str, value))]})


def list_parameter(tree: Template, path: Path, name: str) -> Template | None:
    value = get(tree, path)
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(item, str) and item and "," not in item for item in value)
    ):
        return None
    made = put(tree, path, {"Ref": name})
    return declare(made, "Parameters", name, {"Type": "CommaDelimitedList", "Default": ",".join(map(str, value))})


def list_mapping(tree: Template, path: Path, name: str) -> Template | None:
    value = get(tree, path)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        return None
    return declare(put(tree, path, {"Fn::FindInMap": [name, "a", "b"]}), "Mappings", name, {"a": {"b": value}})


def list_of_one(tree: Template, path: Path, name: str) -> Template | None:
    """Elements behind an `If` each."""
    value = get(tree, path)
    if not isinstance(value, list) or not value:
        return None
    items: list[Json] = [{"Fn::If": [name, item, NO_VALUE]} for item in value]
    made = put(tree, path, [*items, {"Fn::If": [name, NO_VALUE, "hunt"]}])
    return declare(made, "Conditions", name, {"Fn::Equals": ["a", "a"]})


def encoded(tree: Template, path: Path, name: str) -> Template | None:
    """User data that is encoded already."""
    value = get(tree, path)
    if not isinstance(value, dict) or not isinstance(value.get("Fn::Base64"), str):
        return None
    return put(tree, path, base64.b64encode(str(value["Fn::Base64"]).encode()).decode())


def base64_of_join(tree: Template, path: Path, name: str) -> Template | None:
    value = get(tree, path)
    if not isinstance(value, dict) or not isinstance(value.get("Fn::Base64"), str):
        return None
    lines = str(value["Fn::Base64"]).split("\n")
    return put(tree, path, {"Fn::Base64": {"Fn::Join": ["\n", list[Json](lines)]}})


VALUES |= {
    "Split of a text": whole_list,
    "list parameter": list_parameter,
    "list of a mapping": list_mapping,
    "If of each element": list_of_one,
    "encoded user data": encoded,
    "user data, joined": base64_of_join,
}
