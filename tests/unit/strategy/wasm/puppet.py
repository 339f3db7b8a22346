"""A guest whose bars are played by the test: it calls the functions of the host as a guest would, with messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.unit.strategy.wasm.modules import guest
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.errors import CallRefused, GuestRefused
from tradewind.strategy.wasm.life import Life
from tradewind.strategy.wasm.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.unit.strategy.wasm.conftest import Load
    from tradewind.domain.market import Bar
    from tradewind.strategy.wasm.guest import WasmStrategy

REQUESTS = {
    "get_range": (plans.GET_RANGE, plans.BARS),
    "read_last_data": (plans.TEXT, plans.MARKET_DATA),
    "execute_sql": (plans.EXECUTE_SQL, plans.SQL_RESPONSE),
    "count": (plans.COUNT, plans.NUMBER),
    "configure_indicator": (plans.CONFIGURE, plans.EMPTY),
    "get_signal": (plans.GET_SIGNAL, plans.SIGNAL),
    "get_cache": (plans.TEXT, plans.TEXT),
    "set_cache": (plans.KEY_VALUE, plans.EMPTY),
    "place_order": (plans.EXECUTE_ORDER, plans.EMPTY),
    "place_multiple_orders": (plans.PLACE_MULTIPLE, plans.EMPTY),
    "get_positions": (plans.EMPTY, plans.POSITIONS),
    "get_position": (plans.TEXT, plans.POSITION),
    "cancel_order": (plans.TEXT, plans.EMPTY),
    "cancel_all_orders": (plans.EMPTY, plans.EMPTY),
    "get_order_status": (plans.TEXT, plans.NUMBER),
    "get_account_info": (plans.EMPTY, plans.ACCOUNT_INFO),
    "get_open_orders": (plans.EMPTY, plans.OPEN_ORDERS),
    "get_trades": (plans.GET_TRADES, plans.TRADES),
    "mark": (plans.MARK_REQUEST, plans.EMPTY),
    "get_markers": (plans.EMPTY, plans.MARKERS),
    "log": (plans.LOG, plans.EMPTY),
}


class Puppet:
    """Speaks for the guest within one bar; `bar` is the bar."""

    def __init__(self, life: Life, bar: Bar) -> None:
        self._life = life
        self.bar = bar

    def __call__(self, name: str, *values: Any, **fields: Any) -> Any:
        """Call a function of the host; return its answer."""
        request, answer = REQUESTS[name]
        data = request.encode(request.made(*values, **fields))
        return Reader().read(answer, self._life.host.server(name)(data))


def puppet(
    load: Load, monkeypatch: pytest.MonkeyPatch, *plays: Callable[[Puppet], object], **options: Any
) -> WasmStrategy:
    """Return a strategy that does one play a bar, and the last one ever after."""
    played: list[int] = []

    def process(life: Life, bar: Bar) -> None:
        life.scene.bar = bar
        life.host.begin()
        played.append(1)
        try:
            plays[min(len(played), len(plays)) - 1](Puppet(life, bar))
        except CallRefused as refusal:
            raise GuestRefused(str(refusal), cause=refusal) from refusal

    monkeypatch.setattr(Life, "process", process)
    return load(guest(), **options)
