"""What an engine must know besides strategies and instruments."""

from __future__ import annotations

from tradewind.data.market import HISTORY_BARS
from tradewind.domain.account import AccountKind
from tradewind.domain.exits import Moves
from tradewind.domain.ids import Asset
from tradewind.domain.message import Message
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.inquiry import Patience
from tradewind.risk.breakers.settings import BreakerSettings
from tradewind.risk.confirmation import Confirmation
from tradewind.risk.exits.plan import StrategyPlan
from tradewind.risk.limits import Limits

WORDS_MAX = 10_000
"""So many wishes in one turn, or at one bar of the past, are no wishes but a loop."""


class EngineSettings(Message, frozen=True, gc=False):
    """Plain data, part of the journal's header."""

    interval: str = "1m"
    """The bars that strategies hear unless they ask for others."""
    base: Asset = Asset("USDT")
    """The currency in which equity is reckoned."""
    account: AccountKind = AccountKind.CASH
    id_prefix: str = "tw"
    limits: Limits = Limits()
    history_bars: int = HISTORY_BARS
    halt_on_strategy_error: bool = True
    data_interval: str = ""
    """The bars that come in, if they are finer than `interval`; longer ones are made from them."""
    keep_logs: bool = True
    """Whether the lines that strategies write are part of the record."""
    patience: Patience = Patience()
    """How a request without an answer is settled."""
    reconciliation: Reconciliation = Reconciliation()
    """When our books are compared with the venue's, and what is done about a difference."""
    fills_at_once: bool = False
    """Whether the venue trades by argo's fill model, on the bar that was just seen: backtests alone."""
    keeps_state: bool = False
    """Whether each change of what strategies keep is told in the step in which it came: then a crash loses none."""
    breakers: BreakerSettings | None = None
    """What stops new risk; None is no breaker at all."""
    exits: tuple[StrategyPlan, ...] = ()
    """The policies of positions, by strategy; who is not named has none."""
    moves: Moves = Moves.AMEND
    """What the venue can do about a stop that is to move."""
    exits_here: bool = False
    """Whether the venue has no exits attached to entries, nor orders that end by themselves: then the engine sends and
    ends them."""
    confirmation: Confirmation | None = None
    """Which entries wait until somebody confirms them; None for none."""
