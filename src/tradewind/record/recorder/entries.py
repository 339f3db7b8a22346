"""Log rows of what the risk gate tells of entries."""

from __future__ import annotations

from tradewind.domain.approval import (
    CorrelationsMeasured,
    EntrySized,
    FillDeviated,
    RegimeTold,
    RiskAdjusted,
    RiskWarned,
)
from tradewind.domain.money import plain

RiskNotice = FillDeviated | EntrySized | RiskAdjusted | RegimeTold | CorrelationsMeasured | RiskWarned


def told_of_entry(notice: RiskNotice) -> tuple[str, str, str]:
    """Return level, text and kind of the row of a notice."""
    match notice:
        case EntrySized():
            return "debug", _sized(notice), "entry_sized"
        case RiskAdjusted():
            factors = f"size x{plain(notice.size)}, stop x{plain(notice.stop)}, day x{plain(notice.daily)}"
            return "info", f"dynamic risk: {factors} ({notice.reason or 'as usual'})", "risk_adjusted"
        case RegimeTold():
            regime = notice.regime
            text = f"the market is said to be {regime.trend.value}, volatility {regime.volatility.value}"
            return "info", text, "regime_told"
        case CorrelationsMeasured():
            known = sum(pair.value is not None for pair in notice.pairs)
            return "debug", f"{known} of {len(notice.pairs)} correlations are known", "correlations_measured"
        case FillDeviated():
            held = "; the instrument may only reduce" if notice.is_held else ""
            far = f"{notice.order} filled at {plain(notice.price)}, expected {plain(notice.reference)}"
            return "error" if notice.is_held else "warning", f"{far}{held}", "fill_price_deviation"
        case RiskWarned():
            return "warning", f"{notice.about}: {notice.detail}", "risk_warned"


def _sized(notice: EntrySized) -> str:
    factors = "".join(f" x{plain(factor)} {name}" for name, factor in notice.factors)
    bound = f", held by {notice.bound}" if notice.bound else ""
    return f"{plain(notice.raw)} of the equity{factors}: {plain(notice.size)}{bound}"
