"""What can be configured where market data or orders go over Binance: spot, or USD-M perpetuals."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from tradewind.venues.registry.fields import Count, Seconds, Settings, mistake

_BASE_URL = Field(default=None, examples=["http://127.0.0.1:8900"])


class BinanceDataSettings(Settings):
    """Market data of Binance's; no key is needed."""

    market: Literal["spot", "usdm"] | None = None
    """Whose market: `usdm` are USD-M perpetuals; that of the account that is traded unless something is said."""

    also: tuple[Literal["trades", "quotes", "book"], ...] = ()
    """What strategies hear beside bars: `on_trade`, `on_quote`, `on_book`; books are kept in sync, or there is none."""
    environment: Literal["live", "testnet", "demo"] | None = None
    """Whose prices; those of the account that is traded unless something is said, and live ones without an account."""
    use_testnet: bool | None = None
    """The same in a shorter form: true is `testnet`, false is `live`."""
    base_url: str | None = _BASE_URL
    """Another server that speaks Binance's protocol: `tradewind exchange serve --binance PORT` on this machine."""
    silent_seconds: Seconds = 90
    """A stream that was silent for so long is named, and opened anew; at once after it was asked for, too."""
    rotate_seconds: Seconds = 82_800
    """A connection as old as this is replaced by the next one, without a gap; Binance cuts it after a day."""

    @property
    def place(self) -> str | None:
        """Return the environment that is named, in either form."""
        return self.environment or {None: None, True: "testnet", False: "live"}[self.use_testnet]

    @model_validator(mode="after")
    def _says_one_place(self) -> BinanceDataSettings:
        if sum(each is not None for each in (self.environment, self.use_testnet, self.base_url)) > 1:
            raise mistake("say environment, use_testnet or base_url, one of them", "environment")
        return self


class BinanceTradingSettings(Settings):
    """An account at Binance, by its key. Withdrawals should be off for it."""

    market: Literal["spot", "usdm"] = "spot"
    """Its wallet: `spot`, or `usdm` for USD-M perpetuals."""
    leverage: Count | None = Field(default=None, le=125)
    """USD-M: set for every symbol at the start, and margins are reckoned by it; None takes what is set there."""
    margin_type: Literal["crossed", "isolated"] | None = None
    """USD-M: set for every symbol at the start; None leaves what is set there."""
    position_mode: Literal["one_way", "hedge"] = "one_way"
    """USD-M: `one_way`. In hedge mode no session begins: it is refused, and the way out of it is named."""

    environment: Literal["live", "testnet", "demo"] | None = None
    """Where the account is: `testnet` (or `demo`) for binance-paper, `live` for binance-live."""
    base_url: str | None = _BASE_URL
    """Another server that speaks Binance's protocol; binance-paper takes servers on this machine alone."""
    api_key: SecretStr = Field(min_length=1)
    """The name of the key; `${BINANCE_API_KEY}` takes it from the environment."""
    secret_key: SecretStr = Field(min_length=1)
    """Its secret, or a private key (RSA or Ed25519) as PEM text."""
    secret_key_password: SecretStr | None = None
    """What the private key is locked with."""
    fees_in_bnb: bool | None = None
    """Whether Binance takes fees in BNB; false if that is switched off. Else BNB that is held must have a price."""
    filters_passed_over: tuple[str, ...] = ()
    """Filters of Binance's that this version does not know, and with which a session begins all the same."""
    recv_window_ms: Count = Field(default=5_000, le=60_000)
    """How long after it was signed a request may arrive; a larger one hides clock trouble and lengthens every doubt."""
    answer_seconds: Seconds = 10
    """How long a request waits for its answer before its outcome is unknown."""
    wait_seconds: Seconds = 2
    """How long a request waits for a connection that is down before it is refused, never sent."""
    clock_seconds: Seconds = 600
    """How often our clock is compared with Binance's; beside that whenever a request was out of time."""

    @model_validator(mode="after")
    def _says_one_place(self) -> BinanceTradingSettings:
        if self.environment is not None and self.base_url is not None:
            raise mistake("say environment or base_url, one of them", "base_url")
        if self.market == "spot":
            for name in ("leverage", "margin_type"):
                if getattr(self, name) is not None:
                    raise mistake("spot has none: it is for market: usdm", name)
            if self.position_mode != "one_way":
                raise mistake("spot has none: it is for market: usdm", "position_mode")
        return self
