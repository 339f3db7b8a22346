"""From the configured models to the small classes of the simulated venue."""

from __future__ import annotations

from typing import assert_never

from tradewind.domain.account import AccountKind
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.registry import paper_settings as paper
from tradewind.venues.registry.fault_settings import Faults, NoFaults
from tradewind.venues.sim import models
from tradewind.venues.sim.faults import SeededFaults
from tradewind.venues.sim.settings import MatchOn, SimModels


def sim_models(settings: paper.PaperSettings, seed: int, finest: MatchOn = "bars") -> SimModels:
    """Put together the models of the simulated venue; draws begin at the session's seed and the model's.

    `finest` is the finest kind of data that the session has.
    """
    return SimModels(
        account=AccountKind(settings.account),
        fees=_fees(settings.fees),
        slippage=_slippage(settings.slippage),
        latency=_latency(settings.latency, seed),
        faults=_faults(settings.faults, seed),
        touch=settings.fill.limit == "touch",
        volume_share=settings.fill.volume_share,
        borrow_rate=settings.borrow.annual_rate,
        funding=settings.funding.enabled,
        match_on=finest if settings.fill.match_on == "auto" else settings.fill.match_on,
        fill_by_size=settings.fill.by_size,
        queue=settings.fill.queue,
        current_bar_mid=settings.fill.model == "current_bar_mid",
    )


def _fees(fees: paper.Fees) -> models.FeeModel:
    match fees:
        case paper.BpsFees():
            return models.BpsFees(fees.maker_bps, fees.taker_bps)
        case paper.PerShareFees():
            return models.PerShareFees(fees.rate, fees.minimum, fees.maximum)
        case paper.PerContractFees():
            return models.PerContractFees(fees.rate)
        case paper.PerOrderFees():
            return models.PerOrderFees(fees.cost)
        case _:
            assert_never(fees)


def _slippage(slippage: paper.Slippage) -> models.SlippageModel:
    match slippage:
        case paper.NoSlippage():
            return models.NoSlippage()
        case paper.BpsSlippage():
            return models.FixedBpsSlippage(slippage.bps)
        case paper.SpreadSlippage():
            return models.SpreadSlippage(slippage.spread)
        case paper.VolumeShareSlippage():
            return models.VolumeShareSlippage(slippage.volume_limit, slippage.impact)
        case paper.AsymmetricSlippage():
            return models.AsymmetricSlippage(_slippage(slippage.buy), _slippage(slippage.sell))
        case _:
            assert_never(slippage)


def _latency(latency: paper.Latency, seed: int) -> models.LatencyModel:
    if isinstance(latency, paper.NoLatency):
        return models.FixedLatency()
    fixed = models.FixedLatency(
        *(int(ms * NS_PER_MS) for ms in (latency.submit_ms, latency.cancel_ms, latency.report_ms))
    )
    if not isinstance(latency, paper.RandomLatency):
        return fixed
    kind = models.NormalLatency if latency.kind == "normal" else models.JitterLatency
    return kind(fixed, latency.jitter, seed * 1_000_003 + latency.seed)


def _faults(faults: Faults, seed: int) -> SeededFaults | None:
    if isinstance(faults, NoFaults):
        return None
    return SeededFaults(
        seed * 1_000_003 + faults.seed,
        lost=faults.lost,
        unanswered=faults.unanswered,
        late=faults.late,
        failed_lookup=faults.failed_lookup,
        lost_word=faults.lost_word,
        timeout_ns=int(faults.timeout_ms * NS_PER_MS),
        late_ns=int(faults.late_ms * NS_PER_MS),
    )
