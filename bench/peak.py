"""One backtest in a process of its own; prints the peak of its memory in MB.

Read from /proc, as `ru_maxrss` of a child begins with that of its parent.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench import bars
from bench.cross import by_engine


def main() -> None:
    """Run the SMA cross over so many bars."""
    by_engine([bars.table(0, int(sys.argv[1]))])
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    print(int(peak.split()[1]) / 1024)


if __name__ == "__main__":
    main()
