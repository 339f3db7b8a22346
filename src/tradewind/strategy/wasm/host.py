"""The twenty-one functions that a guest may call, and when each of them is served.

`server(name)` returns a function from the bytes of a request to the bytes of its answer. To say no, it raises a
`CallRefused`, which ends the guest's call: there is no other way to say it in this direction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.wasm.errors import NoSession, NotNow
from tradewind.strategy.wasm.host_account import AccountCalls
from tradewind.strategy.wasm.host_indicators import IndicatorCalls
from tradewind.strategy.wasm.host_market import MarketCalls
from tradewind.strategy.wasm.host_orders import OrderCalls
from tradewind.strategy.wasm.host_record import RecordCalls
from tradewind.strategy.wasm.scene import METADATA, RUNNING, TRIAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.strategy.wasm.book import GuestBook
    from tradewind.strategy.wasm.notes import GuestRecord, OrderNotes
    from tradewind.strategy.wasm.scene import Scene

    Server = Callable[[bytes], bytes]

_ORDERS = frozenset({"place_order", "place_multiple_orders", "cancel_order", "cancel_all_orders"})
_WITHOUT_SESSION = frozenset({"log", "mark", "configure_indicator"})
"""What a first Initialize, at the load, is served; the rest waits for the real one."""


class Host:
    """The functions of one strategy's host, over a scene; made anew for each instance."""

    def __init__(self, scene: Scene, record: GuestRecord, notes: OrderNotes, book: GuestBook, *, cutler: bool) -> None:
        self.scene = scene
        self.record = RecordCalls(scene, record)
        self.orders = OrderCalls(scene, notes)
        self.indicators = IndicatorCalls(scene, cutler=cutler)
        self.market = MarketCalls(scene)
        families = (
            self.market, self.indicators, self.record, self.orders, AccountCalls(scene, book, notes),
        )  # fmt: skip
        self._functions = {name: served for family in families for name, served in family.functions().items()}

    def server(self, name: str) -> Server:
        """Return what serves a function, or refuses it while it is not the time."""
        scene, serve = self.scene, self._functions[name]

        def in_time(request: bytes) -> bytes:
            if scene.phase != RUNNING:
                _check_phase(name, scene.phase)
            return serve(request)

        return in_time

    def close(self) -> None:
        """Give back what the instance held."""
        self.market.sql.close()

    def begin(self) -> None:
        """Begin an outer call."""
        self.record.begin()
        self.orders.begin()


def _check_phase(name: str, phase: str) -> None:
    if phase == METADATA and name != "log":
        raise NotNow(f"{name} is not served before Initialize")
    if name in _ORDERS:
        raise NotNow(f"{name} is not served in Initialize: there is no bar to act on")
    if phase == TRIAL and name not in _WITHOUT_SESSION:
        raise NoSession(f"{name}: there is no session yet")
