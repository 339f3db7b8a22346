"""The alerts of a live session, as its configuration wants them; the first message is sent before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from tradewind.app.alerting.channels import AppriseChannel
from tradewind.app.alerting.pacing import Pace
from tradewind.app.alerting.watcher import FILE, Alerts, Sign
from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tradewind.app.alerting.channels import Channel
    from tradewind.app.config import Config
    from tradewind.app.session.files import SessionFiles
    from tradewind.app.session.live_run import LiveRun

log = structlog.get_logger(__name__)


def channels_of(config: Config) -> list[Channel]:
    """Return the ways out, the backup last; `ConfigError` for an address that means nothing."""
    settings = config.alerts
    named = (("urls", settings.urls), ("backup_urls", settings.backup_urls))
    return [AppriseChannel(name, [url.get_secret_value() for url in urls]) for name, urls in named if urls]


def check_for_real_money(config: Config) -> None:
    """Raise `ConfigError` for real orders that nobody would hear of."""
    if config.alerts.required and not config.alerts.urls:
        raise ConfigError(
            "alerts.urls: real money needs somebody who is told when it goes wrong; give an address, "
            "or set alerts.required: false"
        )


def greet(config: Config, channels: Sequence[Channel], title: str) -> None:
    """Send the first message; `ConfigError` if the first channel does not take it and that is required."""
    if not channels or channels[0].send("info", title, "begins; alerts come this way"):
        return
    told = "alerts.urls: the first message was not taken: nobody would hear of what happens"
    if config.alerts.required:
        raise ConfigError(f"{told}; with alerts.required: false it begins all the same")
    log.error(told)


def alerts_of(config: Config, files: SessionFiles, channels: Sequence[Channel]) -> Alerts | None:
    """Return who sends the alerts of a session; None without a channel."""
    settings, header = config.alerts, files.header
    if not channels:
        return None
    pace = Pace(
        quiet_seconds=settings.quiet_seconds, again_seconds=settings.again_seconds, hourly_max=settings.hourly_max
    )  # fmt: skip
    return Alerts(
        channels, pace,
        title=title_of(config, header.mode, header.session_id, header.config_hash),
        least=settings.severity,
        file=files.folders.home / FILE,
        secrets=secrets_of(config),
        close_seconds=settings.close_seconds,
    )  # fmt: skip


def title_of(config: Config, mode: str, session: str = "", config_hash: str = "") -> str:
    """Return what stands above each message: what trades, in which mode, and by which configuration."""
    about = f"tradewind {mode} {', '.join(config.engine.symbols[:3])}"
    about += " …" if len(config.engine.symbols) > 3 else ""
    return f"{about} {session} {config_hash[:8]}".rstrip()


def signs_of(run: LiveRun) -> Iterator[Sign]:
    """Yield what is wrong beside the steps: the loop, the journal, who writes files and database."""
    settings = run.config.alerts
    silent = run.supervision.supervisor.silent_seconds
    if silent >= settings.silent_seconds:
        yield Sign("loop_silent", "critical", f"the loop has not turned for {silent:.0f} s")
    lag = run.session.health()["journal_lag_ms"] / 1_000
    if lag >= settings.journal_slow_seconds:
        yield Sign("journal_slow", "error", f"the last commit of the journal took {lag:.1f} s")
    if run.recorder.trouble or run.recorder.missed:
        yield Sign("recorder", "error", run.recorder.trouble or run.recorder.missed)
    for writer in run.databases:
        if writer.error:
            yield Sign("database", "error", f"the database cannot be written: {writer.error}")


def secrets_of(config: Config) -> list[str]:
    """Return the texts that no message may have in it."""
    from pydantic import BaseModel, SecretStr

    def found(value: object) -> Iterator[str]:
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            for name in type(value).model_fields:
                yield from found(getattr(value, name))
        elif isinstance(value, dict):
            for each in value.values():
                yield from found(each)
        elif isinstance(value, list | tuple):
            for each in value:
                yield from found(each)

    return sorted(set(found(config)))
