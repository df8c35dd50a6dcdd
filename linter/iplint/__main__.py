"""`python -m iplint`."""

from iplint.cli import main

if __name__ == "__main__":
    main()
