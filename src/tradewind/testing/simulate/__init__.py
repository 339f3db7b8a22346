"""Worlds by the thousand: run, counted, kept in a file so that a long run can go on, and made smaller where one fails.

`python -m tradewind.testing.simulate` is the program; `make sim` calls it.
"""

from __future__ import annotations

from tradewind.testing.simulate.program import main, report
from tradewind.testing.simulate.seeds import run_seeds
from tradewind.testing.simulate.tally import Tally

__all__ = ["Tally", "main", "report", "run_seeds"]
