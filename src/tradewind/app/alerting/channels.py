"""The ways out: addresses of Apprise, which speaks to mail, Slack, Telegram, SMS and a hundred more.

An address is a secret. None of it is ever told: not by us, and Apprise's own log is silenced.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any, Protocol

from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING = "alerts need Apprise: pip install 'tradewind[alerts]'"
_KINDS = {"debug": "info", "info": "info", "warning": "warning", "error": "failure", "critical": "failure"}


class Channel(Protocol):
    """A way out."""

    name: str

    def send(self, severity: str, title: str, body: str) -> bool:
        """Send a message; return whether whoever takes it has said yes. May take as long as it likes, never raises."""
        ...


class AppriseChannel:
    """One or several addresses, each of which must take a message."""

    def __init__(self, name: str, urls: Sequence[str]) -> None:
        self.name = name
        self._apprise = _made(name, urls)

    def send(self, severity: str, title: str, body: str) -> bool:
        """Send a message to all of the addresses; True if all have taken it."""
        try:
            return bool(self._apprise.notify(body=body, title=title, notify_type=_KINDS[severity]))
        except Exception:  # noqa: BLE001 - whatever a service's plugin raises, the message was not delivered
            return False


def _made(name: str, urls: Sequence[str]) -> Any:  # noqa: ANN401 - comes without types
    """Return the addresses, ready; `ConfigError` for one that means nothing, by its place."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its plugins, all loaded for the first address, have their own
        try:
            import apprise
        except ImportError:
            raise ConfigError(MISSING) from None
        logger = logging.getLogger("apprise")
        logger.handlers, logger.propagate = [logging.NullHandler()], False
        made = apprise.Apprise()
        for place, url in enumerate(urls):
            if not made.add(url):
                raise ConfigError(f"alerts.{name}[{place}]: no address that Apprise knows")
    return made
