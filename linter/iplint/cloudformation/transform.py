"""The SAM transform: the output of AWS's own translator, with the places of its sources.

The translator takes plain data and copies it repeatedly. So the data are texts, lists and mappings that remember their
node, and what is returned unchanged becomes that node again. Values that the translator creates get the place of their
resource.

Facts: AWS Serverless Application Model Developer Guide, "Generated CloudFormation resources".
"""

from __future__ import annotations

from copy import deepcopy

from iplint.budget import charge
from iplint.cloudformation.calls import SAM, SAM_TYPES, call_of
from iplint.location import Origin
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeGuard

    from iplint.location import Source, Span
    from iplint.syntax.tree import Node

# The package of the translator, by the name that it is installed under.
TRANSLATOR = "aws-sam-translator"
# What names files here and a place in S3 once deployed; the translator refuses all else.
_UPLOADED = ("CodeUri", "ContentUri", "DefinitionUri", "ImageUri", "Location")
# What the translator has to know to name resources, and a parameter may leave open.
_NAMING = ("AutoPublishAlias", "AutoPublishCodeSha256")
# What a value of Globals costs in each resource, in steps of the budget.
_STEPS_A_COPY = 2
_PLACE = "s3://bucket/key"
# No secret is shorter.
_SECRET = 12
_REGION = "us-east-1"


class _SourceText(str):
    """A text of the source. The key of a mapping also remembers the value at it."""

    node: Scalar | Sequence | Mapping
    value: Scalar | Sequence | Mapping | None

    def __new__(cls, text: str, node: Node, value: Node | None = None) -> _SourceText:
        """Remember the node."""
        made = super().__new__(cls, text)
        made.node = node
        made.value = value
        return made

    def __copy__(self) -> _SourceText:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> _SourceText:
        return self


class _List(list[object]):
    """A list of the source."""

    def __init__(self, items: list[object], node: Node) -> None:
        super().__init__(items)
        self.node = node

    def __deepcopy__(self, memo: dict[int, object]) -> _List:
        return _List([deepcopy(item, memo) for item in self], self.node)


class _Dict(dict[str, object]):
    """A mapping of the source."""

    def __init__(self, entries: dict[str, object], node: Node) -> None:
        super().__init__(entries)
        self.node = node

    def copy(self) -> _Dict:
        """See dict.copy.."""
        return _Dict(self, self.node)

    def __deepcopy__(self, memo: dict[int, object]) -> _Dict:
        return _Dict({name: deepcopy(value, memo) for name, value in self.items()}, self.node)


class _Policies(dict[str, str]):
    """The ARNs of AWS managed policies, each with the place of its name."""

    def get(self, name: str, default: object = None) -> str | None:  # type: ignore[override]  # asked for names alone
        """Return the ARN of the policy with this name."""
        arn = super().get(name)
        if arn is None or not isinstance(name, _SourceText):
            return arn
        return _SourceText(arn, Scalar(name.node.at, None, arn, arn, Origin(name.node.at)))


class _BotoSession:
    """A replacement for the translator's boto3 session, which would read files of the user."""

    region_name = _REGION


class _TransformError(Exception):
    """The translator cannot expand a template; the message says why."""


def expand_sam(source: Source, tree: Mapping) -> tuple[Mapping, list[Notice]]:
    """Return the output of the SAM transform for a template that declares it; on an error, the template itself and the
    reason.
    """
    declared = tree.get("Transform")
    resources = tree.get("Resources")
    if declared is None or not isinstance(resources, Mapping) or not any(_sam(resources)):
        return tree, []
    try:
        made = _translated(_template(tree))
    except _TransformError as refused:
        message = f"the SAM transform is not expanded: resources of types {SAM_TYPES}* are not checked ({refused})"
        return tree, [Notice(NoticeKind.UNSUPPORTED, source.path, message, declared.at, cause=NoticeCause.MACRO)]
    entries = dict(tree.entries)
    entries["Resources"] = tree.entries["Resources"][0], _resources(resources, made, declared.at)
    conditions, generated = tree.get("Conditions"), made.get("Conditions")
    if isinstance(conditions, Mapping) and _is_dict(generated):
        more = _node(generated, declared.at)
        if isinstance(more, Mapping):
            added = {**more.entries, **conditions.entries}
            entries["Conditions"] = tree.entries["Conditions"][0], Mapping(conditions.at, None, added)
    return Mapping(tree.at, tree.tag, entries), []


