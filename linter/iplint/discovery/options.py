"""Which files of some paths are read, and with which inputs."""

from __future__ import annotations

import os
import posixpath
from fnmatch import fnmatchcase

from iplint.workspace import ReadError, Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from iplint.module_sources import ModuleSources


class ParametersError(Exception):
    """A file of parameter values that cannot be used; the message names the file, the place and the reason."""


def given_parameters(paths: Sequence[str], working: str) -> dict[str, str]:
    """Return the CloudFormation parameter values in files; later files win. Raises ParametersError."""
    found: dict[str, str] = {}
    for path in paths:
        from iplint.cloudformation.parameter_files import ParameterFileError, read_parameters

        absolute = os.path.normpath(os.path.join(working, path))
        workspace = Workspace.around(os.path.dirname(absolute), working)
        try:
            found |= read_parameters(workspace.display_path(absolute), workspace.read(absolute))
        except ReadError as refused:
            raise ParametersError(f"{workspace.display_path(absolute)}: the file {refused}") from None
        except ParameterFileError as error:
            raise ParametersError(str(error)) from None
    return found


class Options:
    """Which files of some paths are read, and with which inputs.

    `parameters` are values of CloudFormation parameters, `variables` of variables of Terraform root modules, as written
    on the command line. `var_files` are absolute paths. `environment` has values of variables with lower precedence.
    `excluded` are glob patterns for display paths. `root` is the absolute path of the Terraform root module of the
    plans. `workspace` names the Terraform workspace. With `by_hook`, files that are not templates are skipped.
    `follows_rules` skips files that git ignores. `module_sources` maps sources of modules to local directories. With
    `is_snapshot`, the files are outputs of the AWS CLI.
    """

    __slots__ = (
        "by_hook",
        "environment",
        "excluded",
        "follows_rules",
        "is_snapshot",
        "module_sources",
        "parameters",
        "root",
        "var_files",
        "variables",
        "workspace",
    )

    def __init__(
        self,
        parameters: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        *,
        var_files: Sequence[str] = (),
        excluded: Sequence[str] = (),
        by_hook: bool = False,
        root: str | None = None,
        environment: Mapping[str, str] | None = None,
        follows_rules: bool = True,
        workspace: str | None = None,
        module_sources: ModuleSources | None = None,
        is_snapshot: bool = False,
    ) -> None:
        self.parameters = parameters or {}
        self.variables = variables or {}
        self.var_files = var_files
        self.excluded = excluded
        self.by_hook = by_hook
        self.root = root
        self.environment = environment or {}
        self.follows_rules = follows_rules
        self.workspace = workspace
        self.module_sources = module_sources
        self.is_snapshot = is_snapshot

    def excludes(self, path: str, workspace: Workspace) -> bool:
        """Return whether a pattern excludes a file."""
        return any(True for _ in matching(self.excluded, workspace.display_path(path))) if self.excluded else False


def matching(patterns: Iterable[str], shown: str) -> Iterator[str]:
    """Yield the glob patterns that match a display path, its last part, or a directory above it."""
    for pattern in patterns:
        if fnmatchcase(shown, pattern) or fnmatchcase(posixpath.basename(shown), pattern) or _is_below(shown, pattern):
            yield pattern


def _is_below(shown: str, pattern: str) -> bool:
    """Return whether a pattern matches one of the directories above the path."""
    folder = pattern.rstrip("/")
    return shown.startswith(folder + "/") or f"/{folder}/" in f"/{shown}"
