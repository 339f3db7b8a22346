"""The simulator as a program."""

from __future__ import annotations

import sys

from tradewind.testing.simulate.program import main

if __name__ == "__main__":
    sys.exit(main())
