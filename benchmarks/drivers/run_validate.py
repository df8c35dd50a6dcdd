"""Checks CloudFormation templates with cloudformation-validate and its bundled rules, in one process.

Usage: run_validate.py FILE ...
"""

import sys

from cloudformation_validate import CompositeEngine, ValidationError

engine = CompositeEngine()
read = 0
for path in sys.argv[1:]:
    try:
        engine.validate_template(path)
    except ValidationError:
        continue
    read += 1
if not read:
    sys.exit("no template could be read")
