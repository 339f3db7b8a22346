"""What can be configured where market data or orders go over an exchange in a process of its own."""

from __future__ import annotations

from pydantic import Field, model_validator

from tradewind.venues._net.address import Address, parse_address
from tradewind.venues.registry.fields import Seconds, Settings, mistake


class ExchangeDataSettings(Settings):
    """The market of an exchange that `tradewind exchange serve` runs on this machine."""

    socket: str | None = None
    """The path of its socket."""
    url: str | None = Field(default=None, examples=["tcp://127.0.0.1:7777"])
    """Or its port: `tcp://127.0.0.1:PORT`; it is reached on this machine alone."""
    dead_seconds: Seconds = 3
    """A link on which nothing was heard for so long is cut and opened anew."""

    @property
    def address(self) -> Address:
        """Return where it is."""
        return parse_address(self.socket, self.url)

    @model_validator(mode="after")
    def _says_where(self) -> ExchangeDataSettings:
        try:
            parse_address(self.socket, self.url)
        except ValueError as error:
            raise mistake(str(error), "url" if self.url is not None else "socket") from None
        return self


class ExchangeTradingSettings(Settings):
    """An account at the exchange that the market data come from: simulated money that outlives the session."""

    account: str = Field(default="main", min_length=1)
    """Its name; `tradewind exchange serve --account` opens it."""
    answer_seconds: Seconds = 5
    """How long a request waits for its receipt before its outcome is unknown."""
    wait_seconds: Seconds = 2
    """How long a request waits for a link that is down before it is refused, never sent."""
    reconnect_seconds_max: Seconds = 8
    """The longest wait between two tries to connect; the first is a tenth of a second, and there is no last."""
