"""Whether orders may be real: every combination of flags, venue and environment."""

from __future__ import annotations

from itertools import product

import pytest

from tradewind.app.safety import Mode, trading_mode
from tradewind.domain.errors import ConfigError

PAPER, LIVE, REFUSED = "paper", "live", "refused"
BOTH, NONE = (True, True), (False, False)


def expected(flags: tuple[bool, bool], *, real: bool, environ: str | None) -> str:
    """Say again, in other words, what the rules are."""
    if environ == "demo" or flags not in (BOTH, NONE):
        return REFUSED
    if flags == NONE:
        return PAPER
    return LIVE if real and environ != "paper" else REFUSED


CASES = list(
    product(product((True, False), (True, False)), (True, False), (None, "", "paper", "live", "LIVE ", "demo"))
)


@pytest.mark.parametrize(("flags", "real", "environ"), CASES)
def test_every_combination(flags: tuple[bool, bool], real: bool, environ: str | None) -> None:
    def decide() -> Mode:
        return trading_mode(live_trading=flags[0], understood=flags[1], venue_is_real=real, environ_mode=environ)

    outcome = expected(flags, real=real, environ=environ)
    if outcome == REFUSED:
        with pytest.raises(ConfigError):
            decide()
    else:
        assert decide().name == outcome


def test_lesson_159_of_all_combinations_real_orders_need_both_flags_and_a_real_venue() -> None:
    """RP 26.6: one flag, the environment alone and the configuration alone are paper or refused."""
    live = [case for case in CASES if expected(case[0], real=case[1], environ=case[2]) == LIVE]
    assert [(flags, real) for flags, real, _ in live] == [(BOTH, True)] * 4


def test_the_variable_alone_is_paper_and_says_so() -> None:
    mode = trading_mode(live_trading=False, understood=False, venue_is_real=False, environ_mode="live")
    assert mode == Mode(
        real=False,
        notice="PAPER: TRADING_MODE=live does not make orders real. "
        "Real orders need both --live-trading and --i-understand-the-risks",
    )


def test_a_real_venue_without_flags_is_paper_and_says_so() -> None:
    mode = trading_mode(live_trading=False, understood=False, venue_is_real=True, environ_mode=None)
    assert (mode.real, mode.notice[:41]) == (False, "PAPER: the trading venue is a real one, b")


def test_plain_paper_says_nothing() -> None:
    assert trading_mode(live_trading=False, understood=False, venue_is_real=False, environ_mode=None) == Mode(
        real=False
    )


@pytest.mark.parametrize(
    ("live", "understood", "missing"),
    [(True, False, "add --i-understand-the-risks"), (False, True, "add --live-trading")],
)
def test_one_flag_alone_names_the_other(live: bool, understood: bool, missing: str) -> None:
    with pytest.raises(ConfigError, match=missing):
        trading_mode(live_trading=live, understood=understood, venue_is_real=True, environ_mode=None)
