"""Checks CloudFormation templates against the rules of imds.guard with cfn-guard's Python binding.

Usage: run_guard.py FILE ...
"""

import sys
from pathlib import Path

import yaml
from cfn_guard_rs import run_checks

RULES = Path(__file__).with_name("imds.guard").read_text(encoding="utf-8")


class Loader(yaml.CSafeLoader):
    """Reads short forms of functions as mappings."""


def call(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", call)
# JSON has no dates, and guard takes JSON.
Loader.yaml_implicit_resolvers = {
    letter: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
    for letter, pairs in Loader.yaml_implicit_resolvers.items()
}

read = 0
for path in sys.argv[1:]:
    try:
        data = yaml.load(Path(path).read_bytes(), Loader)
    except yaml.YAMLError:
        continue
    try:
        run_checks(data, RULES)
    except ValueError:
        continue  # the binding prints no JSON for templates that its library does not take
    read += 1
if not read:
    sys.exit("no template could be read")
