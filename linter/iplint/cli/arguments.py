"""Arguments that several commands take, and how they are interpreted."""

from __future__ import annotations

import os

from iplint.cli.command import UsageError, at_least_one, one_of
from iplint.config import ConfigError
from iplint.config import found as configuration_at
from iplint.config import named as configuration_in
from iplint.discovery.options import Options, ParametersError, given_parameters
from iplint.finding import Severity
from iplint.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from iplint.config import Config
    from iplint.module_sources import ModuleSources
    from iplint.rule import Rule

SEVERITIES = [severity.word for severity in reversed(Severity)]


def add_paths(
    parser: argparse.ArgumentParser, meaning: str = "files and directories (default: this directory)"
) -> None:
    """Add the arguments for paths and values of inputs."""
    parser.add_argument("paths", nargs="*", default=[], metavar="PATH", help=meaning)
    files = parser.add_argument_group("files")
    files.add_argument("--exclude", action="append", metavar="GLOB", help="skip files and directories (repeatable)")
    files.add_argument(
        "--no-gitignore", action="store_true", help="also read files that git ignores, in directories that are named"
    )
    inputs = parser.add_argument_group("inputs")
    inputs.add_argument(
        "--parameter", action="append", default=[], metavar="KEY=VALUE", help="a CloudFormation parameter (repeatable)"
    )
    inputs.add_argument(
        "--parameters",
        action="append",
        default=[],
        metavar="FILE",
        help="a CloudFormation parameters file, in the format of any deployment tool (repeatable)",
    )
    inputs.add_argument(
        "--var", action="append", default=[], metavar="KEY=VALUE", help="a Terraform or Packer variable (repeatable)"
    )
    inputs.add_argument(
        "--var-file",
        action="append",
        default=[],
        metavar="FILE",
        help="a file of Terraform or Packer variables (repeatable)",
    )
    inputs.add_argument(
        "--var-env", action="store_true", help="also read Terraform variables from the environment (TF_VAR_name)"
    )
    inputs.add_argument(
        "--workspace", metavar="NAME", help="the Terraform workspace (default: whatever may change a result is tried)"
    )
    inputs.add_argument(
        "--root", metavar="DIR", help="the Terraform root module of the plans: findings point to its .tf files"
    )


def add_snapshot(parser: argparse.ArgumentParser) -> None:
    """Add the option that takes the paths for snapshots of accounts."""
    parser.add_argument(
        "--snapshot",
        action="store_true",
        dest="is_snapshot",
        help="the paths are snapshots of accounts, as iplint audit takes them",
    )


