"""Which version of a launch template a launch uses, if its content is known."""

from __future__ import annotations

from enum import StrEnum

from iplint.aws.launch_types import (
    DEFAULT_VERSION,
    DEFAULT_VERSION_ATTRIBUTES,
    DEFAULT_VERSIONS,
    LATEST_VERSION,
    LATEST_VERSION_ATTRIBUTES,
    TEMPLATE_NAMES,
    UPDATES_DEFAULT_VERSION,
)
from iplint.value import Absent, Hole, Known, Reason, Text, Unknown, as_bool, as_text, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.model.links import Links
    from iplint.resource import Resource
    from iplint.value import Ref, Value

_FIRST = "1"


class Version(StrEnum):
    """A version of a launch template whose content the root declares."""

    LATEST = "latest"
    DEFAULT = "default"  # the first one, unless the template updates its default version
    FIRST = "first"


def template_version(template: Resource, version: Value, links: Links) -> Version | Unknown:
    """Return the version of `template` that a launch names with `version`; Unknown where its content is not known."""
    written = as_text(version)
    if isinstance(version, Absent) or written in ("", DEFAULT_VERSION):
        return _default_version(template, version)
    if written == LATEST_VERSION:
        return Version.LATEST
    for ref in _references(version):
        target = links.at(ref.resource.address)
        if target is not None and target.data:
            name = dig(target.properties, ("name",))
            target = links.target(name, {template.type: TEMPLATE_NAMES[template.type]}, target)
        if target is not None and target.address == template.address:
            if ref.attribute in LATEST_VERSION_ATTRIBUTES:
                return Version.LATEST
            if ref.attribute in DEFAULT_VERSION_ATTRIBUTES:
                return _default_version(template, version)
    if written == _FIRST and _is_new(template):
        return Version.FIRST
    return _elsewhere(template, version)


def default_is_updated(template: Resource) -> bool | None:
    """Return whether the template makes each new version its default; None where that is unknown."""
    path = UPDATES_DEFAULT_VERSION.get(template.type)
    value = dig(template.properties, path) if path is not None else Absent(template.at)
    return False if isinstance(value, Absent) else as_bool(value)


def _default_version(template: Resource, version: Value) -> Version | Unknown:
    if default_is_updated(template):
        return Version.DEFAULT
    path = DEFAULT_VERSIONS.get(template.type)
    pinned = dig(template.properties, path) if path is not None else Absent(template.at)
    number = as_text(pinned)
    if isinstance(pinned, Absent):
        return Version.DEFAULT if _is_new(template) else _elsewhere(template, version)
    if number is not None and number == as_text(_latest(template)):
        return Version.DEFAULT
    if number == _FIRST and _is_new(template):
        return Version.FIRST
    return _elsewhere(template, pinned)


def _is_new(template: Resource) -> bool:
    """Return whether the declared content is the template's first version, considering imports, plans and states."""
    if template.is_imported:
        return False
    latest = _latest(template)
    return isinstance(latest, Absent) or as_text(latest) == _FIRST


def _latest(template: Resource) -> Value:
    return dig(template.properties, ("latest_version",))


def _elsewhere(template: Resource, version: Value) -> Unknown:
    match version:
        case Unknown():
            return Unknown(version.reasons, version.at, trail=version.trail)
        case Known(Text() as text) if text.reasons:
            return Unknown(text.reasons, version.at, trail=version.trail)
        case Absent():
            what = "the default version"
        case _:
            what = f"version {as_text(version) or '?'}"
    return Unknown((Reason(f"{what} of {template.address}", version.at),), version.at, trail=version.trail)


def _references(version: Value) -> Iterator[Ref]:
    """Yield the references in a version, alone or as the only part of a text."""
    if isinstance(version, Known | Unknown) and version.ref is not None:
        yield from version.ref.chain()
    match version:
        case Known(Text(pieces=(Hole(value=filling),))):
            yield from _references(filling)
        case _:
            pass
