"""The metrics of a session in Prometheus' text format. Made when they are asked for; nothing is kept in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from tradewind.app.control.metrics import metrics_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.app.control.desk import Desk
    from tradewind.monitor.histogram import Histogram

LEVELS = {"healthy": 0, "degraded": 1, "critical": 2}
STATES = {"closed": 0, "cooling": 1, "half_open": 2, "tripped": 3, "latched": 4}


def exposition(desk: Desk) -> bytes:
    """Return the text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Session(desk))
    return generate_latest(registry)


class _Session(Collector):
    """One session as a collector."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[Any]:
        """Yield the families."""
        desk, counts = self._desk, self._desk.counts
        told, health = metrics_of(desk.engine, counts), desk.run.session.health()
        for name in ("orders_submitted", "orders_filled", "orders_rejected", "orders_cancelled", "orders_expired"):
            yield CounterMetricFamily(f"tradewind_{name}", name.replace("_", " "), value=told[name])
        yield _labelled("tradewind_events", "steps by event", "kind", _kinds(counts.events.items()))
        yield _labelled("tradewind_refusals", "intents refused", "reason", told["refusals"].items())
        yield _labelled("tradewind_circuit_breaker_trips", "trips", "breaker_type", told["breaker_trips"].items())
        states = GaugeMetricFamily("tradewind_circuit_breaker_state", f"{STATES}", labels=["breaker_type"])
        for name, state in health["breakers"].items():
            states.add_metric([name], STATES.get(state, 4))
        yield states
        yield _histogram("tradewind_order_latency_seconds", "decision to the venue's answer", counts.order_latency)
        yield _histogram("tradewind_event_latency_seconds", "receipt to commit", counts.event_latency)
        gauges = {
            "portfolio_value": told["portfolio_value"], "gross_exposure": told["gross_exposure"],
            "total_pnl": told["total_pnl"], "unrealized_pnl": told["unrealized_pnl"],
            "commissions": told["commissions"], "health": LEVELS[health["status"]],
            "paused": health["paused"], "queue_depth": health["queue_depth"], "positions": health["position_count"],
            "journal_lag_seconds": health["journal_lag_ms"] / 1_000, "events_per_second": told["events_per_second"],
        }  # fmt: skip
        for name, value in gauges.items():
            if value is not None:  # what is not known is not told, rather than as zero
                yield GaugeMetricFamily(f"tradewind_{name}", name.replace("_", " "), value=float(value))
        ages = GaugeMetricFamily("tradewind_data_age_seconds", "age of the last price", labels=["instrument"])
        for instrument, age in health["data_age_seconds"].items():
            if age is not None:
                ages.add_metric([instrument], age)
        yield ages


def _kinds(events: Iterable[tuple[type, int]]) -> list[tuple[str, int]]:
    return [(str(kind.__struct_config__.tag), count) for kind, count in events]  # type: ignore[attr-defined]


def _labelled(name: str, told: str, label: str, values: Iterable[tuple[str, int]]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, told, labels=[label])
    for value, count in values:
        family.add_metric([value], count)
    return family


def _histogram(name: str, told: str, histogram: Histogram) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, told, buckets=histogram.buckets(), sum_value=histogram.sum)
