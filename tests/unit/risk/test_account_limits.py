"""The limits of an account that several engines share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewind.risk.account import Holding, Standing, check_shared
from tradewind.risk.limits import Limits

D = Decimal


def standing(profit: int = 0, gross: int = 0, margin: int | None = None) -> Standing:
    return Standing(D(profit), D(gross), D(gross if margin is None else margin))


@pytest.mark.parametrize(
    ("limits", "standings", "holdings", "recent", "refused"),
    [
        ({}, [standing(gross=60), standing(gross=40)], [], 9, ""),
        ({}, [standing(gross=60), standing(gross=41)], [], 1,
         "insufficient_funds: 101 of 100, initial margin over all keys"),
        ({}, [standing(profit=-1), standing(gross=100)], [], 1,
         "insufficient_funds: 100 of 99, initial margin over all keys"),
        ({"leverage_max": D(2)}, [standing(gross=120, margin=10), standing(gross=80, margin=10)], [], 1, ""),
        ({"leverage_max": D(2)}, [standing(gross=120, margin=10), standing(gross=81, margin=10)], [], 1,
         "leverage: 2.01 of 2, gross exposure over equity, all keys"),
        ({"leverage_max": D(2)}, [standing(profit=-100)], [], 1,
         "leverage: unknown of 2, gross exposure over equity, all keys"),
        ({"position_quantity_max": D(3)}, [standing()], [Holding(D(2), D(5)), Holding(D(1), D(5))], 1, ""),
        ({"position_quantity_max": D(3)}, [standing()], [Holding(D(2), D(5)), Holding(D("1.5"), D(5))], 1,
         "max_position: 3.5 of 3, over all keys"),
        ({"position_quantity_max": D(3)}, [standing()], [Holding(D(4), D(5)), Holding(D(-1), D(5))], 1, ""),
        ({"position_value_max": D(10)}, [standing()], [Holding(D(2), D(5)), Holding(D(1), D(5))], 1,
         "max_position: 15 of 10, over all keys"),
        ({"orders_per_minute_max": 3}, [standing()], [], 3, ""),
        ({"orders_per_minute_max": 3}, [standing()], [], 4, "order_rate: 4 of 3"),
        ({}, [standing(), Standing(D(0), None, D(0))], [], 1,
         "sizer_input_missing: equity is unknown: a price is missing"),
    ],
)  # fmt: skip
def test_the_sum_of_all_is_held_against_the_limits(
    limits: dict[str, Any], standings: list[Standing], holdings: list[Holding], recent: int, refused: str
) -> None:
    assert check_shared(Limits(**limits), D(100), standings, holdings, recent=recent) == refused
