"""Synchronisation with the venue's account, as programs ask for it; every comparison is the engine's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tradewind.app.live_engine.breaker_words import BreakerWords
from tradewind.domain.commands import Correct
from tradewind.domain.errors import TradewindError
from tradewind.domain.events import OrderFilled
from tradewind.domain.ids import ClientOrderId, InstrumentId
from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from tradewind.domain.reconciliation import ReconciliationReport

FRESH_NS = 300 * NS_PER_SECOND
"""A comparison younger than this need not be repeated unless it is forced."""
EMERGENCY_DAYS = 30
LOOKS_MAX = 5
"""So many comparisons at the most until one leaves nothing to look at again."""


@dataclass(frozen=True)
class SyncResult:
    """What a synchronisation with the venue has come to; `timestamp` is the report's, in nanoseconds."""

    success: bool
    message: str
    data: dict[str, Any] = field(default_factory=dict)
    timestamp: int = 0


class Synchronisation(BreakerWords):
    """The account synchroniser of an engine that runs."""

    async def sync_account_data(self, *, force: bool = False, symbol: str | None = None) -> SyncResult:
        """Compare with the venue; unless forced, not again within five minutes. `symbol` names what is told of it."""
        latest = self._answers.reports[-1] if self._answers.reports else None
        if latest is not None and not force and self._running().world.engine.view.now - latest.ts < FRESH_NS:
            return self._result(latest, "compared less than five minutes ago", symbol)
        try:
            compared = await self._compare()
        except TradewindError as error:
            return SyncResult(success=False, message=str(error))
        return self._result(compared.report, "compared", symbol)

    async def emergency_sync(self, operator: str = "") -> SyncResult:
        """Look at all that the venue and we know, executions of 30 days back, until nothing is left to look at again.

        It succeeds if everything is explained; `data` lists what was changed.
        """
        before = {report.id for report in self.reports}
        try:
            for _ in range(LOOKS_MAX):
                report = (await self._compare(operator, EMERGENCY_DAYS)).report
                if not report.suspected and not report.actions:
                    break
                await asyncio.sleep(self._confirm_seconds())
        except TradewindError as error:
            return SyncResult(success=False, message=str(error), data={"changed": self._changed_since(before)})
        changed = self._changed_since(before)  # also by comparisons in between, which the engine asked for itself
        unexplained = [*report.confirmed, *report.suspected]
        told = f"{len(changed)} changes, {len(unexplained)} differences unexplained"
        data = {"changed": changed, "unexplained": unexplained, "report": report}
        return SyncResult(not unexplained, told, data, report.ts)

    async def recover_missing_trades(self, symbol: str, days_back: int = 7) -> SyncResult:
        """Book the executions of our orders that nobody told us of, each once, at its own price and fee."""
        try:
            compared = await self._compare(days_back=days_back)
        except TradewindError as error:
            return SyncResult(success=False, message=str(error))
        orders = self._running().world.engine.orders.by_id
        instruments = self._running().world.engine.portfolio.instruments
        fills = [
            effect.event
            for effect in compared.step.effects
            if isinstance(effect, Correct)
            and isinstance(effect.event, OrderFilled)
            and instruments[orders[effect.event.order].spec.instrument].symbol == symbol
        ]
        return SyncResult(True, f"{len(fills)} fills booked", {"fills": fills}, compared.report.ts)  # noqa: FBT003

    def _changed_since(self, before: set[str]) -> list[str]:
        return [action for report in self.reports if report.id not in before for action in report.actions]

    def _result(self, report: ReconciliationReport, told: str, symbol: str | None) -> SyncResult:
        """Return a report as a result; one with certain differences is no success."""
        certain = [each for each in report.confirmed if symbol in (None, self._symbol(each.subject))]
        suspected = [each for each in report.suspected if symbol in (None, self._symbol(each.subject))]
        found = [*certain, *suspected]
        data = {"differences": found, "report": report}
        return SyncResult(not certain, f"{told}: {len(found)} differences", data, report.ts)

    def _symbol(self, subject: str) -> str:
        """Return the symbol that a difference is about; that of an amount is its asset."""
        engine = self._running().world.engine
        order = engine.orders.by_id.get(ClientOrderId(subject))
        facts = engine.portfolio.instruments.get(InstrumentId(subject) if order is None else order.spec.instrument)
        return subject if facts is None else facts.symbol

    def _confirm_seconds(self) -> float:
        return self._running().world.engine.settings.reconciliation.confirm_after_ns / NS_PER_SECOND
