"""What an algorithm forbids itself, and how the simulated venue is to treat it.

Controls are kept by the one risk gate, in every mode; what meets one is refused, with code, limit and value.
Models of costs act on simulated orders alone: a real venue charges what it charges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import StrategyExecutionError
from tradewind.domain.money import exact
from tradewind.domain.restraint import RestraintKind
from tradewind.domain.time import NS_PER_SECOND
from tradewind.strategy.algorithm.costs import CostModel
from tradewind.strategy.algorithm.session import AlgorithmSession

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.strategy.algorithm.assets import Security
    from tradewind.strategy.algorithm.costs import CommissionModel, SlippageModel
    from tradewind.strategy.terms import Number

K = RestraintKind


class NeverCancel:
    """Orders live as long as their time in force says."""


class EODCancel:
    """At the end of each session the algorithm's open orders are cancelled."""

    def __init__(self, warn_on_cancel: bool = True) -> None:  # noqa: FBT001, FBT002 - as people write it
        self.warn_on_cancel = warn_on_cancel
        """Whether the log names what was cancelled."""


class StaticRestrictions:
    """Assets that are never to be ordered."""

    def __init__(self, restricted_list: Iterable[Security | str]) -> None:
        self.assets = tuple(restricted_list)


class AlgorithmControls(AlgorithmSession):
    """Controls, and models of the simulated venue."""

    def __init__(self) -> None:
        super().__init__()
        self._cancel_policy: EODCancel | NeverCancel = NeverCancel()
        self._forbidden: set[str] = set()

    def set_max_leverage(self, max_leverage: Number) -> None:
        """Refuse what would take the value of all positions above so many times the equity."""
        self.ctx.restrain(K.MAX_LEVERAGE, value=exact(max_leverage))

    def set_min_leverage(self, min_leverage: Number, grace_period: Any) -> None:  # noqa: ANN401 - a timedelta
        """After a grace period, refuse to reduce below so many times the equity; reduce-only orders may."""
        since = self.ctx.now + round(grace_period.total_seconds() * NS_PER_SECOND)
        self.ctx.restrain(K.MIN_LEVERAGE, value=exact(min_leverage), since=since)

    def set_max_position_size(
        self,
        asset: Security | str | None = None,
        max_shares: Number | None = None,
        max_notional: Number | None = None,
        on_error: str = "fail",
    ) -> None:
        """Refuse what would make a position, of one asset or of any, larger or worth more than this."""
        self._size(K.MAX_POSITION_SIZE, asset, max_shares, max_notional, on_error)

    def set_max_order_size(
        self,
        asset: Security | str | None = None,
        max_shares: Number | None = None,
        max_notional: Number | None = None,
        on_error: str = "fail",
    ) -> None:
        """Refuse an order, for one asset or for any, that is larger or worth more than this."""
        self._size(K.MAX_ORDER_SIZE, asset, max_shares, max_notional, on_error)

    def set_max_order_count(self, max_count: int, on_error: str = "fail") -> None:
        """Refuse more orders in a UTC day than this; what only reduces a position is not counted."""
        _only_fail(on_error)
        self.ctx.restrain(K.MAX_ORDER_COUNT, quantity=exact(max_count))

    def set_do_not_order_list(self, restricted_list: Any, on_error: str = "fail") -> None:  # noqa: ANN401
        """Refuse to open positions in these assets; they cannot be traded, as `data.can_trade` says too."""
        self.set_asset_restrictions(restricted_list, on_error)

    def set_asset_restrictions(self, restrictions: Any, on_error: str = "fail") -> None:  # noqa: ANN401
        """Do the same with `StaticRestrictions`, or with a list of assets."""
        _only_fail(on_error)
        listed = [self._assets.named(name) for name in getattr(restrictions, "assets", restrictions)]
        if listed:
            self._forbidden.update(listed)
            self.ctx.restrain(K.DO_NOT_ORDER, symbols=listed)

    def set_long_only(self, on_error: str = "fail") -> None:
        """Refuse what would take a position below zero."""
        _only_fail(on_error)
        self.ctx.restrain(K.LONG_ONLY)

    def set_slippage(self, us_equities: SlippageModel | None = None, us_futures: SlippageModel | None = None) -> None:
        """Choose how much worse than the market simulated orders fill, in `initialize`; the venue has one model."""
        self._model("set_slippage", us_equities, us_futures)

    def set_commission(
        self, us_equities: CommissionModel | None = None, us_futures: CommissionModel | None = None
    ) -> None:
        """Choose what simulated executions cost, in `initialize`; the venue has one model."""
        self._model("set_commission", us_equities, us_futures)

    def set_cancel_policy(self, cancel_policy: EODCancel | NeverCancel) -> None:
        """Say what becomes of open orders at the end of a session, in every mode; in `initialize`."""
        if not isinstance(cancel_policy, EODCancel | NeverCancel):
            raise TypeError(f"a cancel policy is EODCancel() or NeverCancel(), not {cancel_policy!r}")
        self.ctx.follow_days()
        self._cancel_policy = cancel_policy

    def _size(
        self,
        kind: RestraintKind,
        asset: Security | str | None,
        shares: Number | None,
        notional: Number | None,
        on_error: str,
    ) -> None:
        _only_fail(on_error)
        if shares is None and notional is None:
            raise ValueError(f"{kind.value}: give max_shares, max_notional or both")
        self.ctx.restrain(
            kind,
            quantity=None if shares is None else exact(shares),
            value=None if notional is None else exact(notional),
            symbols=() if asset is None else (self._assets.named(asset),),
        )

    def _model(self, name: str, *models: CostModel | None) -> None:
        if self._phase != "initialize":
            raise StrategyExecutionError(f"{name} belongs in initialize: a session's costs do not change on the way")
        given = [model for model in models if model is not None]
        if len(given) != 1 or not isinstance(given[0], CostModel):
            raise ValueError(f"{name}: give one model, see tradewind.api.slippage and tradewind.api.commission")
        self.ctx.model_venue(given[0].part, given[0].kind, given[0].figures, given[0].volume_limit)


def _only_fail(on_error: str) -> None:
    if on_error != "fail":
        raise ValueError(f"on_error={on_error!r} is not offered: what a control forbids is refused, and always told")
