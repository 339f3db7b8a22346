"""API keys: whose account they open, what they may do, and whether a signature is theirs.

A key of its own exists for each account from the start, made from the account's name: the money is simulated and
the exchange listens at this machine alone, so that who can reach it may know it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.domain.errors import ConfigError
from tradewind.exchange.binance.refusals import bad_key, bad_key_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_FORM = re.compile(r"[A-Za-z0-9]{8,128}")


@dataclass(frozen=True)
class ApiKey:
    """A key; `secret` is what HMAC signatures are made with, `public` who checks those of the other two kinds."""

    key: str
    account: str
    secret: str = ""
    public: Ed25519PublicKey | RSAPublicKey | None = None
    may_trade: bool = True
    may_read: bool = True
    may_withdraw: bool = False
    """Whether it says so when it is asked; nothing is withdrawn here."""

    def has_signed(self, payload: bytes, signature: str) -> bool:
        """Tell whether a signature is this key's over these bytes."""
        if self.public is None:
            made = hmac.digest(self.secret.encode(), payload, "sha256").hex()
            return hmac.compare_digest(made, signature.lower())
        return _verifies(self.public, payload, signature)

    @property
    def can_log_on(self) -> bool:
        """Whether a session may be opened with it: of Ed25519 keys alone."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return isinstance(self.public, Ed25519PublicKey)


def own_key(account: str) -> ApiKey:
    """Return the key that an account has from the start."""
    key, secret = (
        hashlib.sha256(f"tradewind exchange {what} {account}".encode()).hexdigest() for what in ("key", "secret")
    )
    return ApiKey(key, account, secret)


def public_key(pem: str) -> Ed25519PublicKey | RSAPublicKey:
    """Read a public key in PEM; raise `ConfigError` if it is none, or of another kind."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise ConfigError(f"not a public key in PEM: {error}") from None
    if not isinstance(key, Ed25519PublicKey | RSAPublicKey):
        raise ConfigError("a public key must be of the kind Ed25519 or RSA")
    return key


class KeyRing:
    """All keys of an exchange."""

    def __init__(self, keys: Iterable[ApiKey]) -> None:
        self._keys = {key.key: key for key in keys}

    def find(self, name: str | None) -> ApiKey:
        """Return a key by its name; raise what Binance answers to one that is not there."""
        if name is None or not _FORM.fullmatch(name):
            raise bad_key_format()
        key = self._keys.get(name)
        if key is None:
            raise bad_key()
        return key

    def __iter__(self) -> Iterator[ApiKey]:
        return iter(self._keys.values())

    def revoke(self, account: str) -> None:
        """Let go of the keys of an account, as if somebody had deleted them."""
        self._keys = {name: key for name, key in self._keys.items() if key.account != account}

    def add(self, key: ApiKey) -> None:
        """Take a key in."""
        self._keys[key.key] = key


def _verifies(public: Ed25519PublicKey | RSAPublicKey, payload: bytes, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(public, Ed25519PublicKey):
            public.verify(raw, payload)
        else:
            public.verify(raw, payload, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
