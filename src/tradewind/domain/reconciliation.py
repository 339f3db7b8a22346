"""What a comparison of our books with the venue's has found."""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs


class Mode(enum.Enum):
    """What is done about a difference. What the venue itself tells of our own orders is taken in each of them."""

    WARN_ONLY = "warn_only"
    """Tell, and trade on."""
    AUTO_ADJUST = "auto_adjust"
    """Our books follow the venue's, by correcting events; never profit."""
    HALT_ON_MISMATCH = "halt_on_mismatch"
    """No new positions until the operator resumes."""
    MANUAL_APPROVAL = "manual_approval"
    """The instruments concerned may only reduce, until a comparison finds them equal or the operator resumes."""


class Strangers(enum.Enum):
    """What is done about an order at the venue that is not in our books."""

    REPORT = "report"
    """Tell, and leave it alone."""
    ADOPT = "adopt"
    """Take it into our books, under an owner of its own."""
    CANCEL = "cancel"
    """Take it into our books, and take it back."""


class Severity(enum.IntEnum):
    """How bad a difference is."""

    NONE = 0
    MINOR = 1
    MODERATE = 2
    CRITICAL = 3


class Kind(enum.Enum):
    """What is different."""

    QUANTITY_MISMATCH = "quantity_mismatch"
    SIDE_MISMATCH = "side_mismatch"
    MISSING_LOCAL = "missing_local"
    """The venue has a position that we have not."""
    MISSING_BROKER = "missing_broker"
    """We have a position that the venue has not."""
    CASH = "cash"
    AVERAGE_PRICE = "average_price"
    """A position has another average price, and no order of the same executions explains it."""
    LOCKED = "locked"
    """More of an asset is locked than resting orders explain, or less than they need."""
    ORPHANED_LOCAL = "orphaned_local"
    """An order lives with us, and does not rest at the venue."""
    ORPHANED_BROKER = "orphaned_broker"
    """An order rests at the venue that does not live with us."""
    STATUS_MISMATCH = "status_mismatch"
    FILLED_MISMATCH = "filled_mismatch"
    UNPROTECTED = "unprotected"
    """A stop of ours does not rest at the venue as it should, and the position that it protects is there."""
    EQUITY = "equity"
    ACCOUNT_MODE = "account_mode"
    """The account is another kind at the venue than we think: with or without margin."""


class Discrepancy(Message, frozen=True, gc=False):
    """One difference; `subject` names the instrument, the asset or the order."""

    kind: Kind
    severity: Severity
    subject: str
    ours: Decimal | None = None
    theirs: Decimal | None = None


class ReconciliationReport(Message, frozen=True, gc=False, tag="reconciliation_report"):
    """One comparison: what was seen twice and is certain, what was seen for the first time, what was done."""

    id: str
    ts: TimeNs
    mode: Mode
    confirmed: tuple[Discrepancy, ...] = ()
    suspected: tuple[Discrepancy, ...] = ()
    """Seen for the first time; most vanish with the next word of the venue."""
    actions: tuple[str, ...] = ()
    rejected: tuple[Discrepancy, ...] = ()
    """What an operator has said to leave as it is; it is in none of the others."""
    stale: bool = False
    """Whether our books had stood still for more than an hour: the first comparison of a session that goes on."""

    @property
    def has_discrepancies(self) -> bool:
        """Tell whether anything is certainly different."""
        return bool(self.confirmed)

    @property
    def criticals(self) -> list[Discrepancy]:
        """Return the worst differences, certain or not."""
        return [each for each in (*self.confirmed, *self.suspected) if each.severity is Severity.CRITICAL]

    @property
    def max_severity(self) -> Severity:
        """Return that of the worst certain difference."""
        return max((each.severity for each in self.confirmed), default=Severity.NONE)
