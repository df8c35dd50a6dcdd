"""Mistakes that no test can find, because the code does the same with them: each with the reason.

A mistake is `path unit  kind: before -> after`, as `run.py` prints it. `run.py` does not try them, and
names those that are not possible any more. Simplify the code rather than add to this list, where that is possible.
"""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {}
