"""Where the parts of a planned resource are written in the `.tf` files of its module."""

from __future__ import annotations

from iplint.location import Origin
from iplint.resource import NoticeKind
from iplint.syntax.hcl_tree import Name, ObjectCons, TemplateExpr, TemplateText, TupleCons
from iplint.terraform.body import produced_type
from iplint.terraform.configuration import local_source, plain, plain_text
from iplint.terraform.source_map import Relocated, RelocatedBlock
from iplint.value import Chunk, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.syntax.hcl_tree import Block, Body, Expr
    from iplint.terraform.configuration import Module, Reader
    from iplint.terraform.plan.address import Path
    from iplint.terraform.source_map import DeclaredBlock, SourceMap


class Spot:
    """The innermost known place of a part of a resource.

    `found` says whether it is the place of the part itself: false when the part is not written, None when that is
    unknown.
    """

    __slots__ = ("_blocks", "_body", "_expr", "_source_map", "at", "found")

    def __init__(
        self,
        source_map: SourceMap,
        at: Span,
        body: Body | None = None,
        blocks: list[Block] | None = None,
        expr: Expr | None = None,
        found: bool | None = True,
    ) -> None:
        self._source_map = source_map
        self._body = body
        self._blocks = blocks
        self._expr = expr
        self.at = at
        self.found = found

    @classmethod
    def of(cls, declared: DeclaredBlock) -> Spot:
        """Return the place of a block."""
        return cls(declared.source_map, declared.at, declared.body)

    @property
    def is_dynamic(self) -> bool:
        """Return whether it is a dynamic block, which the plan's configuration does not contain."""
        return self._blocks is not None and any(block.type == "dynamic" for block in self._blocks)

    def _missing(self) -> Spot:
        seen = self._body is not None or isinstance(self._expr, ObjectCons) or self.found is False
        return Spot(self._source_map, self.at, found=False if seen else None)

    def member(self, name: str) -> Spot:
        """Return where an argument, a nested block or a member of an object is written."""
        if self._body is not None:
            attribute = self._body.attributes.get(name)
            if attribute is not None:
                return self._expression(attribute.expr)
            blocks = [block for block in self._body.blocks if produced_type(block) == name]
            if blocks:
                source_map = _source_map(blocks[0], self._source_map)
                return Spot(source_map, source_map.header(blocks[0]), blocks=blocks)
        elif self._blocks is not None:
            # A single nested block has no index.
            return self.item(0).member(name)
        elif isinstance(self._expr, ObjectCons):
            for key, value in self._expr.items:
                if _key_name(key) == name:
                    return self._expression(value)
        return self._missing()

    def item(self, index: int) -> Spot:
        """Return where an item of a list is written."""
        if self._blocks is not None:
            # One dynamic block makes all items; among several blocks, nobody knows which made which.
            single = len(self._blocks) == 1
            if single or (index < len(self._blocks) and not self.is_dynamic):
                block = self._blocks[0 if single else index]
                source_map = _source_map(block, self._source_map)
                return Spot(source_map, source_map.header(block), _content(block))
        elif isinstance(self._expr, TupleCons) and index < len(self._expr.items):
            return self._expression(self._expr.items[index])
        elif isinstance(self._expr, ObjectCons) and index == 0:
            # JSON configuration may write a single nested block without a list around it.
            return self
        return Spot(self._source_map, self.at, found=self.found)

    def _expression(self, expr: Expr) -> Spot:
        source_map = self._source_map
        while isinstance(expr, Relocated):
            source_map, expr = expr.source_map, expr.inner
        return Spot(source_map, source_map.of(expr), expr=expr)

    def origin(self, text: str) -> Origin:
        """Return the origin of the characters of a text: letter by letter where it is written literally."""
        expr = self._expr
        if isinstance(expr, TemplateExpr) and len(expr.parts) == 1 and plain_text(expr) == text:
            part = expr.parts[0]
            if isinstance(part, TemplateText):
                piece = self._source_map.pieces(part)[0]
                return piece.origin if isinstance(piece, Chunk) else Origin(self.at)
        return Origin(self.at)


def _source_map(block: Block, around: SourceMap) -> SourceMap:
    return block.source_map if isinstance(block, RelocatedBlock) else around


def _content(block: Block) -> Body:
    if block.type != "dynamic":
        return block.body
    return next((nested.body for nested in block.body.blocks if nested.type == "content"), block.body)


def _key_name(key: Expr) -> str | None:
    return key.name if isinstance(key, Name) else plain_text(key)


class Places:
    """The module in a directory, and the local modules that it calls."""

    __slots__ = ("_directory", "_modules", "_reader")

    def __init__(self, reader: Reader, directory: str) -> None:
        self._reader = reader
        self._directory = directory
        self._modules: dict[tuple[str, ...], Module | None] = {}

    @property
    def display_path(self) -> str:
        """Return the directory as a display path."""
        return self._reader.module(self._directory).shown

    def module(self, names: tuple[str, ...]) -> Module | None:
        """Return the module that these calls lead to, outermost first; None where a call leads to a module that is not
        local.
        """
        if names not in self._modules:
            self._modules[names] = self._find(names)
        return self._modules[names]

    def _find(self, names: tuple[str, ...]) -> Module | None:
        if not names:
            return self._reader.module(self._directory)
        caller = self.module(names[:-1])
        call = caller.calls.get(names[-1]) if caller is not None else None
        directory = local_source(caller.directory, call) if caller is not None and call is not None else None
        if directory is None or not self._reader.is_dir(directory):
            return None
        return self._reader.module(directory)

    def resource(self, path: Path, data: bool, type: str, name: str) -> DeclaredBlock | None:
        """Return the block of a resource."""
        module = self.module(tuple(call for call, _ in path))
        if module is None:
            return None
        return (module.read if data else module.managed).get((type, name))

    def provider(self, path: Path, name: str, alias: str) -> Spot | None:
        """Return the configuration of a provider."""
        module = self.module(tuple(call for call, _ in path))
        for declared in module.providers if module is not None else ():
            if declared.label(0) == name and (plain(declared.body.attributes.get("alias")) or "") == alias:
                return Spot.of(declared)
        return None

    def calls(self, path: Path) -> tuple[Step, ...]:
        """Return the calls that lead to a module, innermost first."""
        names = tuple(call for call, _ in path)
        steps: list[Step] = []
        for depth in range(len(names), 0, -1):
            caller = self.module(names[: depth - 1])
            call = caller.calls.get(names[depth - 1]) if caller is not None else None
            if call is not None:
                steps.append(Step(call.at, f'module "{names[depth - 1]}" is called here'))
        return tuple(steps)

    def unread(self) -> list[tuple[str, str, Span | None]]:
        """Return the path, message and place of everything that could not be read in the modules used so far."""
        return [
            (notice.path, notice.message, notice.at)
            for module in self._modules.values()
            if module is not None
            for notice in module.notices
            if notice.kind == NoticeKind.UNREADABLE
        ]
