from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from tests.unit.report.demo import BITCOIN, START, demo, demo_bars
from tradewind.domain.errors import TradewindError
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.stats.statistics import statistics_of
from tradewind.report import Annotation, ReportInput, render_html

EVIL = "</script><script>alert(1)</script>"


def charts(page: str) -> list[Any]:
    return [json.loads(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', page)]


class Balance(HTMLParser):
    """Checks that each element is closed where it ought to be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    return render_html(demo(4000))


def test_it_stands_alone(page: str) -> None:
    assert "Plotly" in page
    assert not re.search(r"<(script|img|link)[^>]*(src|href)=", page)


def test_its_elements_are_balanced(page: str) -> None:
    parser = Balance()
    parser.feed(page)
    assert parser.open == []


def test_it_has_all_sections(page: str) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles == ["Equity", "binance:BTCUSDT", "Months", "Statistics", "Trades", "Refusals"]


def test_charts_show_equity_drawdown_candles_and_fills(page: str) -> None:
    equity, prices = charts(page)
    assert [trace["type"] for trace in equity["data"]] == ["scatter", "scatter"]
    assert equity["data"][0]["x"][0] == START // 1_000_000
    assert max(equity["data"][1]["y"]) == 0
    assert [trace.get("name") for trace in prices["data"]] == ["price", "buy", "sell", "marks"]
    assert prices["layout"]["xaxis"]["rangeslider"]["visible"]


def test_the_drawn_drawdown_is_as_deep_as_the_figure() -> None:
    report = demo(9000)
    depth = min(charts(render_html(report))[0]["data"][1]["y"])
    assert -depth == report.statistics.risk.max_drawdown


def test_text_from_outside_is_escaped() -> None:
    report = demo(1000)
    marks = [Annotation(report.bars[0].ts[5], BITCOIN, EVIL, EVIL)]
    page = render_html(msgspec.structs.replace(report, title=EVIL, currency=EVIL, facts={EVIL: EVIL}, marks=marks))
    assert "<script>alert" not in page
    assert len(charts(page)) == 2


def test_many_bars_are_a_page_below_eight_megabytes() -> None:
    bars = demo_bars(200_000, NS_PER_MINUTE)
    page = render_html(msgspec.structs.replace(demo(4000), bars=[bars]))
    assert len(page.encode()) < 8_000_000
    assert "200,000 bars, drawn as 3,334 candles of 1h." in page


def test_a_mark_without_a_price_stands_at_the_last_close_and_a_strange_colour_is_grey() -> None:
    report = demo(1000)
    bars = report.bars[0]
    marks = [Annotation(ts, BITCOIN, "x", color="blurple") for ts in (bars.ts[0], bars.ts[7], bars.ts[7] + 1)]
    trace = charts(render_html(msgspec.structs.replace(report, marks=marks)))[1]["data"][3]
    assert trace["y"] == [bars.close[0], bars.close[6], bars.close[7]]
    assert trace["marker"]["color"] == ["#6b7280"] * 3


def test_an_empty_session_has_a_page() -> None:
    page = render_html(ReportInput(title="Nothing", currency="", statistics=statistics_of([], []), equity=[]))
    assert charts(page) == []
    assert "No trade was closed." in page
    assert "Nothing was refused." in page


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(TradewindError, match=r"pip install 'tradewind\[report\]'"):
        render_html(demo(1000))
