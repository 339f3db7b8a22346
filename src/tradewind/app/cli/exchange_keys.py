"""`tradewind exchange keys`: make and list the API keys of an exchange."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from tradewind.app.cli import run_options as opt  # noqa: TC001 - typer reads the annotations
from tradewind.app.cli.output import emit, table
from tradewind.domain.errors import ConfigError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

FileArgument = Annotated[Path, typer.Argument(help="The file of keys; made if it is not there.")]


@app.command(epilog="Example: tradewind exchange keys new keys.json --kind ed25519 --secret-to mine.pem")
def new(  # noqa: PLR0913 - what a key is
    file: FileArgument,
    *,
    account: Annotated[str, typer.Option("--account", help="Whose key it is.")] = "main",
    kind: Annotated[Literal["hmac", "ed25519", "rsa"], typer.Option("--kind", help="What it signs with.")] = "ed25519",
    public: Annotated[
        Path | None, typer.Option("--public", help="Your public key in PEM, of an Ed25519 or RSA key that you have.")
    ] = None,
    secret_to: Annotated[
        Path | None, typer.Option("--secret-to", help="A new file for the secret, or the private key in PEM.")
    ] = None,
    print_secret: Annotated[
        bool, typer.Option("--print-secret", help="Print the secret: this once, and never again.")
    ] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may not trade.")] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="It may withdraw, to see who warns of that; nothing is ever withdrawn.")
    ] = False,
) -> None:
    """Make an API key for an account of an exchange, and add it to a file for `exchange serve --keys`.

    tradewind exchange keys new keys.json --secret-to ed25519.pem

    tradewind exchange keys new keys.json --kind hmac --print-secret

    tradewind exchange keys new keys.json --kind rsa --public rsa_public.pem --read-only
    """
    from tradewind.exchange.binance.key_file import KeyFile, new_key, read_keys, write_keys

    if public is None and secret_to is None and not print_secret:
        raise ConfigError("where shall the secret go? --secret-to FILE, or --print-secret")
    if public is not None and kind == "hmac":
        raise ConfigError("--public is for keys of the kinds ed25519 and rsa")
    text = "" if public is None else _text(public)
    before = read_keys(file)
    entry, secret = new_key(account, kind, public=text, may_trade=not read_only, may_withdraw=withdraw)
    if secret_to is not None and secret:
        _keep(secret_to, secret)
    write_keys(file, KeyFile((*before.keys, entry)))
    print(entry.key)
    if print_secret and secret:
        print(secret.rstrip())


@app.command(name="list", epilog="Example: tradewind exchange keys list keys.json")
def show(file: FileArgument, *, as_json: opt.JsonOption = False) -> None:
    """List the keys of a file, without what is secret.

    tradewind exchange keys list keys.json
    """
    from tradewind.exchange.binance.key_file import read_keys

    rows = [
        {"key": each.key, "account": each.account, "kind": each.kind, "trade": each.may_trade,
         "withdraw": each.may_withdraw}
        for each in read_keys(file).keys
    ]  # fmt: skip
    heads = ("key", "account", "kind", "trade", "withdraw")
    emit(rows, table(heads, [tuple(str(row[head]) for head in heads) for row in rows]), as_json=as_json)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {type(error).__name__}") from None


def _keep(path: Path, secret: str) -> None:
    """Write a secret into a new file of its owner's; raise `ConfigError` if there is a file already."""
    from tradewind.record.disk import Disk

    try:
        Disk().fill(path, secret.rstrip().encode() + b"\n")
    except FileExistsError:
        raise ConfigError(f"{path} is there already: a secret is not written over") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
