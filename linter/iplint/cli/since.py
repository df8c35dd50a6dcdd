"""The findings of an earlier revision as a baseline, so that a check reports only what a change introduces.

The files of the revision are checked out in a temporary directory and checked there, in the same way. Git is only asked
for objects: no hook, filter or other program that a repository names is run.
"""

from __future__ import annotations

import os
import re
import shutil
import stat

from iplint import git_tree, temporary
from iplint.baseline import Baseline, BaselineError, rooting
from iplint.cli.arguments import top_of
from iplint.cli.command import UsageError
from iplint.config import items_of, members_of
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.workspace import MAX_BYTES, Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from iplint.cli.request import Request

_SHOWN_MODULES = ".terraform/modules"
_MODULES = os.path.join(*_SHOWN_MODULES.split("/"))
_MANIFEST = "modules.json"
# Each is laid out and checked.
MAX_MERGE_BASES = 8


class Since:
    """The findings at the merge base of the working tree and a revision.

    `found` are the findings of a check there, under the current names of files, and `baseline` the content of its
    baseline file; None without one. `notices` name what could not be checked there; findings that depend on it count as
    new.

    Raises UsageError when there is no git, no such revision, or no merge base.
    """

    __slots__ = ("baseline", "found", "notices")

    def __init__(self, revision: str, case: Request, baseline: str | None) -> None:
        top = top_of(case.working)
        rooted = rooting(top, case.working)
        try:
            bases = [_Base(top, base, revision, case, baseline) for base in _merge_bases(top, revision)]
        except OSError as error:
            raise UsageError(f"--since cannot lay out the merge base: {error.strerror}") from None
        self.notices = [notice for base in bases for notice in base.notices]
        # Where several commits are the last in common, only what was found in all of them is known.
        found, known = bases[0].found, bases[0].baseline
        for base in bases[1:]:
            found.entries &= base.found.entries
            found.notices &= base.found.notices
            if known is not None and base.baseline is not None:
                known.entries &= base.baseline.entries
                known.notices &= base.baseline.notices
            else:
                known = None
        self.found = Baseline(found.entries, rooted, notices=found.notices)
        self.baseline = known


