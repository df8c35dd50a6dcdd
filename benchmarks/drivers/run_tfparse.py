"""Parses and evaluates Terraform modules with tfparse, each directory as a root module.

Usage: run_tfparse.py DIRECTORY ...
"""

import sys

import tfparse

read = 0
for directory in sys.argv[1:]:
    try:
        tfparse.load_from_path(directory)
    except tfparse.ParseError:
        continue
    read += 1
if not read:
    sys.exit("no module could be read")
