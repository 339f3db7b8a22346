"""REC-7: how long the comparison of a large account takes."""

from __future__ import annotations

import time
from decimal import Decimal

from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.ids import Asset
from tradewind.domain.position import Position
from tradewind.execution.comparison import Ours, Reconciliation
from tradewind.execution.orders import Orders
from tradewind.execution.reconcile import reconcile
from tradewind.testing import instrument

COUNT = 200


def test_rec_7_two_hundred_positions_that_all_differ_are_compared_within_a_second() -> None:
    facts = [instrument(f"C{number}USDT") for number in range(COUNT)]
    held = {each.id: Position(each.id, lot=each.lot) for each in facts}
    for position in held.values():
        position.apply(Decimal(1), Decimal(100), 0)
    listed = tuple(VenuePosition(name, Decimal(2), Decimal(101), tells_average=True) for name in held)
    usdt = Asset("USDT")
    ours = Ours(Orders(), held, {usdt: Decimal(1_000)}, {each.id: each for each in facts})
    theirs = ev.AccountSnapshot("v", (Balance(usdt, Decimal(1_000)),), listed, 0, 0, (), ())
    began = time.process_time()
    outcome = reconcile(ours, theirs, Reconciliation(), {})
    assert time.process_time() - began < 1
    assert len(outcome.report.suspected) == COUNT
