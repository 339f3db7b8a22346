"""Signatures of requests: HMAC-SHA256, RSA and Ed25519. Pure; knows no time and sends nothing.

https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security: the payload is what is sent,
percent-encoded, before `&signature=`; over the WebSocket API it is all parameters, sorted by name.
A signer keeps its secret to itself: neither `repr` nor a pickle nor an error shows it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
from typing import TYPE_CHECKING, Any, NoReturn, Protocol
from urllib.parse import quote

from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Value = str | int | bool
"""A parameter's value as it is sent: numbers with a point are texts already."""

_SAFE = "-_.~"
"""What RFC 3986 leaves as it is, beside letters and digits."""
_AS_IT_IS = f"{string.ascii_letters}{string.digits}{_SAFE}".encode()
"""Nearly all that is ever signed: `quote` takes ten times as long to find that there is nothing to do."""


class Signer(Protocol):
    """Whoever can sign for a key."""

    @property
    def can_log_on(self) -> bool:
        """Whether a session of the WebSocket API may be opened with it, so that orders need no signature."""
        ...

    def sign(self, payload: str) -> str:
        """Return the signature of a payload, as it stands in JSON; in an address it is percent-encoded besides."""
        ...


def text_of(value: Value) -> str:
    """Write a value as it is signed and sent: booleans in lower case."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def query_payload(params: Mapping[str, Value]) -> str:
    """Return the parameters as a query, in their order, percent-encoded."""
    return _payload(params.items())


def ws_payload(params: Mapping[str, Value]) -> str:
    """Return what is signed over the WebSocket API: all but the signature, sorted by name, percent-encoded."""
    return _payload([item for item in sorted(params.items()) if item[0] != "signature"])


def _payload(items: Iterable[tuple[str, Value]]) -> str:
    texts = [(name, value if type(value) is str else text_of(value)) for name, value in items]
    if "".join([text for _, text in texts]).encode().translate(None, _AS_IT_IS):
        texts = [(name, quote(text, safe=_SAFE)) for name, text in texts]
    return "&".join([f"{name}={text}" for name, text in texts])


def signed_query(params: Mapping[str, Value], signer: Signer) -> str:
    """Return the query with its signature at the end."""
    payload = query_payload(params)
    signature = quote(signer.sign(payload), safe=_SAFE)
    return f"{payload}&signature={signature}" if payload else f"signature={signature}"


def signed_params(params: Mapping[str, Value], signer: Signer) -> dict[str, Value]:
    """Return the parameters of a request over the WebSocket API, with their signature."""
    return {**params, "signature": signer.sign(ws_payload(params))}


class _Secretive:
    """Shows nothing of itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer is not written down")


class HmacSigner(_Secretive):
    """Signs with a shared secret; the answer is 64 hexadecimal digits."""

    __slots__ = ("_keyed",)
    can_log_on = False

    def __init__(self, secret: str) -> None:
        if not secret:
            raise ConfigError("binance: the secret key is empty")
        self._keyed = hmac.new(secret.encode(), digestmod=hashlib.sha256)

    def sign(self, payload: str) -> str:
        """Return the digest."""
        digest = self._keyed.copy()  # the key's own two blocks are hashed already: half of the time
        digest.update(payload.encode())
        return digest.hexdigest()


class PemSigner(_Secretive):
    """Signs with a private key in PEM (PKCS#8), RSA or Ed25519; the answer is base64."""

    __slots__ = ("_sign", "can_log_on")

    def __init__(self, pem: str, password: str | None = None) -> None:
        self._sign, self.can_log_on = _private(pem, password)

    def sign(self, payload: str) -> str:
        """Return the signature: RSASSA-PKCS1-v1_5 over SHA-256, or Ed25519."""
        return base64.b64encode(self._sign(payload.encode())).decode()


def signer_of(secret: str, password: str | None = None) -> Signer:
    """Return the signer for what stands in the configuration: a PEM text is a private key, all else a secret."""
    return PemSigner(secret, password) if "-----BEGIN" in secret else HmacSigner(secret)


def _private(pem: str, password: str | None) -> tuple[Any, bool]:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise ConfigError("binance: RSA and Ed25519 keys need the extra: pip install 'tradewind[binance]'") from None
    try:
        key = load_pem_private_key(pem.encode(), None if password is None else password.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):  # their texts may quote the key
        raise ConfigError("binance: the private key is no PEM (PKCS#8), or its password is wrong") from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign, True
    if isinstance(key, rsa.RSAPrivateKey):
        private = key
        return lambda payload: private.sign(payload, padding.PKCS1v15(), hashes.SHA256()), False
    raise ConfigError("binance: a private key is RSA or Ed25519")
