"""`python -m iplint`.

`python -m` puts the working directory, which is what is checked, first among the places of modules. By the time that
this module runs, Python has looked there for a few modules of its own; only `python -I -m iplint` looks there for none.
"""

import os
import sys

if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:
    del sys.path[0]

from iplint.cli import main

if __name__ == "__main__":
    main()
