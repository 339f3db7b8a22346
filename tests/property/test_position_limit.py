"""No order of events gets a position past its limit: fills, parts of fills, cancels, exits asked for at any moment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import AmendOrder, SubmitOrder
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Side
from tradewind.risk.limits import Limits
from tradewind.testing import BTC, bar, cancelled, engine, filled, instrument, script

D = Decimal
LIMIT = D(4)
LOTS = st.integers(1, 8).map(D)
WISH = st.tuples(
    st.just("wish"),
    st.sampled_from(Side),
    LOTS,
    st.sampled_from(["market", "limit", "stop", "exit", "exit now", "bracket"]),
)
AMEND = st.tuples(st.just("amend"), st.integers(0, 5), LOTS)
FATE = st.tuples(st.sampled_from(["fill", "fill", "fill", "part", "cancel"]), st.integers(0, 5))
STORY = st.lists(st.one_of(WISH, FATE, AMEND), min_size=4, max_size=30)


def ask(ctx: Any, side: Side, quantity: Decimal, terms: str) -> None:
    """Say one wish: entries and exits, at the market and at rest."""
    price = D(99) if side is Side.BUY else D(101)
    beyond = D(101) if side is Side.BUY else D(99)
    terms_of: dict[str, dict[str, Any]] = {
        "market": {}, "limit": {"limit": price}, "stop": {"stop": beyond},
        "exit": {"limit": price, "reduce_only": True}, "exit now": {"reduce_only": True},
        "bracket": {"limit": price, "stop_loss": price - 5 * side.sign, "take_profit": price + 5 * side.sign},
    }  # fmt: skip
    ctx.submit(side, quantity, **terms_of[terms])


class Venue:
    """A venue that does with living orders what it is told, in any order; what may only reduce never does more."""

    def __init__(self) -> None:
        self.wanted: list[Any] = []
        self.made = engine(
            script(on_bar=self._on_bar), instruments=[instrument(kind=InstrumentKind.PERPETUAL)],
            account=AccountKind.MARGIN, limits=Limits(position_quantity_max=LIMIT, allow_short=True),
        )  # fmt: skip
        self.bars = 0
        self.parts = 0

    def _on_bar(self, ctx: Any, _: Any) -> None:
        kind, *terms = self.wanted
        if kind == "wish":
            ask(ctx, *terms)
            return
        resting = [order.spec.id for order in ctx.open_orders() if order.spec.type is not OrderType.MARKET]
        if resting:
            ctx.amend(resting[terms[0] % len(resting)], quantity=terms[1])

    @property
    def held(self) -> Decimal:
        return self.made.view.position(BTC).quantity

    def say(self, event: Any) -> None:
        self.take(self.made.process(event))

    def take(self, step: Any) -> None:
        """Accept what is asked, at once; amendments too."""
        for effect in step.effects:
            now = self.made.view.now
            if isinstance(effect, AmendOrder):
                order = self.made.orders.by_id[effect.order]
                quantity = effect.quantity or order.spec.quantity
                self.say(ev.OrderAmended(effect.order, quantity, order.spec.price, order.spec.trigger, now, now))
            elif isinstance(effect, SubmitOrder):
                assert effect.order.id in self.made.orders.by_id

    def turn(self, word: tuple[Any, ...]) -> None:
        """Let one thing of the story happen."""
        if word[0] in ("wish", "amend"):
            self.wanted, self.bars = list(word), self.bars + 1
            self.take(self.made.process(bar(100, self.bars)))
            return
        living = list(self.made.view.open_orders())
        if living:
            self._meet(living[word[1] % len(living)], word[0])

    def _meet(self, order: Any, fate: str) -> None:
        spec, now = order.spec, self.made.view.now
        if fate == "cancel":
            self.say(cancelled(spec.id, now))
            return
        quantity = order.open_quantity if fate == "fill" else min(order.open_quantity, D(1))
        if spec.reduces_net:
            if spec.parent is not None:  # it sleeps until its entry is filled, and closes no more than that
                parent = self.made.orders.by_id[spec.parent]
                quantity = min(quantity, parent.filled - order.filled)
            quantity = min(quantity, -self.held * spec.side.sign)
        if quantity > 0:
            self.parts += 1
            self.say(filled(spec.id, quantity, spec.price or D(100), ts=now, trade_id=f"t-{self.parts}"))


@settings(max_examples=400)
@given(STORY)
def test_no_order_of_events_gets_a_position_past_its_limit(story: list[Any]) -> None:
    venue = Venue()
    for word in story:
        venue.turn(word)
        assert abs(venue.held) <= LIMIT
    for side in Side:  # and now the worst: exits are asked for, all exits of a side come first, then all its entries
        venue.turn(("wish", side, abs(venue.held) or D(1), "exit"))
        orders = [order for order in venue.made.view.open_orders() if order.spec.side is side]
        for order in sorted(orders, key=lambda each: not each.spec.reduces_net):
            if not order.is_closed:
                venue._meet(order, "fill")
            assert abs(venue.held) <= LIMIT
