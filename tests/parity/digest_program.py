"""Prints the digests of one scenario, backtest and live, for comparing processes."""

from __future__ import annotations

import sys
from decimal import Decimal

from tests.parity.worlds import Scenario, run_backtest, run_live
from tradewind.domain.account import AccountKind
from tradewind.domain.instrument import InstrumentKind
from tradewind.record.journal.reader import digest_of

SCENARIO = Scenario(
    seed=11, bars=120, symbols=4, strategies=3, kind=InstrumentKind.SPOT, account=AccountKind.MARGIN,
    latency_ns=(30_000_000, 60_000_000_000, 30_000_000), jitter=0.3, volume_share=Decimal("0.5"), warmup=10,
)  # fmt: skip

if __name__ == "__main__":
    past, live = run_backtest(SCENARIO), run_live(SCENARIO, inbox_max=5, stutter=0.3)
    sys.stdout.write(f"{digest_of(past.steps)} {digest_of(live.steps)}\n")