class _Base:
    """One commit, checked out and checked; its fields are those of Since."""

    __slots__ = ("_case", "_links", "_revision", "_there", "_top", "baseline", "found", "notices")

    def __init__(self, top: str, commit: str, revision: str, case: Request, baseline: str | None) -> None:
        self._top = top
        self._revision = revision
        self._case = case
        self.notices: list[Notice] = []
        self._links: list[tuple[str, bytes]] = []
        renamed = dict(_renamed(top, commit))
        with temporary.directory(top) as self._there:
            self._lay_out(top, commit)
            self._link()
            self._install()
            working = self._moved(case.working)
            os.makedirs(working, exist_ok=True)
            other = case.before(self._there, working, self._moved)
            # What lies elsewhere has no history here, so all of it is new.
            inside = self._there + os.sep
            other.paths = [path for path in other.paths if (os.path.realpath(path) + os.sep).startswith(inside)]
            rooted = rooting(self._there, working)
            report, _ = other.check()
            self.found = Baseline.of(report, lambda shown: renamed.get(rooted(shown), rooted(shown)))
            self.baseline = self._read_baseline(baseline, renamed) if baseline is not None else None

    def _moved(self, path: str) -> str:
        """Return the path of the same file in the commit; the unchanged path outside of the repository."""
        inner = os.path.relpath(os.path.join(self._case.working, path), self._top)
        is_outside = inner == os.pardir or inner.startswith(os.pardir + os.sep)
        return path if is_outside else os.path.normpath(os.path.join(self._there, inner))

    def _read_baseline(self, path: str, renamed: Mapping[str, str]) -> Baseline | None:
        """Return the baseline of the commit, under the current names of files; empty if it is invalid."""
        workspace = Workspace(self._there, self._there)
        moved = self._moved(path)
        if moved == path or not workspace.is_dir(os.path.dirname(moved)) or os.path.islink(moved):
            return None
        try:
            found = Baseline.read(moved, path, rooting(self._top, self._case.working))
        except BaselineError:
            return None
        return found.under(renamed)

    def _lay_out(self, top: str, commit: str) -> None:
        """Write the files of a commit and of its submodules; collect the links."""
        target = os.path.normpath(os.path.join(self._there, os.path.relpath(top, self._top)))
        os.makedirs(os.path.join(target, ".git"), exist_ok=True)
        try:
            entries = list(git_tree.listed(top, commit))
            for entry, data in git_tree.contents(top, [one for one in entries if one.size <= MAX_BYTES]):
                file = os.path.join(target, entry.path)
                if entry.mode == git_tree.LINK:
                    self._links.append((file, data))
                    continue
                os.makedirs(os.path.dirname(file), exist_ok=True)
                with open(file, "wb") as opened:
                    opened.write(data)
        except git_tree.GitError as error:
            raise UsageError(f"--since: {error}") from None
        for path, name in ((one.path, one.name) for one in entries if one.mode == git_tree.SUBMODULE):
            inner = os.path.join(top, path)
            is_here = os.path.realpath(inner) == os.path.join(os.path.realpath(top), path)
            try:
                if not is_here or not os.path.lexists(os.path.join(inner, ".git")):
                    continue
                self._lay_out(inner, name)
            except UsageError:
                message = f"{self._revision} has another commit of this submodule, which is not here: findings are new"
                self.notices.append(
                    Notice(NoticeKind.UNRESOLVED, self._shown(inner), message, cause=NoticeCause.REVISION)
                )

    def _link(self) -> None:
        """Create the links after all files, so that no file is written through a link."""
        for file, data in self._links:
            place = os.path.dirname(file)
            if not os.path.lexists(file) and os.path.realpath(place) == place:
                os.makedirs(place, exist_ok=True)
                os.symlink(os.fsdecode(data), file)

    def _shown(self, path: str) -> str:
        return os.path.relpath(path, self._case.working).replace(os.sep, "/")

    def _install(self) -> None:
        """Copy installed modules to the roots that call them with the same source and version in both revisions."""
        tracked: set[str] = set()
        for directory, below, names in os.walk(self._top):
            if directory == self._top or ".git" in (*below, *names):  # the repository, or a submodule
                tracked.update(_tracked_modules(directory))
            below[:] = sorted(name for name in below if name not in (".git", "node_modules", ".terraform"))
            here = os.path.join(directory, _MODULES)
            then = self._moved(directory)
            there = os.path.join(then, _MODULES)
            is_own = os.path.realpath(here) == os.path.join(os.path.realpath(directory), _MODULES)
            # The commit may have a link on the way, which leads out of the temporary directory.
            is_inside = os.path.realpath(there) == there
            if os.path.isdir(then) and os.path.isdir(here) and is_own and is_inside and not os.path.lexists(there):
                if here in tracked:
                    self._new(directory, f"{_SHOWN_MODULES} is in the repository, but not in {self._revision}")
                else:
                    self._install_at(directory, then)

    def _new(self, directory: str, why: str) -> None:
        """Report that the merge base lacks a module of a directory."""
        message = f"{why}; findings that rest on it count as new"
        self.notices.append(Notice(NoticeKind.UNRESOLVED, self._shown(directory), message, cause=NoticeCause.REVISION))

    def _install_at(self, directory: str, then: str) -> None:
        from iplint.terraform.installed import compared

        workspace = Workspace(self._top, self._case.working)
        kept, others = compared(workspace, directory, Workspace(self._there, self._there), then)
        for key in others:
            what = f'module "{key}": {self._revision} calls it with another source or version'
            self._new(directory, f"{what}, which is not installed here")
        here, there = os.path.join(directory, _MODULES), os.path.join(then, _MODULES)
        # Each call has a directory of its own directly below; its module may lie deeper.
        for name in sorted({os.path.relpath(place, here).split(os.sep)[0] for place in kept.values()}):
            if name not in (os.curdir, os.pardir):
                _copy(os.path.join(here, name), os.path.join(there, name))
        if kept:
            manifest = workspace.read(os.path.join(here, _MANIFEST))
            os.makedirs(there, exist_ok=True)
            with open(os.path.join(there, _MANIFEST), "w", encoding="utf-8") as file:
                file.write(_filtered(manifest, kept))


