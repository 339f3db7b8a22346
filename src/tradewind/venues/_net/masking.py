"""Takes secrets out of texts, before they reach a log, a journal or an exception."""

from __future__ import annotations

import re

MASK = "***"
_NAMES = "signature|apiKey|api_key|listenKey|X-MBX-APIKEY|secret|secretKey|private_key|token|jwt"
_QUERY = re.compile(rf"(?i)\b({_NAMES})=[^&\s\"']+")
_JSON = re.compile(rf"(?i)([\"'](?:{_NAMES})[\"']\s*:\s*)([\"'])(?:\\.|(?!\2).)*\2")
_HEADER = re.compile(rf"(?i)\b({_NAMES}):\s*[^\s,;\"']+")
_PATH = re.compile(r"(/ws/)([A-Za-z0-9]{32,})")
"""A listen key in the address of a stream."""
RAW_MAX = 2_000


def masked(text: str) -> str:
    """Return the text without what has a secret's name, and not longer than anybody wants to read."""
    text = _JSON.sub(rf"\1\2{MASK}\2", text)
    text = _QUERY.sub(rf"\1={MASK}", text)
    text = _HEADER.sub(rf"\1: {MASK}", text)
    text = _PATH.sub(rf"\1{MASK}", text)
    return text if len(text) <= RAW_MAX else f"{text[:RAW_MAX]}… ({len(text)} characters)"
