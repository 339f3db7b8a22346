"""Who is let in at the control API, what is read of what they say, and what is never written anywhere."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.app.control.running import KEY, Session, session
from tradewind.app.control.commands import COMMANDS
from tradewind.app.control.gate import BODY_BYTES_MAX
from tradewind.app.control.schema import PROBES, READS, openapi
from tradewind.domain.control import OperatorEvent, Resumed
from tradewind.record.journal.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with session(tmp_path_factory.mktemp("control")) as made:
        yield made


def refused(answer: tuple[int, bytes], status: int) -> str:
    """Return the message of an answer that must be a typed error."""
    assert answer[0] == status, answer
    error = json.loads(answer[1])["error"]
    assert error["type"]
    return str(error["message"])


PATHS = [("GET", path) for path in (*READS, "/metrics", "/ready")] + [
    ("POST", f"/commands/{name}") for name in COMMANDS
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_without_the_token_nobody_is_heard_lesson_154(running: Session, method: str, path: str) -> None:
    before = running.engine.get_status()["paused"]
    for token in ("", "x" * 43, running.door.token[:-1], "ü"):
        assert "token" in refused(running.call(method, path, b"{}", token=token), 401)
    refused(running.call(method, path, b"{}", Authorization=f"Basic {running.door.token}"), 401)
    assert running.engine.get_status()["paused"] is before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_other_origins_hosts_and_forms_are_refused(running: Session, headers: dict[str, str], status: int) -> None:
    assert refused(running.call("POST", "/commands/halt", b"{}", **headers), status)
    assert running.client.read("/status")["halted"] == []


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_need_no_token_but_are_this_machines_alone(running: Session, path: str) -> None:
    assert json.loads(running.call("GET", path, token="")[1]) in ({"ok": True}, {"ok": False})
    refused(running.call("GET", path, token="", Host="evil.example"), 421)
    refused(running.call("POST", path, b"{}", token=""), 401)


BAD = (
    b"{", b"[]", b"null", b'"pause"', b"\xff\xfe", b"{} {}", b"[" * 5_000,
    b'{"for_seconds": -1}', b'{"for_seconds": 1e999}',
    b'{"for_seconds": "1h"}', b'{"unknown": 1}', b'{"reason": 7}', b'{"operator": "' + b"x" * 501 + b'"}',
    b'{"for_seconds": NaN}', b'{"timeout_seconds": 0}',
)  # fmt: skip


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body[:24]))
def test_malformed_bodies_are_told_and_do_nothing(running: Session, body: bytes) -> None:
    assert refused(running.call("POST", "/commands/pause", body), 422)
    assert running.client.read("/status")["paused"] is False


def test_oversize_bodies_are_not_read(running: Session) -> None:
    body = b'{"reason": "' + b"x" * BODY_BYTES_MAX + b'"}'
    assert "bytes at the most" in refused(running.call("POST", "/commands/pause", body), 413)
    with socket.create_connection(("127.0.0.1", running.door.port), timeout=20) as link:
        head = f"POST /commands/pause HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {running.door.token}\r\n"
        link.sendall(head.encode() + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        try:
            for _ in range(6):
                link.sendall(chunk)
            answer = link.recv(65_536)
        except (BrokenPipeError, ConnectionResetError):
            answer = b"HTTP/1.1 413"
    assert answer.startswith(b"HTTP/1.1 413")
    assert running.client.read("/status")["paused"] is False


def test_what_is_no_call_is_a_typed_error(running: Session) -> None:
    refused(running.call("GET", "/nothing"), 404)
    refused(running.call("GET", "/commands/../../etc/passwd"), 404)
    refused(running.call("DELETE", "/status"), 405)
    refused(running.call("GET", "/commands/pause"), 405)
    refused(running.call("GET", "/status?x=" + "y" * 30_000), 414)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted({field for kind in COMMANDS.values() for field in kind.__struct_fields__})
BODIES = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), ANY, max_size=4)
HARMLESS = [name for name in COMMANDS if name not in ("reconcile", "sync", "emergency-stop", "flatten")]
"""Those that answer at once, whatever they are told."""


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(HARMLESS), BODIES | st.binary(max_size=40))
def test_nothing_that_is_said_breaks_it_and_every_answer_is_as_described(
    running: Session, command: str, body: dict[str, Any] | bytes
) -> None:
    said = body if isinstance(body, bytes) else json.dumps({"timeout_seconds": 5} | body).encode()
    status, answer = running.call("POST", f"/commands/{command}", said)
    described = openapi()["paths"][f"/commands/{command}"]["post"]["responses"]
    assert str(status) in described
    told = json.loads(answer)
    assert set(told) == {"error"} or told["outcome"] in ("done", "refused", "partly")
    assert status != 200 or told["outcome"] == "done"


def test_the_description_is_of_what_there_is(running: Session) -> None:
    described = json.loads(running.call("GET", "/openapi.json")[1])
    assert described == json.loads(json.dumps(openapi()))
    for path in (*READS, *PROBES):
        assert running.call("GET", path)[0] in (200, 503)
    assert len(described["paths"]) == len(READS) + len(PROBES) + 1 + len(COMMANDS)


def test_every_call_is_written_down_and_the_doors_file_is_its_owners(running: Session) -> None:
    running.call("POST", "/commands/pause", b'{"operator": "ann", "reason": "lunch"}')
    running.call("GET", "/orders", token="wrong")
    lines = [json.loads(line) for line in (running.home / "control-audit.jsonl").read_text().splitlines()]
    paused, orders = lines[-2:]
    assert (paused["path"], paused["status"], paused["body"]["operator"]) == ("/commands/pause", 200, "ann")
    assert (orders["status"], orders["refused"][:6]) == (401, "a call")
    for name in ("control.json", "control-audit.jsonl"):
        assert stat.S_IMODE((running.home / name).stat().st_mode) == 0o600
    running.client.command("resume")


def test_no_secret_is_in_a_file_a_log_or_the_list_of_processes(running: Session) -> None:
    """A key of the strategy's parameters, and the token: each only where it must be."""
    running.call("POST", "/commands/pause", json.dumps({"reason": "x", "api_key": KEY}).encode())
    running.client.command("resume")
    secrets = KEY.encode(), running.door.token.encode()
    files = [path for path in running.home.parent.parent.rglob("*") if path.is_file() and path.name != "control.json"]
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        assert not any(secret in content for secret in secrets), path
    arguments = b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK))
    listed = subprocess.run(["ps", "axww"], capture_output=True, check=False).stdout
    assert not any(secret in arguments + listed for secret in secrets)
    assert running.door.token not in repr(running.door)


