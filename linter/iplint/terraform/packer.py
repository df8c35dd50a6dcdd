"""Packer's templates: a directory of `*.pkr.hcl` and `*.pkr.json` files as a root of its own.

Packer documentation, HCL Templates: the language and its evaluation are Terraform's, the blocks are different. A source
launches the instance from which an image is made; a build runs provisioners on the instances of its sources.
"""

from __future__ import annotations

from iplint.aws.marks import PACKER_SUFFIXES, PACKER_VALUE_SUFFIXES
from iplint.budget import charge
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax.hcl_tree import Attribute, Block, Body, TupleCons
from iplint.terraform.configuration import Module, Reader, fill, plain, plain_text, relocated_attribute
from iplint.terraform.source_map import DeclaredBlock, RelocatedBlock
from iplint.terraform.variables import is_sensitive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeVar

    from iplint.location import Source
    from iplint.terraform.source_map import SourceMap

    K = TypeVar("K")

# Packer documentation, JSON Syntax Reference: the blocks at the top and those inside, and how many labels each has.
LABELS = {
    "build": 0,
    "data": 2,
    "local": 1,
    "locals": 0,
    "packer": 0,
    "source": 2,
    "variable": 1,
    "variables": 0,
}
NESTED = {
    "dynamic": 1,
    "error-cleanup-provisioner": 1,
    "hcp_packer_registry": 0,
    "post-processor": 1,
    "post-processors": 0,
    "provisioner": 1,
    "source": 1,
    "validation": 0,
}
# What it costs to look at a build that may use a source, in steps of a budget.
STEPS_A_BUILD = 4
PROVISIONERS = ("provisioner", "error-cleanup-provisioner")


class Build:
    """A build block; `address` is set once the number of builds is known."""

    __slots__ = ("address", "declared")

    def __init__(self, declared: DeclaredBlock) -> None:
        self.declared = declared
        self.address = "build"

    @property
    def name(self) -> str | None:
        """Return the name of the build."""
        return plain(self.declared.body.attributes.get("name"))

    def provisioners(self) -> Iterator[tuple[Block, str]]:
        """Yield the provisioners and their addresses."""
        kinds: dict[str, list[Block]] = {}
        for block in self.declared.body.blocks:
            if block.type in PROVISIONERS:
                kinds.setdefault(".".join((block.type, *block.labels)), []).append(block)
        addresses: dict[Block, str] = {}
        for kind, alike in kinds.items():
            for number, block in enumerate(alike):
                addresses[block] = f"{self.address}.{kind}{f'[{number}]' if len(alike) > 1 else ''}"
        for block in self.declared.body.blocks:
            if block in addresses:
                yield block, addresses[block]

    def used(self) -> Iterator[tuple[str, Block | None]]:
        """Yield the sources that it uses (`amazon-ebs.web`), each with the block that adds settings to it, if there is
        one.
        """
        for label in self._listed():
            if label is not None:
                yield label.removeprefix("source."), None
        for block in self.declared.body.blocks:
            if block.type == "source" and block.labels:
                sets = block.body.blocks or any(name != "name" for name in block.body.attributes)
                yield block.labels[0].removeprefix("source."), block if sets else None

    @property
    def is_open(self) -> bool:
        """Return whether it may use sources that are not named literally."""
        return None in self._listed() or any(
            block.type == "dynamic" and "source" in block.labels for block in self.declared.body.blocks
        )

    def _listed(self) -> list[str | None]:
        """Return the list of its sources; None for computed ones."""
        attribute = self.declared.body.attributes.get("sources")
        if attribute is None:
            return []
        return [plain_text(item) for item in attribute.expr.items] if isinstance(attribute.expr, TupleCons) else [None]