def declares_sam(tree: Mapping) -> bool:
    """Return whether a template declares the SAM transform."""
    declared = tree.get("Transform")
    named = declared.items if isinstance(declared, Sequence) else [declared]
    return any(isinstance(name, Scalar) and name.text == SAM for name in named)


def _sam(resources: Mapping) -> Iterator[str]:
    """Yield the logical ids of the resources that the transform expands."""
    for name, (_, body) in resources.entries.items():
        kind = body.get("Type") if isinstance(body, Mapping) else None
        if isinstance(kind, Scalar) and kind.text.startswith(SAM_TYPES):
            yield name


def _is_dict(data: object) -> TypeGuard[dict[str, object]]:
    return isinstance(data, dict)


def _is_list(data: object) -> TypeGuard[list[object]]:
    return isinstance(data, list)


# To the translator


def _template(tree: Mapping) -> dict[str, object]:
    """Return a template in the form that the translator takes."""
    data = {name: _data(node) for name, (_, node) in tree.entries.items()}
    section = tree.get("Resources")
    bodies: dict[str, object] = {}
    for name, (key, node) in section.entries.items() if isinstance(section, Mapping) else ():
        # Loops and macros stay as they are.
        if isinstance(node, Mapping) and not name.startswith("Fn::"):
            body = bodies[_SourceText(name, key)] = _data(node)
            _upload(_member(body, "Properties"))
    data["Resources"] = bodies
    shared = data.get("Globals")
    for properties in shared.values() if _is_dict(shared) else ():
        _upload(properties)
    # The translator copies them into each resource.
    charge(_STEPS_A_COPY * len(bodies) * _size(shared))
    common = _member(shared, "Function")
    for body in bodies.values():
        if _is_dict(body) and body.get("Type") == f"{SAM_TYPES}Function":
            _give_code(body.setdefault("Properties", {}), common)
    return data


def _size(data: object) -> int:
    """Return how many values there are in data."""
    if _is_dict(data):
        return 1 + sum(_size(value) for value in data.values())
    return 1 + sum(_size(item) for item in data) if _is_list(data) else 1


def _upload(properties: object) -> None:
    """Replace local files by a place in S3, and computed names by a text where the translator needs one."""
    if not _is_dict(properties):
        return
    for name in _UPLOADED:
        given = properties.get(name)
        if isinstance(given, _SourceText):
            is_local = name != "ImageUri" and not given.startswith("s3://")
        else:
            is_local = isinstance(given, _Dict) and (name == "Location" or call_of(given.node) is not None)
        if is_local and isinstance(given, (_SourceText, _Dict)):
            properties[name] = _SourceText(_PLACE, given.node)
    for name in _NAMING:
        given = properties.get(name)
        if isinstance(given, _Dict):
            properties[name] = _SourceText("alias", given.node)


def _give_code(properties: object, common: object) -> None:
    """Add to a function the code that its build adds."""
    if not _is_dict(properties):
        return
    given = {**common, **properties} if _is_dict(common) else properties
    needed = "ImageUri" if given.get("PackageType") == "Image" else "CodeUri"
    if needed not in given and "InlineCode" not in given:
        properties[needed] = _PLACE


def _member(data: object, name: str) -> object:
    return data.get(name) if _is_dict(data) else None


def _data(node: Node) -> object:
    """Return a node as plain data, functions in their long form."""
    call = call_of(node) if node.tag is not None else None
    if call is not None:
        argument = call.argument
        if call.name == "Fn::GetAtt" and isinstance(argument, Scalar):
            resource, dot, attribute = argument.text.partition(".")
            parts = [_part(argument, 0, resource), _part(argument, len(resource) + len(dot), attribute)]
            return _Dict({call.name: parts}, node)
        return _Dict({call.name: _data(argument)}, node)
    match node:
        case Scalar(value=str() as text):
            return _SourceText(text, node)
        case Scalar():
            return node.value
        case Sequence():
            return _List([_data(item) for item in node.items], node)
        case Mapping():
            return _Dict(
                {_SourceText(name, key, value): _data(value) for name, (key, value) in node.entries.items()}, node
            )


def _part(node: Scalar, start: int, text: str) -> _SourceText:
    at = node.origin.span(start, start + len(text))
    return _SourceText(text, Scalar(at, None, text, text, Origin(at)))


