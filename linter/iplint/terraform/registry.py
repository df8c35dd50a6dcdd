"""Well-known modules of the public registry whose code is not here: find their stubs, and make modules of these.

The place of everything in a stub is the module call.
"""

from __future__ import annotations

from iplint.location import Origin, Source, Span
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import Block
from iplint.terraform.configuration import Module
from iplint.terraform.installed import registry_address, tagged_address
from iplint.terraform.source_map import SourceMap
from iplint.terraform.stubs.table import MODULES
from iplint.terraform.versions import ANY, LAST, Allowed, allowed, padded, parse_version
from iplint.value import Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.syntax.hcl_tree import Body, TemplateText
    from iplint.terraform.source_map import DeclaredBlock, Node
    from iplint.terraform.stubs.table import ModuleTable
    from iplint.value import Hole


class ModuleStub(Module):
    """The stub for a registry module, in the versions that the call allows."""

    def __init__(self, source: str, shown: str, versions: Allowed) -> None:
        super().__init__(f"registry {source}", shown)
        self.stub_of = source
        self.versions = versions


class CallSourceMap(SourceMap):
    """The source map of a stub: every place is that of the module call."""

    __slots__ = ("_at",)

    def __init__(self, text: str, at: Span) -> None:
        super().__init__(Source(at.path, text))
        self._at = at

    def span(self, start: int, end: int) -> Span:
        """See SourceMap.span."""
        del start, end
        return self._at

    def of(self, node: Node) -> Span:
        """See SourceMap.of. A whole block has no place: nothing else in the call is inside it."""
        if isinstance(node, Block):
            return Span(self._at.source, self._at.start, self._at.start)
        return self._at

    def pieces(self, part: TemplateText) -> tuple[Chunk | Hole, ...]:
        """See SourceMap.pieces."""
        return (Chunk(part.text, Origin(self._at)),)


def module_stub(caller: Module, call: DeclaredBlock, source: str, constraint: str) -> ModuleStub | None:
    """Return the stub for a module; None when it, or a version that the call allows, is not known."""
    address = registry_address(source)
    if address is None and (tagged := tagged_address(source)) is not None:
        address, constraint = tagged
    tables = MODULES.get(address, ()) if address is not None else ()
    # A module that is part of another comes in the other's version.
    versions = caller.versions if isinstance(caller, ModuleStub) else allowed(constraint or ANY)
    if address is None or versions is None:
        return None
    # Of the versions that a call allows, the newest is installed.
    known = next((table for table in tables if versions.meets(table.first, table.beyond)), None)
    if known is None:
        return None
    if not constraint and not isinstance(caller, ModuleStub):
        # Without a constraint the newest version is installed.
        newest = known.beyond[0] - 1
        versions = Allowed((newest, LAST, 0), (newest, LAST, 1))
    module = ModuleStub(address, call.at.path, versions)
    source_map = CallSourceMap(known.text, call.at)
    body, _ = hcl.parse(source_map.source)
    module.add(body, source_map)
    for name, variable in module.variables.items():
        _choose(name, variable.body, module, known)
    return module


def _choose(name: str, body: Body, module: ModuleStub, known: ModuleTable) -> None:
    """Keep the default that a variable has in all possible versions; remove it when they differ.

    Of a variable that is not an input, a version without a default says that it is not known there.
    """
    default = body.attributes.get("default")
    ages = [(known.first, default)]
    for block in body.blocks:
        ages.append((padded(parse_version(block.labels[0]) or ()), block.body.attributes.get("default")))
    body.blocks = []
    ends = [*(start for start, _ in ages[1:]), known.beyond]
    chosen = [written for (start, written), end in zip(ages, ends, strict=True) if module.versions.meets(start, end)]
    body.attributes.pop("default", None)
    if len(chosen) == 1 and chosen[0] is not None:
        body.attributes["default"] = chosen[0]
    elif len(chosen) > 1 or name.startswith("_"):
        module.unsettled[name] = f"the version of module {module.stub_of}"