def add_format(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """Add the option for the format of what is printed; the first format is the default."""
    parser.add_argument(
        "-f",
        "--format",
        type=one_of(formats),
        choices=formats,
        default=formats[0],
        metavar="FORMAT",
        help=f"{', '.join(formats)} (default: {formats[0]})",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add the option for the file of a command that writes one report."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write to a file instead of standard output; FORMAT:FILE in that format",
    )


def add_color(parser: argparse.ArgumentParser) -> None:
    """Add the option for colours."""
    words = ("auto", "always", "never")
    parser.add_argument(
        "--color", type=one_of(words), choices=words, default="auto", metavar="WHEN", help="auto, always or never"
    )


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for sources of rules."""
    parser.add_argument_group("custom rules").add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="DIR",
        help="a directory of rules, or an entry point of an installed package (repeatable)",
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that select rules."""
    rules = parser.add_argument_group("selection of rules")
    rules.add_argument(
        "--select",
        action="append",
        metavar="RULES",
        help="run these rules or groups, or `all` or `default` (comma-separated, repeatable)",
    )
    rules.add_argument("--ignore", action="append", metavar="RULES", help="do not run these rules or groups")
    rules.add_argument(
        "--severity",
        type=one_of(SEVERITIES),
        choices=SEVERITIES,
        metavar="SEVERITY",
        help=f"the lowest severity that is reported: {', '.join(SEVERITIES)} (default: info)",
    )
    add_rules(parser)


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add the option for the number of processes."""
    parser.add_argument_group("processes").add_argument(
        "-j",
        "--jobs",
        type=at_least_one,
        metavar="N",
        help="check in N processes, on Linux only (default: one, and for many files one for each processor)",
    )


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the configuration file."""
    settings = parser.add_argument_group("configuration")
    settings.add_argument("--config", metavar="FILE", help="use this configuration file instead of the repository's")
    settings.add_argument(
        "--no-repo-config",
        action="store_true",
        help="ignore configuration files, suppressions, the baseline and .gitignore in the repository",
    )


def top_of(working: str) -> str:
    """Return the root of the repository around the working directory."""
    return Workspace.around(working, working).top_of(working)


def trees(paths: Sequence[str]) -> list[str]:
    """Return the real paths of the repositories, or else directories, of the paths to check and of the working
    directory.

    The working directory is left out if it is in no repository and is not checked itself.
    """
    working = os.getcwd()
    found = {os.path.realpath(top_of(working))}
    if not os.path.lexists(os.path.join(*found, ".git")):
        found.clear()
    for path in paths:
        absolute = os.path.normpath(os.path.join(working, path))
        directory = absolute if os.path.isdir(absolute) else os.path.dirname(absolute)
        found.add(Workspace.around(directory, working).place[0])
    return sorted(found)


def configuration(options: argparse.Namespace) -> Config | None:
    """Return the configuration in use; None when there is none. Raises ConfigError."""
    working = os.getcwd()
    if options.config is not None:
        return configuration_in(options.config, working)
    return None if options.no_repo_config else configuration_at(top_of(working), working)


def configuration_before(options: argparse.Namespace, moved: Callable[[str], str], top: str) -> Config | None:
    """Return the configuration of an earlier revision, whose root is the directory `top`.

    An invalid one counts as empty.
    """
    try:
        if options.config is not None:
            path = moved(os.path.join(os.getcwd(), options.config))
            return configuration_in(path, top) if os.path.isfile(path) else None
        return None if options.no_repo_config else configuration_at(top, top)
    except ConfigError:
        return None


def fill_in(options: argparse.Namespace, config: Config | None) -> None:
    """Set options that are missing on the command line: from the configuration, else to their defaults."""
    lists = {"select": "select", "ignore": "ignore", "exclude": "exclude"}
    words = {"fail_on": ("fail-on", Severity.LOW), "severity": ("severity", Severity.INFO)}
    for option, setting in lists.items():
        if getattr(options, option, None) is None:
            setattr(options, option, config.names(setting) if config is not None else [])
    for option, (setting, usual) in words.items():
        if getattr(options, option, None) is None:
            setattr(options, option, config.word(setting) if config is not None else usual.word)
    for option in ("undecided", "strict"):
        if getattr(options, option, None) is None:
            setattr(options, option, config is not None and config.flag(option))


def known_rules(options: argparse.Namespace) -> list[Rule[object]]:
    """Return every rule, including those of the sources on the command line. Raises SelectionError."""
    from iplint_rules import all_rules

    if not options.rules:
        return all_rules()
    from iplint.judging.custom_rules import loaded

    return loaded(options.rules, os.getcwd(), all_rules())


def names_in(given: Sequence[str]) -> list[str]:
    """Return the names in options that hold lists."""
    return [name.strip() for listed in given for name in listed.split(",") if name.strip()]


def asked(options: argparse.Namespace, config: Config | None, moved: Callable[[str], str] | None = None) -> Options:
    """Return what to read, and with which inputs. Raises UsageError.

    `moved` maps paths to another revision's files, some of which may be missing: the values in these are unknown there.
    """
    working = os.getcwd()
    is_snapshot: bool = getattr(options, "is_snapshot", False)
    place = moved if moved is not None else os.path.normpath

    def absolute(path: str) -> str:
        return place(os.path.join(working, path))

    var_files = [absolute(path) for path in options.var_file]
    for path in var_files:
        if moved is None and not os.path.isfile(path):
            raise UsageError(
                f"there is no variables file {os.path.relpath(path, working)}; give an existing --var-file"
            )
    parameters: dict[str, str] = {}
    for path in options.parameters:
        try:
            parameters |= given_parameters([absolute(path)], working)
        except ParametersError as error:
            if moved is None:
                raise UsageError(str(error)) from None
    module = absolute(options.root) if options.root is not None else None
    if module is not None and moved is None and not os.path.isdir(module):
        raise UsageError(f"there is no directory {options.root}; --root names the Terraform root module of a plan")
    return Options(
        {
            **(config.texts("parameters") if config is not None else {}),
            **parameters,
            **_pairs(options.parameter, "--parameter"),
        },
        {**(config.texts("variables") if config is not None else {}), **_pairs(options.var, "--var")},
        var_files=var_files,
        excluded=options.exclude,
        by_hook=getattr(options, "pre_commit", False),
        root=module,
        environment=_environment() if options.var_env else None,
        workspace=options.workspace,
        module_sources=_module_sources(options, config, absolute) if config is not None else None,
        # Who names a snapshot wants it read, whether or not it is kept out of the repository.
        follows_rules=not (options.no_gitignore or is_snapshot or getattr(options, "no_repo_config", False)),
        is_snapshot=is_snapshot,
    )


def _module_sources(
    options: argparse.Namespace, config: Config, absolute: Callable[[str], str]
) -> ModuleSources | None:
    """Return the directories in place of sources of modules, seen from the configuration file.

    Only those of a file that the command line names may lie outside of the repository.
    """
    mapped = config.texts("module-sources")
    if not mapped:
        return None
    from iplint.module_sources import ModuleSources  # most configurations map none

    folder = os.path.dirname(config.path or "")
    directories = {pattern: absolute(os.path.join(folder, path)) for pattern, path in mapped.items()}
    return ModuleSources(directories, may_leave=options.config is not None)


def _environment() -> dict[str, str]:
    """Return the Terraform variables that the environment sets."""
    prefix = "TF_VAR_"
    return {name[len(prefix) :]: value for name, value in sorted(os.environ.items()) if name.startswith(prefix)}


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} without a key and a value: write it as {option} KEY=VALUE")
        pairs[name] = value
    return pairs