def _translated(template: dict[str, object]) -> dict[str, object]:
    """Return the translator's output for a template. Raises _TransformError."""
    import logging
    from importlib import import_module

    try:
        # Not every version of cfn-lint brings the translator along.
        translator = import_module("samtranslator.translator.translator")
        parser = import_module("samtranslator.parser.parser")
        policies = import_module("samtranslator.internal.managed_policies")
        exceptions = import_module("samtranslator.model.exceptions")
    except ImportError:
        raise _TransformError("install iplint[sam] to have it expanded") from None
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL + 1)
    known = _Policies(policies.get_bundled_managed_policy_map("aws") or {})
    try:
        made: object = translator.Translator(known, parser.Parser(), boto_session=_BotoSession()).translate(
            template, {}, passthrough_metadata=True
        )
    except exceptions.InvalidDocumentException as error:
        raise _TransformError(_reason(error.causes, template)) from None
    except Exception as error:
        # It meets templates that it does not expect in all manners; none of them may end the run.
        raise _TransformError(f"the translator stops with {type(error).__name__}") from None
    if not _is_dict(made):
        raise _TransformError("the translator makes no template of it")
    return made


def _reason(causes: list[Exception], template: dict[str, object]) -> str:
    """Return the translator's message, without texts of the template, which may be secrets."""
    said = " ".join(str(getattr(cause, "message", cause)) for cause in causes)
    for text in sorted(set(_texts(template)), key=lambda text: (-len(text), text)):
        said = said.replace(text, "...")
    return said.removesuffix(".")


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str) and len(data) >= _SECRET:
        yield str(data)
    for item in data.values() if _is_dict(data) else data if _is_list(data) else ():
        yield from _texts(item)


# From the translator


def _resources(written: Mapping, made: dict[str, object], around: Span) -> Mapping:
    """Return the resources of a template, with SAM's resources replaced by those they expand to."""
    expanded = made.get("Resources")
    bodies: dict[str, object] = expanded if _is_dict(expanded) else {}
    sources = list(_sam(written))
    by_source: dict[str, list[str]] = {}
    for name in bodies:
        if name not in written.entries or name in sources:
            by_source.setdefault(_source_of(name, sources), []).append(str(name))
    entries: dict[str, tuple[Scalar, Node]] = {}
    for name, (key, node) in written.entries.items():
        if name not in sources:
            entries[name] = key, node
        for generated in by_source.pop(name, []):
            entries[generated] = (
                (key if generated == name else _name(generated, key.at)),
                _body(bodies[generated], key.at, node.at),
            )
    for generated in by_source.pop("", []):
        entries[generated] = _name(generated, around), _body(bodies[generated], around, around)
    return Mapping(written.at, None, entries)


def _source_of(name: str, sources: list[str]) -> str:
    """Return the resource for which another was created, whose name is a prefix of its name; empty if there are
    several.
    """
    return max((source for source in sources if name.startswith(source)), key=len, default="")


def _name(name: str, at: Span) -> Scalar:
    return Scalar(at, None, name, name, Origin(at))


def _body(data: object, place: Span, block: Span) -> Node:
    node = _node(data, place)
    return Mapping(block, None, node.entries) if isinstance(node, Mapping) else node


def _node(data: object, place: Span, written: Node | None = None) -> Node:
    """Return the translator's output as a node: the original one, or a new one at a place."""
    if isinstance(data, _SourceText):
        return data.node
    if isinstance(data, (_Dict, _List)):
        if _data(data.node) == data:
            return data.node
        place = data.node.at
    if _is_dict(data):
        return Mapping(place, None, dict(_entries(data, place)))
    if _is_list(data):
        return Sequence(place, None, [_node(item, place) for item in data])
    if isinstance(written, Scalar) and written.value == data:
        return written
    if data is None or isinstance(data, (bool, int, float)):
        return Scalar(place, None, data, "" if data is None else str(data), Origin(place))
    return _name(str(data), place)


def _entries(data: dict[str, object], place: Span) -> Iterator[tuple[str, tuple[Scalar, Node]]]:
    for name, value in data.items():
        if isinstance(name, _SourceText) and isinstance(name.node, Scalar):
            yield str(name), (name.node, _node(value, name.node.at, name.value))
        else:
            yield str(name), (_name(str(name), place), _node(value, place))
