"""The blocks about what is in the account already: `moved`, with the addresses that resources had before, `import` and
`removed`.
"""

from __future__ import annotations

import re

from iplint.syntax.hcl_tree import Literal
from iplint.terraform.configuration import local_source, plain
from iplint.terraform.source_map import Relocated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from iplint.syntax.hcl_tree import Block, Expr
    from iplint.terraform.configuration import Module, Reader
    from iplint.terraform.source_map import DeclaredBlock

    # The new address and the one before, each in steps.
    Move: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
    Renamed: TypeAlias = tuple[tuple[str, str], ...]

# One address has few before it; more than this is a loop or an attack.
MAX_FORMER = 50
_INDEX = r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]"
_STEP = rf"(?P<name>[^\W\d][\w-]*\.[^\W\d][\w-]*)(?P<index>{_INDEX})?(?:\.|\Z)"


def steps(address: str) -> tuple[str, ...]:
    """Return the steps of an address with their indexes (`module.a[0]`, `aws_instance.b`); empty for anything else."""
    found: list[str] = []
    at = 0
    while at < len(address):
        step = re.compile(_STEP).match(address, at)
        if step is None:
            return ()
        found.append(step["name"] + (step["index"] or ""))
        at = step.end()
    return tuple(found)


def former(address: str, places: Sequence[str], reader: Reader) -> Iterator[tuple[str, str | None, Renamed]]:
    """Return the earlier addresses of a resource, the latest first.

    `places` are the directories of the root module and of each module on the path to the resource. Each address comes
    with the directory in which the resource was declared (None where that may be any), and with its new names, each
    mapped to the earlier one. Terraform documentation, Refactor modules: the blocks of a module name resources in it
    and in the modules that it calls, and may follow one another.
    """
    waiting: list[tuple[tuple[str, ...], tuple[str, ...], Renamed]] = [(steps(address), tuple(places), ())]
    seen = {waiting[0][0]}
    while waiting:
        whole, directories, renamed = waiting.pop(0)
        for depth, directory in enumerate(directories):
            module = reader.module(directory)
            for new, old in _moves(module):
                inner = whole[depth:]
                rest = _behind(new, inner)
                if rest is None or _is_declared(module, old, new, reader):
                    continue
                before = (*whole[:depth], *_indexed(old, new, inner), *rest)
                if before in seen or len(seen) > MAX_FORMER:
                    continue
                seen.add(before)
                names = (*renamed, *_names(new, old))
                yield ".".join(before), directory if len(before) == depth + 1 else None, names
                # What is deeper is where it was only if the module on the way is the same.
                is_same = len(old) == len(new) and bool(rest)
                waiting.append((before, directories if is_same else directories[: depth + 1], names))


def _moves(module: Module) -> Iterator[Move]:
    """Yield the moves of a module."""
    for block in module.others:
        if block.block.type == "moved":
            new, old = steps(_address(block, "to")), steps(_address(block, "from"))
            if new and old:
                yield new, old


def _address(block: DeclaredBlock, name: str) -> str:
    """Return the address in an argument, a reference or, in JSON, a string."""
    attribute = block.body.attributes.get(name)
    if attribute is None:
        return ""
    written = plain(attribute)
    if written is not None:
        return written
    expr: Expr = attribute.expr
    source_map = block.source_map
    while isinstance(expr, Relocated):
        source_map = expr.source_map
        expr = expr.inner
    return source_map.source.text[expr.start : expr.end]


def _bare(step: str) -> str:
    """Return a step without its index."""
    return step.partition("[")[0]


def _behind(new: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the steps of an address after those that a move produced; None where the move does not apply.

    A step without an index names all instances. The index of the resource itself is never compared: its instances are
    one fact.
    """
    if len(new) > len(inner):
        return None
    for number, (wanted, step) in enumerate(zip(new, inner, strict=False)):
        is_resource = number == len(inner) - 1
        if _bare(wanted) != _bare(step) or (not is_resource and wanted not in (step, _bare(step))):
            return None
    return inner[len(new) :]


def _indexed(old: tuple[str, ...], new: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...]:
    """Return the former steps, the last with the index that the instances of a moved module keep."""
    kept = inner[len(new) - 1].removeprefix(new[-1])
    return (*old[:-1], old[-1] + kept) if kept and _bare(old[-1]) == old[-1] and _is_module(old) else old


def _is_module(address: tuple[str, ...]) -> bool:
    return address[-1].startswith("module.")


def _is_declared(module: Module, old: tuple[str, ...], new: tuple[str, ...], reader: Reader) -> bool:
    """Return whether the source of a move is still declared, so that nothing has moved."""
    if tuple(map(_bare, old)) == tuple(map(_bare, new)):
        return False  # the same block, with other instances
    for number, step in enumerate(old):
        kind, _, name = _bare(step).partition(".")
        if kind != "module":
            return (kind, name) in module.managed
        call = module.calls.get(name)
        if call is None:
            return False
        if number == len(old) - 1:
            return True
        directory = local_source(module.directory, call)
        if directory is None or not reader.is_dir(directory):
            return False
        module = reader.module(directory)
    return False


def _names(new: tuple[str, ...], old: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the names in which two addresses differ, as references and as labels."""
    last_new, last_old = _bare(new[-1]), _bare(old[-1])
    if last_new != last_old:
        yield last_new, last_old
        for one, other in zip(last_new.split("."), last_old.split("."), strict=True):
            if one != other:
                yield f'"{one}"', f'"{other}"'


def imported(module: Module) -> frozenset[str]:
    """Return the addresses, without indexes, that the import blocks of a root module bring in."""
    blocks = (block for block in module.others if block.block.type == "import")
    return frozenset(unindexed(address) for block in blocks if (address := _address(block, "to")))


def unindexed(address: str) -> str:
    """Return an address without the indexes of modules and resources."""
    first, *others = "".join(address.split()).split("[")
    return first + "".join(other.partition("]")[2] for other in others)


def left_behind(module: Module) -> Iterator[tuple[str, DeclaredBlock]]:
    """Yield what is in the account and not in a module, by its address in the module.

    Removed blocks leave it there; import blocks bring it in, and Terraform generates the block.
    """
    for block in module.others:
        if block.block.type == "removed" and any(_keeps(inner) for inner in block.body.blocks):
            yield _address(block, "from"), block
        elif block.block.type == "import":
            address = _address(block, "to")
            type, _, name = unindexed(address).partition(".")
            if type != "module" and (type, name) not in module.managed:
                yield address, block


def _keeps(block: Block) -> bool:
    destroy = block.body.attributes.get("destroy") if block.type == "lifecycle" else None
    written = destroy.expr if destroy is not None else None
    while isinstance(written, Relocated):
        written = written.inner
    return destroy is not None and not (isinstance(written, Literal) and written.value is True)
