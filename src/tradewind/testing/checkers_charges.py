"""What must be true of funding, transfers and positions closed by force: each is booked once, as it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.events import BalanceTransferred, FundingPaid, PositionLiquidated
from tradewind.portfolio.charges import name_of
from tradewind.portfolio.ledger import Account
from tradewind.testing.checker import Checker
from tradewind.testing.faults import FaultKind

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.step import Step
    from tradewind.testing.process import Process
    from tradewind.testing.world import World

_KINDS = (FaultKind.FORCE_OUT, FaultKind.DEPOSIT)
CHARGES = (FundingPaid, PositionLiquidated, BalanceTransferred)
Books = tuple[dict[str, "Decimal"], dict[str, "Decimal"], dict[str, "Decimal"]]


class ChargedOnce(Checker):
    """Told again, on whatever way and after whatever restart, they change no wallet and no position.

    Told for the first time, funding and transfers come to the wallet as told.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._booked: dict[int, dict[str, int]] = {}
        """By process, what it has booked, at which step; with what it was started with, at step 0."""
        self._before: dict[int, Books] = {}

    @property
    def watches(self) -> bool:
        """Whether anything is charged."""
        plan = self.world.plan
        return bool(plan.terms.funding_ns) or any(fault.kind in _KINDS for fault in plan.faults)

    def stepped(self, process: Process, step: Step) -> None:
        """Compare the books with those before the step."""
        number, after = process.number, _books(process)
        if number not in self._booked:
            self._booked[number] = self._inherited(process)
        event = step.event
        if isinstance(event, CHARGES):
            name, before = name_of(event), self._before.get(number, after)
            if name in self._booked[number]:
                self.demand(that=after == before, what=f"{name} is booked once more: {before}, then {after}")
            elif isinstance(event, FundingPaid | BalanceTransferred):
                came = after[0].get(event.asset, 0) - before[0].get(event.asset, 0)
                self.demand(that=came == event.amount, what=f"{name} has brought {came}")
            self._booked[number].setdefault(name, step.seq)
        self._before[number] = after

    def _inherited(self, process: Process) -> dict[str, int]:
        """Return what was booked before the state that a process was started with."""
        if process.restored is None:
            return {}
        before = self._booked.get(process.number - 1, {})
        return {name: 0 for name, seq in before.items() if seq <= process.restored.seq}


def _books(process: Process) -> Books:
    portfolio = process.engine.portfolio
    ledger = portfolio.ledger
    return (
        {str(asset): amount for asset, amount in ledger.wallet()},
        {str(asset): ledger.balance(Account.FUNDING, asset) for asset, _ in ledger.wallet()},
        {str(name): position.quantity for name, position in portfolio.totals.items()},
    )
