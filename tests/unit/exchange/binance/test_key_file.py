"""Keys in a file: of all kinds, with what they may do; what is secret is told once, on request."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.unit.exchange.binance.rig import CONFIG, Rig
from tradewind.app.cli import main
from tradewind.app.cli.exits import Exit
from tradewind.domain.errors import ConfigError
from tradewind.exchange.binance.key_file import KeyFile, new_key, opened, read_keys, write_keys
from tradewind.venues.binance.sign import HmacSigner, signer_of

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.exchange.binance.key_file import Kind

PAYLOAD = "symbol=BTCUSDT&timestamp=1"


@pytest.mark.parametrize("kind", ["hmac", "ed25519", "rsa"])
def test_a_key_of_each_kind_is_made_kept_and_verifies(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    entry, secret = new_key("main", kind, may_trade=True, may_withdraw=False)
    write_keys(path, KeyFile((entry,)))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if kind != "hmac":
        assert secret not in path.read_text()
    [key] = opened(read_keys(path), ["main"])
    signature = (HmacSigner(secret) if kind == "hmac" else signer_of(secret)).sign(PAYLOAD)
    assert key.has_signed(PAYLOAD.encode(), signature)
    assert not key.has_signed(b"symbol=ETHUSDT", signature)
    assert key.can_log_on is (kind == "ed25519")


def test_commands_tell_a_secret_once_and_only_if_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, private = tmp_path / "keys.json", tmp_path / "private.pem"
    assert main(["exchange", "keys", "new", str(path)]) == Exit.CONFIG
    capsys.readouterr()
    assert not path.exists()
    assert main(["exchange", "keys", "new", str(path), "--secret-to", str(private)]) == 0
    name = capsys.readouterr().out.strip()
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert "PRIVATE KEY" in private.read_text()
    assert main(["exchange", "keys", "new", str(path), "--kind", "hmac", "--print-secret", "--withdraw"]) == 0
    second, secret = capsys.readouterr().out.split()
    assert main(["exchange", "keys", "list", str(path)]) == 0
    listed = capsys.readouterr().out
    assert name in listed
    assert second in listed
    assert secret not in listed
    assert main(["exchange", "keys", "new", str(path), "--secret-to", str(private)]) == Exit.CONFIG
    assert len(read_keys(path).keys) == 2


def test_a_public_key_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry, _ = new_key("main", "rsa", may_trade=True, may_withdraw=False)
    public, path = tmp_path / "public.pem", tmp_path / "keys.json"
    public.write_text(entry.public)
    assert main(["exchange", "keys", "new", str(path), "--kind", "rsa", "--public", str(public), "--read-only"]) == 0
    assert capsys.readouterr().out.split() == [read_keys(path).keys[0].key]
    assert not opened(read_keys(path), ["main"])[0].may_trade
    public.write_text("nothing of the kind")
    assert main(["exchange", "keys", "new", str(path), "--kind", "rsa", "--public", str(public)]) == Exit.CONFIG


def test_a_file_of_others_and_keys_of_nobody_are_refused_without_their_content(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('{"keys": [{"key": "k", "account": "main", "kind": "hmac", "secret": "s3cr3t", "x": 1}]}')
    with pytest.raises(ConfigError, match="is no file of keys") as caught:
        read_keys(path)
    assert "s3cr3t" not in str(caught.value)
    entry, _ = new_key("other", "hmac", may_trade=True, may_withdraw=False)
    with pytest.raises(ConfigError, match="there is no account other"):
        opened(KeyFile((entry,)), ["main"])
    with pytest.raises(ConfigError, match="has no keys"):
        opened(KeyFile(), ["main"])


def test_an_exchange_takes_the_keys_of_a_file_alone_and_tells_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    entry, secret = new_key("main", "hmac", may_trade=False, may_withdraw=True)
    write_keys(path, KeyFile((entry,)))
    rig = Rig(tmp_path, CONFIG, keys=path)
    assert [key.key for key in rig.server._gate.keys] == [entry.key]
    told = rig.server.described()
    assert entry.key in told
    assert secret not in told
    [rig.key] = rig.server._gate.keys
    may = rig.ask("GET", "/sapi/v1/account/apiRestrictions")
    assert (may["enableReading"], may["enableSpotAndMarginTrading"], may["enableWithdrawals"]) == (True, False, True)
    account = rig.ask("GET", "/api/v3/account")
    assert (account["canTrade"], account["canWithdraw"]) == (False, True)