def _filtered(manifest: bytes, kept: Collection[str]) -> str:
    """Return a module manifest restricted to some calls."""
    import json

    try:
        tree: object = json.loads(manifest)
    except ValueError:
        tree = None
    modules = items_of((members_of(tree) or {}).get("Modules")) or []
    return json.dumps({"Modules": [item for item in modules if (members_of(item) or {}).get("Key") in kept]})


def _copy(source: str, target: str) -> None:
    """Copy the files and links of a directory that may be read."""
    for directory, below, names in os.walk(source):
        below[:] = [name for name in below if name != ".git"]
        place = os.path.normpath(os.path.join(target, os.path.relpath(directory, source)))
        os.makedirs(place, exist_ok=True)
        for name in (*names, *(name for name in below if os.path.islink(os.path.join(directory, name)))):
            path = os.path.join(directory, name)
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                os.symlink(os.readlink(path), os.path.join(place, name))
            elif stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES:
                shutil.copyfile(path, os.path.join(place, name))


def _git(top: str, *arguments: str) -> bytes:
    """Return what git prints. Raises UsageError."""
    try:
        return git_tree.output(top, *arguments)
    except git_tree.GitError as error:
        raise UsageError(f"--since: {error}") from None


def _merge_bases(top: str, revision: str) -> list[str]:
    """Return the merge bases of a revision and the checked-out commit."""
    _refuse_ambiguous(top, revision)
    try:
        commit = _git(top, "rev-parse", "--verify", "--end-of-options", revision + "^{commit}").decode().strip()
    except UsageError:
        hint = "fetch it, or name a branch, tag or commit that git log shows"
        raise UsageError(f"--since {revision}: there is no such revision here; {hint}") from None
    try:
        found = _git(top, "merge-base", "--all", commit, "HEAD").decode().split()
    except UsageError:
        hint = "a shallow clone has to be fetched deeper"
        raise UsageError(f"--since {revision}: it has no commit in common with HEAD; {hint}") from None
    if len(found) > MAX_MERGE_BASES:
        raise UsageError(f"--since {revision}: it has {len(found)} merge bases with HEAD; merge it into HEAD first")
    return sorted(found)


def _refuse_ambiguous(top: str, revision: str) -> None:
    """Reject a name that several refs have: git prefers a local branch `origin/main` to the remote one."""
    name = re.split(r"[\^~:@]", revision, maxsplit=1)[0]
    refs = [prefix + name for prefix in ("refs/tags/", "refs/heads/", "refs/remotes/")]
    if not name or name.startswith("refs/"):
        return
    listed = _git(top, "for-each-ref", "--format=%(objectname) %(refname)", *refs).decode(errors="replace").splitlines()
    found = dict(line.split(" ", 1)[::-1] for line in listed)
    named = [ref for ref in refs if ref in found]
    if len({found[ref] for ref in named}) > 1:
        raise UsageError(f"--since {revision}: {' and '.join(named)} have that name; give the whole name of one")


def _renamed(top: str, base: str) -> Iterator[tuple[str, str]]:
    """Yield the files that were renamed since a commit, relative to the root of the repository: old and new name.

    Files that have exchanged their names are included; a file that is wholly rewritten counts as another one.
    """
    printed = _git(
        top,
        "diff",
        "--cached",
        "--no-ext-diff",
        "--ignore-submodules",
        "--break-rewrites",
        "--no-textconv",
        "--find-renames",
        "--diff-filter=R",
        "--name-status",
        "-z",
        base,
    )
    words = os.fsdecode(printed).split("\0")[:-1]
    yield from zip(words[1::3], words[2::3], strict=True)


def _tracked_modules(top: str) -> Iterator[str]:
    """Yield the directories of installed modules that git tracks now: a change may have added them."""
    listed = os.fsdecode(_git(top, "ls-files", "-z", "--cached", "--", f":(glob)**/{_SHOWN_MODULES}/**"))
    for path in listed.split("\0")[:-1]:
        yield os.path.join(top, *path.partition(_SHOWN_MODULES)[0].split("/")[:-1], _MODULES)
