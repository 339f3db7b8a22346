from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tradewind.domain.money import money_context

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _money() -> Iterator[None]:
    with money_context():
        yield
