"""What all tests share: the market data's folder, a closed network, and the same examples on every run."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
REAL_VENUES = "TRADEWIND_REAL_VENUES"
"""Set to 1, tests may speak to the world; without it they reach this machine alone."""

hypothesis.settings.register_profile("tradewind", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("tradewind")


def pytest_configure(config: pytest.Config) -> None:
    """Close the network before any test module is imported."""
    if os.environ.get(REAL_VENUES) != "1":
        socket.socket.connect = _connect_here  # type: ignore[assignment,method-assign]


_connect = socket.socket.connect


def _connect_here(self: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else "localhost"
    if host not in {"localhost", "127.0.0.1", "::1"}:
        raise AssertionError(f"a test wants to reach {host}: use recorded payloads, or set {REAL_VENUES}=1")
    _connect(self, address)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The market data of TRADEWIND_DATA; a test that asks for it is skipped where there is none."""
    folder = Path(os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no market data at {folder}: set TRADEWIND_DATA")
    return folder.resolve()


@pytest.fixture(scope="session", autouse=True)
def compiled_guests() -> Iterator[None]:
    """Guests that tests compile are kept in the checkout, not among those of the user."""
    from tests.guests import toolchain
    from tradewind.strategy.wasm import workshop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workshop, "CACHE", toolchain.KEPT / "compiled")
        yield


@pytest.fixture(scope="session", autouse=True)
def guests_have_processor_time() -> Iterator[None]:
    """In this process the deadlines of guests count the processor's time: a guest that loops uses it up as fast as the
    wall's, and one that is done at once is not late because the machine had no time for us.
    """
    from tradewind.strategy.wasm import ticker

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ticker, "time", SimpleNamespace(monotonic=time.process_time, sleep=time.sleep))
        yield
