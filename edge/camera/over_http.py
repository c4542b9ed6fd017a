"""Cameras over HTTP: MJPEG in parts, single images, or a video for FFmpeg."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from typing import Final, Protocol, cast
from urllib.parse import unquote, urlsplit, urlunsplit

import cv2
import numpy as np

from edge.camera.trouble import OPEN_TIMEOUT_S, SourceError, place_of
from edge.camera.video import CapturedVideo
from edge.vision.picture import Picture

IMAGE_FPS: Final = 2.0  # how often a single image is fetched
GARBLED_AFTER_S: Final = 5.0  # bytes come, but no picture is among them
_MOST_BYTES: Final = 16 * 1024 * 1024  # of one JPEG
_BEGIN, _END = b"\xff\xd8\xff", b"\xff\xd9"  # of a JPEG; neither is inside its compressed data
_REFUSING: Final = {401, 403}


class _Opened(Protocol):
    def grab(self) -> None: ...
    def retrieve(self) -> Picture: ...
    def close(self) -> None: ...


def open_http(source: str) -> _Opened:
    """Open a camera by what it says that it sends.

    Raises:
        SourceError: it cannot be opened; the kind says whose fault it is.
    """
    response = _fetch(source)
    kind = response.headers.get_content_type()
    if kind.startswith("multipart/"):
        return Parts(response, place_of(source))
    response.close()
    if kind.startswith("image/"):
        return Images(source)
    if kind.startswith("video/") or kind == "application/octet-stream":
        return CapturedVideo(source, cv2.CAP_FFMPEG, place_of(source))
    raise SourceError("garbled", f"{place_of(source)}: sends {kind}, which is no picture")


class Parts:
    """JPEG after JPEG in one endless answer, whatever is between them."""

    def __init__(self, response: http.client.HTTPResponse, place: str) -> None:
        self._response = response
        self._place = place
        self._waiting = b""
        self._jpeg = b""
        self._good_at = time.monotonic()

    def grab(self) -> None:
        """Wait for the next JPEG."""
        while True:
            begin = self._waiting.find(_BEGIN)
            end = self._waiting.find(_END, begin) if begin >= 0 else -1
            if end >= 0:
                self._jpeg = self._waiting[begin : end + 2]
                self._waiting = self._waiting[end + 2 :]
                return
            self._take(begin)

    def retrieve(self) -> Picture:
        """The JPEG that was grabbed."""
        picture = decode(self._jpeg)
        if picture is None:
            raise SourceError("garbled", f"{self._place}: sends pictures that are broken")
        self._good_at = time.monotonic()
        return picture

    def close(self) -> None:
        """Close the connection."""
        self._response.close()

    def _take(self, begin: int) -> None:
        """Receive more; forget what cannot be the beginning of a JPEG."""
        kept = self._waiting[begin:] if begin >= 0 else self._waiting[-2:]
        is_late = time.monotonic() - self._good_at > GARBLED_AFTER_S
        if is_late or len(kept) > _MOST_BYTES:
            raise SourceError("garbled", f"{self._place}: sends no picture")
        try:
            part = self._response.read1(65536)
        except TimeoutError as error:
            raise SourceError("lost", f"{self._place}: falls silent") from error
        except (OSError, http.client.HTTPException) as error:
            raise SourceError("lost", f"{self._place}: {error}") from error
        if not part:
            raise SourceError("lost", f"{self._place}: ends the connection")
        self._waiting = kept + part


class Images:
    """A camera that sends one image when it is asked."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._jpeg = b""
        self._due = time.monotonic()

    def grab(self) -> None:
        """Fetch the next image."""
        now = time.monotonic()
        time.sleep(max(0.0, self._due - now))
        self._due = max(self._due, now) + 1 / IMAGE_FPS
        with _fetch(self._source) as response:
            try:
                self._jpeg = response.read(_MOST_BYTES)
            except (OSError, http.client.HTTPException) as error:
                raise SourceError("lost", f"{place_of(self._source)}: {error}") from error

    def retrieve(self) -> Picture:
        """The image that was fetched."""
        picture = decode(self._jpeg)
        if picture is None:
            raise SourceError("garbled", f"{place_of(self._source)}: sends what is no image")
        return picture

    def close(self) -> None:
        """Nothing is open."""


def decode(image: bytes) -> Picture | None:
    """Decode an image to (H, W, 3) BGR; None: it is none."""
    if not image:
        return None
    try:
        picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # larger than the limit of this process
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def _fetch(source: str) -> http.client.HTTPResponse:
    """Ask for the URL, with its user name and password where the camera wants them."""
    url = urlsplit(source)
    port = f":{url.port}" if url.port else ""
    bare = urlunsplit((url.scheme, f"{url.hostname or ''}{port}", url.path or "/", url.query, ""))
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, bare, unquote(url.username or ""), unquote(url.password or ""))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),  # a camera is in the plant, not behind the proxy
        urllib.request.HTTPDigestAuthHandler(passwords),
        urllib.request.HTTPBasicAuthHandler(passwords),
    )
    try:
        response = opener.open(bare, timeout=OPEN_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in _REFUSING:
            text = f"{place_of(source)}: user name or password is refused"
            raise SourceError("refused", text) from error
        raise SourceError("lost", f"{place_of(source)}: answers {error.code}") from error
    except http.client.HTTPException as error:
        raise SourceError("garbled", f"{place_of(source)}: does not speak HTTP") from error
    except ValueError as error:  # a challenge that nobody understands
        raise SourceError("garbled", f"{place_of(source)}: {error}") from error
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        raise SourceError("lost", f"{place_of(source)}: {reason}") from error
    return cast("http.client.HTTPResponse", response)  # it is, of these two schemes