def words_of(made: Session) -> list[object]:
    """Return all words of operators in the journal so far."""
    return [step.event for step in read(made.home / "journal.sqlite") if isinstance(step.event, OperatorEvent)]


def test_lesson_149_whatever_is_read_nothing_is_said_to_the_engine(running: Session) -> None:
    """A word that is said at the end stands in the journal, after none of them."""
    before = len(words_of(running))
    for path in (*READS, *PROBES, "/metrics", "/ready"):
        assert running.call("GET", path)[0] in (200, 503)
        assert running.call("POST", path, b"{}")[0] == 405, "and what reads cannot be told to write"
    assert running.client.command("resume")["outcome"] == "done"
    assert [type(word) for word in words_of(running)[before:]] == [Resumed]


def test_lesson_155_it_listens_on_this_machine_alone_and_runs_no_code_that_it_is_sent(
    running: Session, tmp_path: Path
) -> None:
    """There the rule is no socket at all by default; ours is at 127.0.0.1 behind a token, or a Unix socket."""
    found = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    listening = [row[1].split(":") for row in found if len(row) > 3 and row[3] == "0A"]
    ours = [address for address, port in listening if int(port, 16) == running.door.port]
    assert ours == ["0100007F"]
    (tmp_path / "foreign.py").write_text("raise SystemExit('it was run')")
    status, told = running.call(
        "POST", "/commands/swap-strategy", json.dumps({"source": f"{tmp_path / 'foreign.py'}:Foreign"}).encode()
    )
    assert "control.strategies" in refused((status, told), 409)


def test_with_the_switch_off_nothing_listens(tmp_path: Path) -> None:
    with pytest.raises(AssertionError), session(tmp_path, patience=1.0, enabled=False):
        pass


def test_a_unix_socket_takes_the_place_of_a_port(tmp_path: Path) -> None:
    path = f"/tmp/tw-control-{os.getpid()}"
    with session(tmp_path, socket=path) as made:
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
        assert made.door.port == 0
        assert made.client.command("pause")["outcome"] == "done"
    assert not Path(path).exists()
