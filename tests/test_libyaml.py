"""PyYAML is whole for whoever else uses it in the process: its patterns are compiled when they are asked for."""

from __future__ import annotations

import re
from datetime import date

from iplint.syntax.libyaml import yaml


def test_its_own_reader_and_writer_still_work() -> None:
    text = "day: 2001-01-01\nnumbers: [1, 0x10, 2.5]\nyes: yes\nnothing: ~\n"
    read = {"day": date(2001, 1, 1), "numbers": [1, 16, 2.5], True: True, "nothing": None}
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert yaml.load(text, Loader=loader) == read  # both are safe
    assert yaml.safe_load(yaml.safe_dump(read)) == read


def test_patterns_are_compiled_as_ever_afterwards() -> None:
    assert isinstance(re.compile("a"), re.Pattern)
