"""A file of API keys: whose account each opens, of which kind it is, what it may do. Only its owner may read it.

HMAC keys have their secret here, as whoever checks such a signature must know it. Of Ed25519 and RSA keys only the
public half is here.
"""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING, Literal

import msgspec

from tradewind.domain.errors import ConfigError, LocalError
from tradewind.exchange.binance.keys import ApiKey, public_key
from tradewind.record.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Kind = Literal["hmac", "ed25519", "rsa"]
KEY_LENGTH = 64
RSA_BITS = 2048
_LETTERS = string.ascii_letters + string.digits


class KeyEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One key as the file has it."""

    key: str
    account: str
    kind: Kind
    secret: str = ""
    public: str = ""
    """In PEM."""
    may_trade: bool = True
    may_withdraw: bool = False

    def opened(self) -> ApiKey:
        """Return the key that signatures are checked with; raise `ConfigError` if it lacks what its kind needs."""
        if self.kind == "hmac":
            if not self.secret:
                raise ConfigError(f"key {self.key[:8]}… is of kind hmac and has no secret")
            return ApiKey(self.key, self.account, self.secret, may_trade=self.may_trade, may_withdraw=self.may_withdraw)
        public = public_key(self.public)
        return ApiKey(self.key, self.account, public=public, may_trade=self.may_trade, may_withdraw=self.may_withdraw)


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of the file."""

    keys: tuple[KeyEntry, ...] = ()


def read_keys(path: Path) -> KeyFile:
    """Read a file of keys, an empty one if there is none; raise `ConfigError` if it is something else.

    No error says what stands in it.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeyFile)
    except FileNotFoundError:
        return KeyFile()
    except OSError as error:
        raise LocalError(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ConfigError(f"{path} is no file of keys: see `tradewind exchange keys new --help`") from None


def write_keys(path: Path, keys: KeyFile) -> None:
    """Put a file of keys in place, readable by its owner alone; raise `LocalError` if the disk does not take it."""
    try:
        Disk().put(path, msgspec.json.format(msgspec.json.encode(keys), indent=2) + b"\n")
    except OSError as error:
        raise LocalError(f"{path} cannot be written: {error.strerror}") from None


def opened(keys: KeyFile, accounts: Sequence[str]) -> list[ApiKey]:
    """Return the keys of a file; raise `ConfigError` if one is of an account that there is not, or there are none."""
    strange = sorted({entry.account for entry in keys.keys} - set(accounts))
    if strange:
        raise ConfigError(f"there is no account {', '.join(strange)} here; there are: {', '.join(accounts)}")
    if not keys.keys:
        raise ConfigError("the file has no keys: `tradewind exchange keys new` makes one")
    return [entry.opened() for entry in keys.keys]


def new_key(account: str, kind: Kind, *, public: str = "", may_trade: bool, may_withdraw: bool) -> tuple[KeyEntry, str]:
    """Make a key; return it, and the secret half that only its owner may have (a text, or a private key in PEM).

    With a `public` key in PEM there is nothing secret to return.
    """
    name = _drawn()
    if kind == "hmac":
        secret = _drawn()
        entry = KeyEntry(name, account, kind, secret, may_trade=may_trade, may_withdraw=may_withdraw)
        return entry, secret
    private = ""
    if not public:
        private, public = _pair(kind)
    entry = KeyEntry(name, account, kind, public=public, may_trade=may_trade, may_withdraw=may_withdraw)
    entry.opened()
    return entry, private


def _drawn() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(KEY_LENGTH))


def _pair(kind: Kind) -> tuple[str, str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    made = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65_537, RSA_BITS)
    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
