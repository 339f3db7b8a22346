"""Signatures are those of Binance's own examples, and no signer shows its secret."""

from __future__ import annotations

import base64
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.errors import ConfigError
from tradewind.venues.binance.sign import (
    HmacSigner,
    PemSigner,
    Value,
    query_payload,
    signed_params,
    signed_query,
    signer_of,
    ws_payload,
)

# The key and the four signatures stand in Binance's public documents (request security, of REST and WebSocket API).
KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
ORDER: dict[str, Value] = {
    "symbol": "LTCBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "0.1",
    "recvWindow": 5000, "timestamp": 1499827319559,
}  # fmt: skip
WIDE = "".join(chr(0xFF10 + digit) for digit in range(1, 7))
"""A symbol of six full-width digits, as in the example with characters beyond ASCII."""


def test_the_documents_example_over_rest() -> None:
    assert signed_query(ORDER, HmacSigner(SECRET)) == (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
        "&timestamp=1499827319559&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    )


def test_the_documents_example_of_a_query_and_a_body() -> None:
    query = query_payload({name: ORDER[name] for name in ("symbol", "side", "type", "timeInForce")})
    body = query_payload({name: ORDER[name] for name in ("quantity", "price", "recvWindow", "timestamp")})
    signature = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"
    assert HmacSigner(SECRET).sign(query + body) == signature


def test_the_documents_example_beyond_ascii() -> None:
    params = ORDER | {"symbol": WIDE}
    signature = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"
    query = signed_query(params, HmacSigner(SECRET))
    assert query.startswith("symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY")
    assert query.endswith(f"&signature={signature}")


@pytest.mark.parametrize(
    ("extra", "signature"),
    [
        ({"newOrderRespType": "ACK"}, "cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a"),
        ({}, "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"),
    ],
)
def test_the_documents_examples_over_the_websocket_api(extra: dict[str, str], signature: str) -> None:
    params: dict[str, Value] = {
        "symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01000000",
        "price": "52000.00", "recvWindow": 100, "timestamp": 1645423376532, "apiKey": KEY, **extra,
    }  # fmt: skip
    assert signed_params(params, HmacSigner(SECRET)) == {**params, "signature": signature}


def test_the_payload_of_the_websocket_api_is_sorted_and_leaves_the_signature_out() -> None:
    assert ws_payload({"b": True, "a": "x y", "signature": "s", "C": False}) == "C=false&a=x%20y&b=true"


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=8), max_size=6))
def test_the_order_of_parameters_is_nothing_to_the_websocket_api(params: dict[str, str]) -> None:
    turned = dict(reversed(params.items()))
    assert ws_payload(params) == ws_payload(turned)


@given(st.lists(st.text(max_size=30), max_size=4))
def test_a_signer_has_no_memory(payloads: list[str]) -> None:
    signer = HmacSigner(SECRET)
    assert [signer.sign(text) for text in payloads] == [HmacSigner(SECRET).sign(text) for text in payloads]


# RFC 8032, 7.1, TEST 2: what Ed25519 must give for one byte under this key.
RFC_SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
RFC_SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def ed25519_pem(password: str | None = None) -> str:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization", reason="no cryptography")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(RFC_SEED))
    sealed = serialization.NoEncryption()
    if password is not None:
        sealed = serialization.BestAvailableEncryption(password.encode())
    pem: bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)
    return pem.decode()


def test_ed25519_is_that_of_the_standard() -> None:
    signer = PemSigner(ed25519_pem())
    assert base64.b64decode(signer.sign("\x72")).hex() == RFC_SIGNATURE
    assert signer.can_log_on


def test_a_key_may_have_a_password() -> None:
    assert PemSigner(ed25519_pem("open"), "open").sign("\x72") == PemSigner(ed25519_pem()).sign("\x72")
    with pytest.raises(ConfigError, match="its password is wrong"):
        PemSigner(ed25519_pem("open"), "shut")


def test_rsa_is_verified_by_its_public_key_and_cannot_log_on() -> None:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization", reason="no cryptography")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    signer = signer_of(pem)
    query = signed_query({"symbol": "BTCUSDT", "timestamp": 1668481559918}, signer)
    payload, _, signature = query.partition("&signature=")
    from urllib.parse import unquote

    assert not {"+", "/", "="} & set(signature), "the signature is percent-encoded in an address"
    key.public_key().verify(base64.b64decode(unquote(signature)), payload.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert not signer.can_log_on


@pytest.mark.parametrize("secret", [SECRET, "pem"])
def test_nothing_shows_a_secret(secret: str) -> None:
    text = ed25519_pem() if secret == "pem" else secret
    signer = signer_of(text)
    inside = text.splitlines()[1] if secret == "pem" else text
    for shown in (repr(signer), str(signer), f"{signer!r}"):
        assert inside not in shown
    with pytest.raises(TypeError):
        pickle.dumps(signer)
    assert not hasattr(signer, "__dict__")


def test_a_damaged_key_is_not_quoted() -> None:
    pem = ed25519_pem().replace("M", "!")
    with pytest.raises(ConfigError) as caught:
        signer_of(pem)
    told = "".join(traceback.format_exception(caught.value))
    assert pem.splitlines()[1] not in told


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ConfigError, match="empty"):
        signer_of("")
