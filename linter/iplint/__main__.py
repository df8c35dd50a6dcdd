"""`python -m iplint`.

`python -m` puts the working directory, which is what is checked, first on the module path. When this module runs,
Python has already looked there for a few modules of its own; only `python -I -m iplint` does not.
"""

import os
import sys

if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:
    del sys.path[0]

from iplint.cli import main

if __name__ == "__main__":
    main()
