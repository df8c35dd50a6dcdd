"""One Packer build in a scenario: the instances of its sources, and the files that provisioners upload."""

from __future__ import annotations

import os

from iplint.location import Origin
from iplint.resource import TextOccurrence, keep_all
from iplint.syntax.hcl_tree import Body, Name
from iplint.terraform.evaluate import ModuleInstance, RootModule, ScenarioState
from iplint.terraform.expression import evaluate
from iplint.terraform.files import FileFunctions
from iplint.terraform.packer import PROVISIONERS, PackerReader
from iplint.terraform.text_occurrences import TextFilter, Walk, comments, text_occurrences
from iplint.value import Absent, Known, Map, Reason, Seq, Text, Unknown, UnreadFile, as_text, literal_text, spread
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iplint.location import Span
    from iplint.resource import CanSkip
    from iplint.scenario import Scenario
    from iplint.syntax.hcl_tree import Attr, Block
    from iplint.terraform.configuration import Reader
    from iplint.terraform.packer import Build, PackerModule
    from iplint.terraform.scope import Scope
    from iplint.terraform.source_map import DeclaredBlock
    from iplint.value import Lazy, Value

# The provisioners whose texts go to the instance; those of others (shell-local, ansible) stay where Packer runs.
REMOTE = frozenset(
    (
        "ansible-local",
        "chef-client",
        "chef-solo",
        "file",
        "powershell",
        "puppet-masterless",
        "puppet-server",
        "salt-masterless",
        "shell",
        "windows-shell",
    )
)
# The arguments that name files which go to the instance as they are.
SCRIPTS = ("script", "scripts")
UPLOADS = ("source", "sources")
USER_DATA_FILE = "user_data_file"
# Packer documentation, Functions: what Terraform does not have, mostly known when a build runs; an environment variable
# may be empty.
FUNCTIONS = {
    "aws_secretsmanager": True,
    "aws_secretsmanager_raw": True,
    "clean_resource_name": True,
    "consul_key": True,
    "env": False,
    "isotime": True,
    "legacy_isotime": True,
    "legacy_strftime": True,
    "regex_replace": True,
    "strftime": True,
    "uuidv4": True,
    "vault": True,
}
# Packer documentation, Contextual Variables: known when a build runs.
CONTEXTUAL = frozenset(("build", "packer", "source"))


def packer_roots(
    reader: Reader, directory: str, variables: Mapping[str, str], var_files: Sequence[str]
) -> list[PackerRoot]:
    """Return the roots of a directory of templates: one for all files, or one a file when their names clash."""
    whole = PackerReader(reader, directory)
    readers = [whole]
    if whole.packer.clashes:
        names = reader.workspace.names(directory)
        readers = [PackerReader(reader, directory, name) for name in whole.packer.chosen(names)]
    return [PackerRoot(found, variables, var_files) for found in readers]


class PackerRoot(RootModule):
    """A run of `packer build`: the templates of a directory, or one of them."""

    def __init__(self, reader: PackerReader, variables: Mapping[str, str], var_files: Sequence[str]) -> None:
        self.packer = reader.packer
        super().__init__(reader, self.packer.directory, variables, var_files)
        # Nothing calls a template, so its defaults are what is built.
        self.library = False

    def instances(self, scenario: Scenario) -> Iterator[ModuleInstance]:
        """See RootModule.instances; there is only one."""
        yield self._only(scenario)

    def _only(self, scenario: Scenario) -> PackerInstance:
        return scenario.memo((self, "root"), lambda: PackerInstance(self, ScenarioState(scenario), self.packer))

    def text_occurrences(self, scenario: Scenario, silent: CanSkip = keep_all) -> Iterator[TextOccurrence]:
        """See Root.text_occurrences."""
        instance = self._only(scenario)
        yield from text_occurrences(instance, silent, self.note)
        yield from instance.built()
        yield from comments(self.packer, self.reader)


