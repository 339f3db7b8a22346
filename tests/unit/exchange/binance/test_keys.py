"""Keys of all kinds, and what they sign."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tradewind.domain.errors import ConfigError
from tradewind.exchange.binance.keys import ApiKey, KeyRing, own_key, public_key
from tradewind.exchange.binance.params import signed_part
from tradewind.exchange.binance.refusals import WireError

PAYLOAD = b"symbol=LTCBTC&side=BUY"


def pem(private: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_an_account_has_a_key_of_its_own() -> None:
    key = own_key("main")
    signature = hmac.new(key.secret.encode(), PAYLOAD, hashlib.sha256).hexdigest()
    assert key.has_signed(PAYLOAD, signature)
    assert not key.has_signed(PAYLOAD + b"&", signature)
    assert own_key("other").key != key.key
    assert not key.can_log_on


def test_keys_of_the_other_kinds_sign_too() -> None:
    small, large = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
    ed_key = ApiKey("a" * 64, "main", public=public_key(pem(small)))
    rsa_key = ApiKey("b" * 64, "main", public=public_key(pem(large)))
    assert ed_key.has_signed(PAYLOAD, base64.b64encode(small.sign(PAYLOAD)).decode())
    assert rsa_key.has_signed(PAYLOAD, base64.b64encode(large.sign(PAYLOAD, padding.PKCS1v15(), SHA256())).decode())
    assert not rsa_key.has_signed(PAYLOAD, base64.b64encode(small.sign(PAYLOAD)).decode())
    assert not ed_key.has_signed(PAYLOAD, "no base64")
    assert ed_key.can_log_on
    assert not rsa_key.can_log_on


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a public key"):
        public_key("nothing")
    ring = KeyRing([own_key("main")])
    with pytest.raises(WireError, match="API-key format invalid"):
        ring.find("no key")
    ring.revoke("main")
    with pytest.raises(WireError, match="Invalid API-key"):
        ring.find(own_key("main").key)


@pytest.mark.parametrize(("query", "body", "payload"), [
    ("a=1&signature=f00", "", "a=1"),
    ("", "a=1&b=2&signature=f00", "a=1&b=2"),
    ("a=1&b=2", "c=3&signature=f00", "a=1&b=2c=3"),
])  # fmt: skip
def test_a_signature_is_over_the_query_and_the_body_as_they_stand(query: str, body: str, payload: str) -> None:
    assert signed_part(query, body) == (payload, "f00")