class PackerModule(Module):
    """The blocks of a directory of Packer templates, or of one file in it, `only`.

    `uses` are the sources with the settings that a build adds: in `resources` they replace the source, unless another
    build uses it unchanged. `clashes` says that files declare the same name, so that each is built separately.
    """

    def __init__(self, directory: str, shown: str, only: str | None = None) -> None:
        super().__init__(directory, shown)
        self._only = only
        self.builds: list[Build] = []
        self.open: set[Build] = set()
        self.plain: dict[str, dict[Build, None]] = {}
        self.setting: dict[DeclaredBlock, Build] = {}
        self.uses: dict[DeclaredBlock, tuple[str, str]] = {}
        self.clashes = False

    def chosen(self, names: list[str]) -> list[str]:
        """See Module.chosen."""
        return [name for name in names if name.endswith(PACKER_SUFFIXES) and self._only in (None, name)]

    @property
    def grammar(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """See Module.grammar."""
        return LABELS, NESTED

    def _add_block(self, found: DeclaredBlock) -> None:
        first, second = found.label(0), found.label(1)
        match found.block.type:
            case "source":
                self.resources.append(found)
                self._name(self.managed, (first, second), found, f"source {first}.{second}")
            case "data" | "variable":
                super()._add_block(found)
            case "variables":
                for name, attribute in found.body.attributes.items():
                    self._name(self.variables, name, _variable(attribute, found.source_map), f"variable {name}")
            case "locals":
                for name, attribute in found.body.attributes.items():
                    self._local(name, attribute, found.source_map)
            case "local" if "expression" in found.body.attributes:
                self._local(first, found.body.attributes["expression"], found.source_map)
                if is_sensitive(found):
                    self.sensitive_locals.add(first)
            case "build":
                self.builds.append(Build(found))
            case _:
                self.others.append(found)

    def _name(self, named: dict[K, DeclaredBlock], key: K, found: DeclaredBlock, what: str) -> None:
        super()._name(named, key, found, what)
        self.clashes = self.clashes or named[key].source_map is not found.source_map

    def _local(self, name: str, attribute: Attribute, source_map: SourceMap) -> None:
        _, other = self.locals.setdefault(name, (attribute, source_map))
        self.clashes = self.clashes or other is not source_map

    def building(self, source: DeclaredBlock) -> list[Build]:
        """Return the builds that use a source, in the order of the text; only one uses a source with added settings."""
        setting = self.setting.get(source)
        if setting is not None:
            return [setting]
        found = self.plain.get(f"{source.label(0)}.{source.label(1)}", {})
        charge(STEPS_A_BUILD * (len(self.builds) if self.open else len(found)))
        return [build for build in self.builds if build in found or build in self.open] if self.open else [*found]

    def settle(self) -> None:
        """Name the builds, and merge sources with the settings that builds add."""
        unnamed = {build: number for number, build in enumerate(one for one in self.builds if one.name is None)}
        for build in self.builds:
            number = f"[{unnamed[build]}]" if build in unnamed and len(unnamed) > 1 else ""
            build.address = f"build.{build.name}" if build.name is not None else f"build{number}"
        self.open = {build for build in self.builds if build.is_open}
        plainly: set[DeclaredBlock] = set()
        replaced: set[DeclaredBlock] = set()
        addresses: dict[str, int] = {}
        for build in self.builds:
            for label, block in build.used():
                type, _, name = label.partition(".")
                base = self.managed.get((type, name))
                if block is None:
                    self.plain.setdefault(label, {})[build] = None
                else:
                    merged = _merged(base, block, build.declared.source_map)
                    called = plain(block.body.attributes.get("name")) or name
                    address = f"{build.address}.source.{type}.{called}"
                    same = addresses.get(address, 0)
                    addresses[address] = same + 1
                    self.setting[merged] = build
                    self.uses[merged] = f"{address}[{same}]" if same else address, f"{type}.{called}"
                if base is not None:
                    (plainly if block is None else replaced).add(base)
                else:
                    at = build.declared.at if block is None else build.declared.source_map.header(block)
                    self.notices.append(
                        Notice(
                            NoticeKind.UNRESOLVED,
                            at.path,
                            f"source.{label} is not declared",
                            at,
                            cause=NoticeCause.DECLARATION,
                        )
                    )
        kept = [found for found in self.resources if found in plainly or found not in replaced]
        self.resources = [*kept, *self.uses]


def _merged(base: DeclaredBlock | None, block: Block, source_map: SourceMap) -> DeclaredBlock:
    """Return a source with the settings that a build adds.

    Packer documentation, build.source block: settings of the build are added to those of the source.
    """
    body = Body()
    if base is not None:
        for name, attribute in base.body.attributes.items():
            body.attributes[name] = relocated_attribute(attribute, base.source_map)
        body.blocks += [RelocatedBlock(nested, base.source_map) for nested in base.body.blocks]
    body.attributes |= {name: value for name, value in block.body.attributes.items() if name != "name"}
    body.blocks += block.body.blocks
    type, _, name = block.labels[0].removeprefix("source.").partition(".")
    return DeclaredBlock(Block(block.start, block.open, block.end, "source", [type, name], body), source_map)


def _variable(attribute: Attribute, source_map: SourceMap) -> DeclaredBlock:
    """Return an entry of a `variables` block, which contains only defaults, as a variable."""
    start, end = attribute.start, attribute.name_end
    body = Body()
    body.attributes["default"] = Attribute(start, end, attribute.end, "default", attribute.expr)
    return DeclaredBlock(Block(start, end, attribute.end, "variable", [attribute.name], body), source_map)


class PackerReader(Reader):
    """Read one directory of Packer templates, or one file of it; texts are read through another reader."""

    own_values = (), (".auto.pkrvars.hcl", ".auto.pkrvars.json")
    value_suffixes = PACKER_VALUE_SUFFIXES

    def __init__(self, reader: Reader, directory: str, only: str | None = None) -> None:
        super().__init__(reader.workspace)
        self._texts = reader
        self.packer = PackerModule(directory, reader.workspace.display_path(directory), only)
        fill(self.packer, self)
        self.packer.settle()

    def module(self, directory: str) -> Module:
        """See Reader.module; no other directory is called."""
        del directory
        return self.packer

    def source(self, path: str) -> Source | str:
        """See Reader.source."""
        return self._texts.source(path)
