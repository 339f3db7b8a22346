"""The checkers of simulated worlds, in the order in which they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.testing import checkers_charges as charges
from tradewind.testing import checkers_during as during
from tradewind.testing import checkers_end as end
from tradewind.testing import checkers_rules as rules

if TYPE_CHECKING:
    from tradewind.testing.checker import Checker

CHECKERS: tuple[type[Checker], ...] = (
    during.StrategiesLive,
    during.SentOnce,
    during.JournalFirst,
    during.OneActs,
    during.NeverEndsWhatLives,
    during.Limits,
    during.OrderRate,
    during.NeverAway,
    during.IdsNeverReused,
    charges.ChargedOnce,
    rules.HeldBack,
    end.NoneForgotten,
    end.EveryOrderEnds,
    end.BookedOnce,
    end.PositionIsSumOfFills,
    end.LedgerEqualsVenue,
    end.StateCounts,
    rules.LeftInTime,
    end.ReplayEqual,
)
