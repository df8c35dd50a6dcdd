"""Local directories that the configuration gives in place of sources of modules and addresses of templates."""

from __future__ import annotations

import os
import re

from iplint.budget import charge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# To match an address against a pattern takes time that grows with its length to the power of the stars.
MAX_STARS = 3
MAX_LENGTH = 2_000
# Of matching one pattern, in steps of a budget.
STEPS_A_PATTERN = 20


class ModuleSources:
    """Directories by patterns of sources, in which `*` is any text.

    Directories are absolute; a `*` there is the text of the pattern's last one. Those in `tops` may be read though they
    lie outside of the repository.
    """

    __slots__ = ("_mapped", "pairs", "tops")

    def __init__(self, mapped: Mapping[str, str], *, may_leave: bool = False) -> None:
        # The most specific pattern first.
        self.pairs = sorted(mapped.items(), key=lambda pair: (-len(pair[0]), pair))
        self._mapped: list[tuple[re.Pattern[str], str]] = []
        self.tops: tuple[str, ...] = ()
        for pattern, directory in self.pairs:
            written = "(.*)".join(map(re.escape, pattern.split("*", MAX_STARS)))
            self._mapped.append((re.compile(written), directory))
        if may_leave:
            tops = {os.path.dirname(f"{directory.partition('*')[0]}/") for _, directory in self.pairs}
            self.tops = tuple(sorted(map(os.path.realpath, tops)))

    def find(self, source: str) -> str | None:
        """Return the directory or file that a source is mapped to; None when no pattern matches.

        What follows a question mark, such as a version, does not count. A pattern of a whole package also matches what
        follows `//` in it.
        """
        address = source.partition("?")[0]
        if len(address) > MAX_LENGTH or "\0" in address:
            return None
        package, parted, inner = _cut(address)
        for pattern, directory in self._mapped:
            charge(STEPS_A_PATTERN + len(address))
            matched = pattern.fullmatch(address)
            if matched is not None:
                return _placed(directory, matched[matched.lastindex] if matched.lastindex else "")
            matched = pattern.fullmatch(package) if parted else None
            if matched is not None:
                found = _placed(directory, matched[matched.lastindex] if matched.lastindex else "")
                return _placed(os.path.join(found, "*"), inner) if found is not None else None
        return None


def _cut(address: str) -> tuple[str, bool, str]:
    """Return the package of a source, and the directory in it that `//` separates."""
    start = address.find("://")
    at = address.find("//", start + 3 if start >= 0 else 0)
    return (address, False, "") if at < 0 else (address[:at], True, address[at + 2 :])


def _placed(directory: str, name: str) -> str | None:
    """Return a directory with a name in place of its `*`; None where the name leads out of it, or is not known."""
    if "*" not in directory:
        return directory
    parts = name.replace("\\", "/").split("/")
    if os.pardir in parts or "${" in name or not name:
        return None
    return os.path.normpath(directory.replace("*", "/".join(part for part in parts if part)))
