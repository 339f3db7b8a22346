"""One instance of a guest in its session: started, fed, rehearsed, live, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.wasm.host import Host
from tradewind.strategy.wasm.host_market import ALL
from tradewind.strategy.wasm.instance import START_DEADLINES, Instance
from tradewind.strategy.wasm.messages import Text
from tradewind.strategy.wasm.plans import TEXT
from tradewind.strategy.wasm.scene import RUNNING, STARTING, TRIAL, Rehearsed, Scene, Series

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.strategy.context import Context
    from tradewind.strategy.wasm.book import GuestBook
    from tradewind.strategy.wasm.module import Compiled
    from tradewind.strategy.wasm.names import Names
    from tradewind.strategy.wasm.notes import GuestRecord, OrderNotes
    from tradewind.strategy.wasm.scene import History
    from tradewind.strategy.wasm.settings import GuestSettings
    from tradewind.strategy.wasm.workshop import Workshop

NEARLY_FULL = 0.5
"""Above this part of its memory a guest is built anew between two bars. What a refusal leaves behind in a Go guest lies
on a stack that is doubled when it is full, so from here the next step would go beyond the limit."""
LINE_LEVELS = {1: "info", 2: "error"}


class Belongings:
    """What a strategy has that outlives its instances."""

    def __init__(
        self, settings: GuestSettings, config_text: str, record: GuestRecord, notes: OrderNotes, book: GuestBook
    ) -> None:
        self.settings = settings
        self.config_text = config_text
        self.record = record
        self.notes = notes
        self.book = book


class Life:
    """An instance with its host. `number` tells the instances of a strategy apart, and seeds their numbers."""

    def __init__(
        self, shop: Workshop, compiled: Compiled, belongings: Belongings, *, seed: str, rehearsal: bool = False
    ) -> None:
        settings = belongings.settings
        self._belongings = belongings
        self.scene = Scene(rehearsal=rehearsal)
        self.host = Host(
            self.scene, belongings.record, belongings.notes, belongings.book, cutler=settings.rsi == "cutler"
        )
        self.instance = Instance(shop, compiled, self.host, settings, seed)
        self._limit = NEARLY_FULL * settings.memory_limit
        self._by_instrument: dict[InstrumentId, tuple[Series, Rehearsed | None]] = {}

    def enter(self, ctx: Context) -> None:
        """Give the guest a session; in a rehearsal its bars are those that are played to it."""
        scene = self.scene
        scene.ctx = ctx
        for symbol in ctx.symbols:
            instrument = ctx.id_of(symbol)
            rehearsed = Rehearsed(len(ctx.bars(ALL, instrument))) if scene.is_rehearsal else None
            series = Series(instrument, rehearsed if rehearsed is not None else self._history(ctx, instrument))
            scene.series[symbol] = series
            self._by_instrument[instrument] = series, rehearsed

    def open(self) -> Names:
        """Start the instance."""
        names = self.instance.start()
        self._take_output()
        return names

    def initialize(self) -> None:
        """Hand the configuration over; without a session it is only tried, and what needs one is refused."""
        scene, text = self.scene, self._belongings.config_text
        scene.phase = TRIAL if scene.ctx is None else STARTING
        self.host.begin()
        try:
            self.instance.invoke("initialize", TEXT.encode(Text(text)), START_DEADLINES)
        finally:
            if scene.ctx is not None:
                self.end(keep=True)
        scene.phase = RUNNING

    def see(self, bar: Bar) -> None:
        """Take a closed bar into what the guest may ask for."""
        series, rehearsed = self._by_instrument[bar.instrument]
        if rehearsed is not None:
            rehearsed.add(bar)
        series.add(bar)

    def process(self, bar: Bar) -> None:
        """Let the guest process the bar that was seen last; raises what comes of it."""
        scene, instance = self.scene, self.instance
        scene.bar = bar
        scene.request = request = self._by_instrument[bar.instrument][0].template.request(bar)
        self.host.begin()
        instance.wasi.begin(bar.ts_venue)
        instance.invoke("process_data", request)

    def end(self, *, keep: bool) -> None:
        """Give what the call has said to the session; without `keep` no order and no write to the cache."""
        if self.instance.wasi.output:
            self._take_output()
        self.host.record.end(keep_writes=keep)
        if keep:
            self.host.orders.end()

    def go_live(self, ctx: Context) -> None:
        """End a rehearsal: from here on what is said counts."""
        self.host.begin()
        self.scene.is_rehearsal = False
        self.host.begin()
        for instrument, (series, _) in list(self._by_instrument.items()):
            series.recent = self._history(ctx, instrument)
            self._by_instrument[instrument] = series, None

    @property
    def is_nearly_full(self) -> bool:
        """Whether the guest has used up most of its memory."""
        return self.instance.memory_bytes > self._limit

    def close(self) -> None:
        """Throw the instance away."""
        self.instance.close()
        self.host.close()

    def _history(self, ctx: Context, instrument: InstrumentId) -> History:
        return lambda count: ctx.bars(count, instrument)

    def _take_output(self) -> None:
        """Turn what was written to standard output and standard error into log lines."""
        wasi = self.instance.wasi
        for fd in (1, 2):
            text = b"".join(content for written, content in wasi.output if written == fd).decode("utf-8", "replace")
            for line in text.splitlines():
                if line.strip():
                    self.host.record.say(LINE_LEVELS[fd], line)
        wasi.output.clear()