class PackerInstance(ModuleInstance):
    """A directory of Packer templates in one scenario."""

    def __init__(self, root: PackerRoot, run: ScenarioState, module: PackerModule) -> None:
        super().__init__(root, run, module)
        self.packer = module

    def call(self, name: str, args: list[Value], scope: Scope, at: Span) -> Value | None:
        """See EvalContext.call."""
        present = FUNCTIONS.get(name)
        if present is None:
            return super().call(name, args, scope, at)
        which = as_text(args[0]) if args and name == "env" else None
        what = f"the environment variable {which}" if which is not None else f"{name}(...)"
        return Unknown((Reason(what, at),), at, present)

    def reference(self, node: Attr, scope: Scope) -> Value | None:
        """See EvalContext.reference."""
        holder = node.object
        if isinstance(holder, Name) and holder.name in CONTEXTUAL and holder.name not in scope.bound:
            at = scope.span(node)
            return Unknown((Reason(f"{holder.name}.{node.name}", at),), at, True)
        return super().reference(node, scope)

    def variable(self, name: str, declared: DeclaredBlock) -> Value:
        """See ModuleInstance.variable; a variable whose default is read from the environment is an input too."""
        value = super().variable(name, declared)
        if name in self.root.given or not isinstance(value, Unknown) or value.input is not None:
            return value
        input = self.root.input(name, declared)
        return Unknown(value.reasons, value.at, value.present, value.trail, value.ref, input, value.identity)

    def address(self, declared: DeclaredBlock) -> str:
        """See ModuleInstance.address."""
        if declared.block.type != "source":
            return super().address(declared)
        used = self.packer.uses.get(declared)
        return used[0] if used is not None else f"source.{declared.label(0)}.{declared.label(1)}"

    def _body(self, declared: DeclaredBlock, address: str, scope: Scope) -> Value:
        """Return a source with its user data, and the addresses of the provisioners of its instance."""
        written = super()._body(declared, address, scope)
        if declared.block.type != "source" or not isinstance(written, Known) or not isinstance(written.value, Map):
            return written
        at = declared.at
        entries = written.value.entries()
        for found in self._user_data(declared, scope):
            entries.setdefault("user_data", (found.at, found))
        addresses: list[Lazy] = [Known(literal_text(found, Origin(at)), at) for found in self._provisioners(declared)]
        entries["provisioners"] = (at, Known(Seq(addresses), at))
        return Known(Map(entries), at)

    def _user_data(self, source: DeclaredBlock, scope: Scope) -> Iterator[Known[Text] | Unknown]:
        """Yield the text of the file that a source names as user data; an Unknown where it cannot be read."""
        attribute = source.body.attributes.get(USER_DATA_FILE) if source.block.type == "source" else None
        if attribute is not None:
            yield from self._files(evaluate(attribute.expr, scope), scope)

    def _provisioners(self, source: DeclaredBlock) -> Iterator[str]:
        """Yield the addresses of the provisioners that run on the instance of a source."""
        label = f"{source.label(0)}.{source.label(1)}"
        used = self.packer.uses.get(source)
        for build in self.packer.building(source):
            for block, address in build.provisioners():
                if (
                    block.labels[:1]
                    and block.labels[0] in REMOTE
                    and self._runs(block, build, used[1] if used else label)
                ):
                    yield address

    def _runs(self, block: Block, build: Build, source: str) -> bool:
        """Return whether a provisioner runs for a source, according to its `only` and `except`."""
        scope = self.scope(build.declared.source_map)
        for name, wanted in (("only", True), ("except", False)):
            attribute = block.body.attributes.get(name)
            if attribute is not None:
                listed = [as_text(item) for item in spread(evaluate(attribute.expr, scope))]
                named = {item.removeprefix("source.") for item in listed if item is not None}
                if None not in listed and (source in named) is not wanted:
                    return False
        return True

    def built(self) -> Iterator[TextOccurrence]:
        """Yield the texts of user data files, and of the builds: each provisioner with the files that it uploads."""
        for declared in self.packer.resources:
            for found in self._user_data(declared, self.scope(declared.source_map)):
                yield TextOccurrence(found, (USER_DATA_FILE,), self.address(declared), declared.label(0))
        for build in self.packer.builds:
            declared = build.declared
            scope = self.scope(declared.source_map)
            rest = Body()
            rest.attributes = declared.body.attributes
            # Settings that a build adds to a source are reported with the source.
            rest.blocks = [block for block in declared.body.blocks if block.type not in (*PROVISIONERS, "source")]
            yield from Walk(build.address, "", TextFilter(keep_all)).body(rest, scope, ())
            for block, address in build.provisioners():
                yield from self._provisioner(block, address, scope)

    def _provisioner(self, block: Block, address: str, scope: Scope) -> Iterator[TextOccurrence]:
        kind = block.labels[0] if block.labels else ""
        names = ("provisioner",) if kind in REMOTE else (f"provisioner {kind}",)
        yield from Walk(address, "", TextFilter(keep_all)).body(block.body, scope, names)
        for name, attribute in block.body.attributes.items():
            value = evaluate(attribute.expr, scope)
            if name == "env" and isinstance(value, Known) and isinstance(value.value, Map):
                # A value that is only a reference; other texts were reported where they are written.
                for key in value.value:
                    item = value.value.get(key)
                    if isinstance(item, Unknown) or (isinstance(item, Known) and item.input is not None):
                        yield TextOccurrence(item, (*names, name, key), address, "")
            if name in SCRIPTS or (kind == "file" and name in UPLOADS):
                for found in self._files(value, scope):
                    yield TextOccurrence(found, (*names, name), address, "")

    def _files(self, paths: Value, scope: Scope) -> Iterator[Known[Text] | Unknown]:
        """Yield the texts of the named files, an Unknown for each that cannot be read.

        Paths are relative to where Packer is run: the directory of the template, or one above it.
        """
        workspace = self.root.reader.workspace
        for path in spread(paths):
            name = as_text(path)
            if isinstance(path, Absent):
                continue
            if name is None:
                if isinstance(path, Unknown):
                    yield path
                continue
            directory = self.packer.directory
            while True:
                whole = os.path.join(directory, name)
                try:
                    if "\0" not in name and workspace.is_file(workspace.real(whole)):
                        found = FileFunctions(self.root.reader, directory).file([path], scope, path.at)
                        if isinstance(found, Known) and isinstance(found.value, Text):
                            yield Known(found.value, found.at)
                        break
                    above = os.path.dirname(directory)
                    workspace.real(above)
                except ReadError:
                    above = directory
                if above == directory:
                    reason = UnreadFile(f"the file {name!r}, which is not here", path.at, exists=False)
                    yield Unknown((reason,), path.at, True)
                    break
                directory = above
