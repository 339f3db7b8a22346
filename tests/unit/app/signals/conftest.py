"""What the tests of signals share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tradewind.app.signals.observers import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What listeners of errors hear."""
    heard: list[str] = []
    remove = ERROR.add(lambda error: heard.append(str(error)))
    yield heard
    remove()
