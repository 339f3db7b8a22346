"""Archives over HTTP, each checked against the SHA-256 beside it."""

from __future__ import annotations

import hashlib
import http.client
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.errors import ConfigError
from tradewind.record.market_data.importing import ImportOptions, clean, read_series
from tradewind.venues.binance.archives import CHECKSUM
from tradewind.venues.binance.hosts import at

if TYPE_CHECKING:
    import polars as pl

    from tradewind.venues.binance.archives import Archive

ANSWER_SECONDS = 60.0
BYTES_MAX = 256 << 20
log = structlog.get_logger(__name__)


class Archives:
    """The archives at one address; what they do not have, or have damaged, is asked for elsewhere."""

    def __init__(self, place: str) -> None:
        try:
            self._place = at(place).rest
        except ValueError as error:
            raise ConfigError(f"--archives: {error}") from None
        self._is_away = False

    def frame(self, archive: Archive, options: ImportOptions) -> pl.DataFrame | None:
        """Return the bars of an archive; None where there is none, or none that can be trusted."""
        if self._is_away:
            return None
        path = archive.path
        body = self._get(path)
        told = None if body is None else self._get(path + CHECKSUM)
        if body is None or told is None:
            return None
        if told.decode(errors="replace").lower().split()[:1] != [hashlib.sha256(body).hexdigest()]:
            log.warning(
                "an archive is not what its checksum says: its bars are asked for one by one", path=archive.path
            )
            return None
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / path.rpartition("/")[2]
            kept.write_bytes(body)
            ((_, _, frame),) = read_series(kept, options)
        return clean(frame, options).frame

    def _get(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"{self._place}/{path}", timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - http(s), by `at`
                body: bytes = answer.read(BYTES_MAX)
                return body
        except urllib.error.HTTPError as error:
            error.close()
            if error.code not in (403, 404):
                log.warning("the archives answer with an error", path=path, status=error.code)
        except (OSError, http.client.HTTPException) as error:
            self._is_away = True
            log.warning("the archives cannot be reached: bars are asked for page by page", error=type(error).__name__)
        return None
