"""`tradewind data download`, at a server on this machine that has three months of bars with a hole in them."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tradewind.app.cli import main
from tradewind.domain.time import NS_PER_HOUR, NS_PER_MS, day_number
from tradewind.exchange.binance.symbols import Symbol
from tradewind.record.market_data.bars import Series
from tradewind.record.market_data.catalog import Catalog
from tradewind.testing.builders import instrument

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JAN, FEB, MAR, APRIL_10 = (day_number(2024, month, day) * 24 for month, day in ((1, 1), (2, 1), (3, 1), (4, 10)))
HOLE = (FEB + 100, FEB + 110)
"""Hours that nobody has."""
SERIES = Series("binance", "BTCUSDT", "1h")
INFO = {"rateLimits": [], "symbols": [Symbol(instrument("BTCUSDT"), 1).listed()]}


def row(hour: int) -> list[Any]:
    low = 100 + hour % 50
    ms = hour * 3_600_000
    prices = [f"{low + 1}.00", f"{low + 3}.25", f"{low}.50", f"{low + 2}.00", "7.5"]
    return [ms, *prices, ms + 3_599_999, "750.0", 42, "3", "300", "0"]


def rows(start: int, end: int) -> list[list[Any]]:
    return [row(hour) for hour in range(start, end) if not HOLE[0] <= hour < HOLE[1]]


class Server:
    """Binance's REST and its archives; `asked` is what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.damaged = ""
        self.breaks_after = 10_000
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = outer.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, target: str) -> tuple[int, bytes]:
        parts = urlsplit(target)
        self.asked.append(parts.path.rpartition("/")[2])
        if parts.path == "/api/v3/exchangeInfo":
            return 200, json.dumps(INFO).encode()
        if parts.path == "/api/v3/klines":
            if self.asked.count("klines") > self.breaks_after:
                return 400, b'{"code":-1000,"msg":"it broke off"}'
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            start, end = (int(asked[name]) for name in ("startTime", "endTime"))
            found = rows(-(-start // 3_600_000), end // 3_600_000 + 1)
            return 200, json.dumps(found[: int(asked["limit"])]).encode()
        return self.archive(parts.path)

    def archive(self, path: str) -> tuple[int, bytes]:
        months = {"2024-01": (JAN, FEB), "2024-02": (FEB, MAR)}  # March is over, and not there yet
        month = next((span for name, span in months.items() if f"BTCUSDT-1h-{name}.zip" in path), None)
        if month is None or not path.startswith("/data/spot/monthly/klines/BTCUSDT/1h/"):
            return 404, b""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            name = zipfile.ZipInfo(path.rpartition("/")[2].removesuffix(".CHECKSUM").replace(".zip", ".csv"))
            file.writestr(name, "".join(",".join(map(str, each)) + "\n" for each in rows(*month)))
        digest = hashlib.sha256(packed.getvalue() + (b"!" if self.damaged else b"")).hexdigest()
        checksum = b"" if self.damaged == "empty" else f"{digest}  name.zip\n".encode()
        return 200, checksum if path.endswith(".CHECKSUM") else packed.getvalue()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


def download(server: Server, root: Path, *words: str, code: int = 0, until: str = "2024-04-10") -> None:
    assert main([
        "data", "download", "--symbols", "BTCUSDT", "--interval", "1h", "--from", "2024-01-01", "--to", until,
        "--base-url", server.url, "--root", str(root), "--json", *words,
    ]) == code  # fmt: skip


def test_months_come_from_archives_the_rest_by_pages_and_what_nobody_has_is_told(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    download(server, tmp_path, "--archives", server.url)
    (told,) = json.loads(capsys.readouterr().out)
    whole = rows(JAN, APRIL_10)
    assert told["series"] == str(SERIES)
    assert (told["added"], told["from_archives"]) == (len(whole), MAR - JAN - 10)
    assert told["missing"] == 10
    assert told["gaps"] == [{"from": "2024-02-05T04:00:00Z", "to": "2024-02-05T14:00:00Z"}]
    frame = Catalog(tmp_path).frame(SERIES)
    assert frame["ts_open"].to_list() == [each[0] * NS_PER_MS for each in whole]
    assert frame["close"].to_list() == [float(each[4]) for each in whole]
    assert frame["trades"].to_list() == [42] * len(whole)
    assert str(Catalog(tmp_path).facts(SERIES.instrument).instrument.lot) == "0.00001"


def test_without_archives_it_is_the_same_and_a_second_time_asks_for_the_hole_alone(
    server: Server, tmp_path: Path
) -> None:
    download(server, tmp_path / "archives", "--archives", server.url)
    download(server, tmp_path / "pages")
    one, other = (Catalog(tmp_path / name).manifest(SERIES) for name in ("archives", "pages"))
    assert one == other
    before = server.asked.count("klines")
    download(server, tmp_path / "pages")
    assert server.asked.count("klines") == before + 1, "the hole"
    assert Catalog(tmp_path / "pages").manifest(SERIES) == one


@pytest.mark.parametrize("damaged", ["other", "empty"])
def test_a_damaged_archive_is_not_believed(server: Server, tmp_path: Path, damaged: str) -> None:
    """Its checksum is another, or its checksum's file has nothing in it."""
    server.damaged = damaged
    download(server, tmp_path, "--archives", server.url)
    assert Catalog(tmp_path).frame(SERIES).height == len(rows(JAN, APRIL_10))
    assert server.asked.count("klines") >= 2


def test_archives_that_cannot_be_reached_are_done_without(server: Server, tmp_path: Path) -> None:
    download(server, tmp_path, "--archives", "http://127.0.0.1:9")
    assert Catalog(tmp_path).frame(SERIES).height == len(rows(JAN, APRIL_10))


def test_broken_off_it_keeps_what_it_has_and_goes_on_where_it_stood(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tradewind.app.download.binance.PAGES_KEPT", 1)
    server.breaks_after = 1
    download(server, tmp_path, code=1)
    assert "it broke off" in capsys.readouterr().err
    kept = Catalog(tmp_path).frame(SERIES)
    assert kept.height == 1_000
    server.breaks_after = 10_000
    asked = len(server.asked)
    download(server, tmp_path)
    assert Catalog(tmp_path).frame(SERIES).height == len(rows(JAN, APRIL_10))
    assert server.asked[asked:].count("klines") <= 3


def test_only_closed_bars_and_none_of_the_future(server: Server, tmp_path: Path) -> None:
    download(server, tmp_path, until="2024-01-01T05:30")
    opened = Catalog(tmp_path).frame(SERIES)["ts_open"].to_list()
    assert opened == [(JAN + hour) * NS_PER_HOUR for hour in range(5)]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--symbols", "BTCUSD"], 1, "did you mean 'BTCUSDT'?"),
        (["--interval", "7x"], 2, "not an interval"),
        (["--from", "yesterday"], 2, "a time is like 2024-01-01"),
        (["--base-url", "ftp://x"], 2, "an address is like"),
        (["--provider", "nyse"], 2, "binance"),
    ],
)
def test_mistakes_are_told(  # noqa: PLR0917 - a fixture each, and a row of the table
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    download(server, tmp_path, *words, code=code)
    assert says in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.parquet"))
