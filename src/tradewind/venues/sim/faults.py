"""What goes wrong between us and the venue: requests and answers that are lost or late, look-ups that fail.

Drawn from a seed, request by request in the order in which they were sent, so that a backtest and a
live session of the same seed meet the same.
"""

from __future__ import annotations

import enum
import random
from typing import TYPE_CHECKING, Protocol

from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs


class Fate(enum.Enum):
    """What becomes of a request."""

    ANSWERED = "answered"
    LOST = "lost"
    """It never arrives."""
    UNANSWERED = "unanswered"
    """It arrives; of the order nothing is heard until somebody asks."""
    LATE = "late"
    """It arrives after others that were sent later."""


class FaultModel(Protocol):
    """What goes wrong."""

    timeout_ns: TimeNs
    """How long after a request was sent we give it up and call its outcome unknown."""

    def fate(self) -> Fate:
        """Return what becomes of the next request for an order, a cancel or an amendment."""
        ...

    def delay(self) -> TimeNs:
        """Return how much longer than usual a late request takes."""
        ...

    def loses_question(self) -> bool:
        """Tell whether the next look-up fails."""
        ...

    def loses_account(self) -> bool:
        """Tell whether the next question about the account fails."""
        ...

    def loses_word(self) -> bool:
        """Tell whether the next word about an order never reaches us, and nobody knows of it."""
        ...

    @property
    def randoms(self) -> tuple[random.Random, ...]:
        """The generators that it draws from."""
        ...


class SeededFaults:
    """Faults with probabilities; those of the three fates of a request add up to 1 at the most."""

    def __init__(  # noqa: PLR0913 - one for each fault
        self,
        seed: int,
        *,
        lost: float = 0.0,
        unanswered: float = 0.0,
        late: float = 0.0,
        failed_lookup: float = 0.0,
        lost_word: float = 0.0,
        timeout_ns: TimeNs = 5 * NS_PER_SECOND,
        late_ns: TimeNs = 10 * NS_PER_SECOND,
    ) -> None:
        assert lost + unanswered + late <= 1.0, "a request has one fate"
        self.timeout_ns = timeout_ns
        self._late_ns = late_ns
        self._bounds = (lost, lost + unanswered, lost + unanswered + late)
        self._failed_lookup = failed_lookup
        self._lost_word = lost_word
        self._accounts = random.Random(f"{seed}/accounts")  # noqa: S311 - a simulation; of its own, so asking is free
        self._words = random.Random(f"{seed}/words")  # noqa: S311 - the same
        self._random = random.Random(seed)  # noqa: S311 - a simulation, reproducible by its seed

    @property
    def randoms(self) -> tuple[random.Random, ...]:
        """One for requests, one for words, one for questions about the account."""
        return self._random, self._words, self._accounts

    def fate(self) -> Fate:
        """Draw what becomes of a request."""
        drawn = self._random.random()
        fates = zip(self._bounds, (Fate.LOST, Fate.UNANSWERED, Fate.LATE), strict=True)
        return next((fate for bound, fate in fates if drawn < bound), Fate.ANSWERED)

    def delay(self) -> TimeNs:
        """Draw from 0 to the longest delay."""
        return int(self._late_ns * self._random.random())

    def loses_question(self) -> bool:
        """Draw whether a look-up fails."""
        return self._random.random() < self._failed_lookup

    def loses_account(self) -> bool:
        """Draw whether a question about the account fails."""
        return self._failed_lookup > 0.0 and self._accounts.random() < self._failed_lookup

    def loses_word(self) -> bool:
        """Draw whether a word is lost."""
        return self._lost_word > 0.0 and self._words.random() < self._lost_word
