"""The page's own script, run by Node with a page and a Plotly that only take notes."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from typing import Any

import pytest

from tests.unit.report.demo import demo
from tradewind.report.charts import equity_chart, price_chart

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node to run the page's script")

PAGE = """
const [figure, range, change, script] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const asked = [], heard = {};
const box = {
  querySelector: () => ({ textContent: JSON.stringify(figure) }), replaceChildren() {}, on: (n, f) => (heard[n] = f),
};
globalThis.document = { documentElement: {}, querySelectorAll: () => [box] };
globalThis.getComputedStyle = () => ({ getPropertyValue: () => "#123456" });
globalThis.window = { matchMedia: () => ({ addEventListener() {} }) };
globalThis.Plotly = {
  react: (b, data, layout) => (b.layout = layout), relayout: (b, update) => asked.push(update),
};
eval(script);
box.layout.xaxis.range = range;
heard.plotly_relayout(change);
console.log(JSON.stringify(asked));
"""
SLID = {"xaxis.range": "whatever"}


def relayouts(figure: Any, span: list[Any], change: dict[str, Any]) -> list[dict[str, list[float]]]:
    """Draw a figure, move its x axis, say so; return what the script then asks of Plotly."""
    script = files("tradewind.report").joinpath("page.js").read_text(encoding="utf-8")
    given = json.dumps([json.loads(figure.to_json()), span, change, script])
    found = subprocess.run(["node", "-e", PAGE], input=given, capture_output=True, text=True, check=True)
    asked: list[dict[str, list[float]]] = json.loads(found.stdout)
    return asked


def test_prices_are_fitted_to_what_the_slider_shows() -> None:
    report = demo(1000)
    [bars] = report.bars
    figure, _ = price_chart(report, bars)
    first, last = (bars.ts[place] // 1_000_000 for place in (100, 200))
    [asked] = relayouts(figure, [first, last], SLID)
    low, high = asked["yaxis.range"]
    least, most = min(bars.low[99:201]), max(bars.high[99:201])
    assert least - (most - least) / 10 < low < least
    assert most < high < most + (most - least) / 10
    assert (most - least) < (max(bars.high) - min(bars.low)) / 2, "else it would show nothing"


def test_the_text_of_a_date_is_read_as_utc() -> None:
    report = demo(1000)
    figure = equity_chart(report)
    by_number = relayouts(figure, [1_700_000_000_000, 1_900_000_000_000], SLID)
    by_text = relayouts(figure, ["2023-11-14 22:13:20", "2030-03-17 17:46:40.0"], SLID)
    assert by_number == by_text
    assert set(by_number[0]) == {"yaxis.range", "yaxis2.range"}


@pytest.mark.parametrize("change", [{"yaxis.range": [1, 2]}, {"autosize": True}])
def test_what_moves_no_time_moves_no_price(change: dict[str, Any]) -> None:
    """Else its own answer would call it again, without end."""
    assert relayouts(equity_chart(demo(1000)), [0, 1], change) == []
