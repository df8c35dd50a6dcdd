"""The modules that `terraform init` has installed in a root."""

from __future__ import annotations

import os
import re

from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.terraform.configuration import Reader, local_source, plain
from iplint.terraform.versions import ANY, allowed, padded, parse_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from iplint.syntax.tree import Node
    from iplint.terraform.source_map import DeclaredBlock
    from iplint.workspace import Workspace

MANIFEST = os.path.join(".terraform", "modules", "modules.json")
_ASKS = ("source", "version")
HOSTS = ("registry.terraform.io", "registry.opentofu.org")


class InstalledModule:
    """One module of the manifest: its directory, and the source and version that were requested."""

    __slots__ = ("directory", "source", "version")

    def __init__(self, directory: str, source: str, version: str) -> None:
        self.directory = directory
        self.source = source
        self.version = version

    def serves(self, source: str, constraint: str) -> bool:
        """Return whether this is the module that a call requests: the same registry module, in a version that it
        allows.

        Terraform rewrites the addresses of other sources, so these are not compared.
        """
        wanted, present = registry_address(source), registry_address(self.source)
        if wanted is None:
            return present is None
        numbers = parse_version(self.version)
        versions = allowed(constraint or ANY)
        if wanted != present or numbers is None or versions is None:
            return wanted == present
        version = padded(numbers)
        return versions.low <= version < versions.high


def registry_address(source: str) -> str | None:
    """Return a module's address in the public registry, `namespace/name/provider`, with `//subdirectory`; None for
    other sources.

    Terraform documentation, Module Sources: an address without a host is one of the public registry.
    """
    address, mark, inner = source.partition("//")
    parts = address.split("/")
    if len(parts) == 4 and parts[0] in HOSTS:
        parts = parts[1:]
    if len(parts) != 3 or not all(parts) or "." in parts[0] or ":" in address or parts[0] == "~":
        return None
    inner = inner.strip("/")
    return "/".join(parts) + (f"//{inner}" if mark and inner else "")


# A module of the registry is a repository on GitHub that is called so, and its versions are tags there.
_ON_GITHUB = re.compile(
    r"(?:git::)?(?:https://|ssh://)?(?:git@)?github\.com[/:]([\w-]+)/terraform-([a-z0-9]+)-([\w-]+?)(?:\.git)?"
    r"(?://([\w/.-]*?))?/?\?(?:depth=\d+&)?ref=(?:refs/)?(?:tags/)?v?(\d+\.\d+\.\d+)(?:&depth=\d+)?"
)


def tagged_address(source: str) -> tuple[str, str] | None:
    """Return the registry address and version of a module by its repository on GitHub and a tag; None for others."""
    found = _ON_GITHUB.fullmatch(source)
    if found is None:
        return None
    owner, system, name, inner, version = found.groups()
    return f"{owner}/{name}/{system}" + (f"//{inner}" if inner else ""), version


def read_manifest(reader: Reader, root: str) -> tuple[dict[str, InstalledModule], list[Notice]]:
    """Return the modules by the path of their call (`web`, `web.disk`), and what could not be read.

    Terraform and OpenTofu write the same file: `{"Modules": [{"Key": "web", "Source": ..., "Version": ..., "Dir":
    ".terraform/modules/web"}]}`, directories relative to the root's.
    """
    path = os.path.join(root, MANIFEST)
    if not reader.workspace.exists(path):
        return {}, []
    shown = reader.workspace.display_path(path)
    source = reader.source(path)
    if isinstance(source, str):
        return {}, [
            Notice(
                NoticeKind.UNRESOLVED,
                shown,
                f"the file {source}, so installed modules are not known",
                cause=NoticeCause.MODULE,
            )
        ]
    from iplint.syntax import yaml

    try:
        tree = yaml.parse(source)
    except SyntaxProblem as problem:
        return {}, [
            Notice(
                NoticeKind.UNRESOLVED,
                shown,
                f"installed modules are not known: {problem.reason}",
                problem.at,
                cause=NoticeCause.MODULE,
            )
        ]
    found: dict[str, InstalledModule] = {}
    for item in _items(tree):
        key, directory = _text(item, "Key"), _text(item, "Dir")
        if key and directory and "\0" not in directory:
            place = os.path.normpath(os.path.join(root, directory.replace("\\", "/")))
            found[key] = InstalledModule(place, _text(item, "Source"), _text(item, "Version"))
    return found, []


def compared(now: Workspace, here: str, before: Workspace, then: str) -> tuple[dict[str, str], list[str]]:
    """Compare the calls of a root module, and its installed modules, between two revisions.

    Return the directories of the modules whose calls are unchanged, by the paths of their calls, together with what
    these call themselves; and the paths of the other earlier calls. `here` and `then` are the directory of the root.
    """
    reader = Reader(now)
    entries, _ = read_manifest(reader, here)
    same, others = _same_calls(Reader(before), reader, then, here, entries)
    kept = {
        key: entry.directory
        for key, entry in entries.items()
        if any(key == call or key.startswith(f"{call}.") for call in same)
    }
    return kept, others


def _same_calls(
    before: Reader, now: Reader, then: str, here: str, keys: Collection[str], outer: str = ""
) -> tuple[set[str], list[str]]:
    """Return the paths of the calls of remote modules that are unchanged, and of those that have changed.

    `keys` are the calls with installed modules; others are ignored.
    """
    same: set[str] = set()
    others: list[str] = []
    calls = now.module(here).calls
    for name, call in before.module(then).calls.items():
        key = f"{outer}.{name}" if outer else name
        source = plain(call.body.attributes.get("source"))
        if source is None or not any(other == key or other.startswith(f"{key}.") for other in keys):
            continue
        later = calls.get(name)
        inner = local_source(then, call)
        target = local_source(here, later) if later is not None else None
        if inner is not None and target is not None:
            found, missing = _same_calls(before, now, inner, target, keys, key)
            same |= found
            others += missing
        elif later is not None and _asks(later) == _asks(call) is not None:
            same.add(key)
        else:
            others.append(key)
    return same, others


def _asks(call: DeclaredBlock) -> tuple[str, str] | None:
    """Return the source and version of a call; None where either is computed."""
    texts = [plain(attribute) if attribute is not None else "" for attribute in map(call.body.attributes.get, _ASKS)]
    source, version = texts
    return (source, version) if source is not None and version is not None else None


def _items(tree: Node | None) -> list[Mapping]:
    listed = tree.get("Modules") if isinstance(tree, Mapping) else None
    return [item for item in listed.items if isinstance(item, Mapping)] if isinstance(listed, Sequence) else []


def _text(item: Mapping, key: str) -> str:
    node = item.get(key)
    return node.text if isinstance(node, Scalar) and isinstance(node.value, str) else ""
