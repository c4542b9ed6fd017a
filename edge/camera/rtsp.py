"""Asks an RTSP camera why it cannot be watched: OpenCV does not say.

One DESCRIBE request, with the password where the camera wants it (RFC 2326; RFC 2617 for Basic and
Digest).
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from edge.camera.trouble import SourceError, place_of

TIMEOUT_S: Final = 3.0
_PORTS: Final = {"rtsp": 554, "rtsps": 322}
_MOST_BYTES: Final = 64 * 1024
_REFUSING: Final = {401, 403}


class Answer(NamedTuple):
    """What a camera said."""

    status: int
    challenge: str  # it wants this to be answered with the password; empty: it wants none


def why_not(source: str) -> SourceError:
    """Say why the camera cannot be watched."""
    place, url = place_of(source), urlsplit(source)
    try:
        with _connect(url) as line:
            answer = ask(line, url)
    except TimeoutError:
        return SourceError("lost", f"{place}: takes the connection and says nothing")
    except OSError as error:
        return SourceError("lost", f"{place}: {error.strerror or error}")
    except ValueError as error:
        return SourceError("garbled", f"{place}: does not speak RTSP ({error})")
    if answer.status in _REFUSING:
        return SourceError("refused", f"{place}: user name or password is refused")
    if answer.status != 200:
        return SourceError("lost", f"{place}: answers {answer.status}")
    return SourceError("garbled", f"{place}: answers, but its video cannot be decoded")


def ask(line: socket.socket, url: SplitResult) -> Answer:
    """Ask for the description of the stream; a second time with the password if it is wanted.

    Raises:
        OSError: no answer.
        ValueError: something that is no RTSP.
    """
    answer = _describe(line, url, 1, "")
    if answer.status == 401 and answer.challenge and url.username is not None:
        return _describe(line, url, 2, authorization(answer.challenge, url))
    return answer


def authorization(challenge: str, url: SplitResult) -> str:
    """The header that answers a Basic or Digest challenge with the password of the URL."""
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if challenge.lower().startswith("basic"):
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    realm, nonce = _parameter(challenge, "realm"), _parameter(challenge, "nonce")
    secret = _md5(f"{user}:{realm}:{password}")
    response = _md5(f"{secret}:{nonce}:{_md5(f'DESCRIBE:{_bare(url)}')}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}",'
        f' uri="{_bare(url)}", response="{response}"'
    )


def _connect(url: SplitResult) -> socket.socket:
    port = url.port or _PORTS[url.scheme]
    line = socket.create_connection((url.hostname or "", port), TIMEOUT_S)
    if url.scheme == "rtsps":  # FFmpeg does not verify it either; cameras sign for themselves
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(line)
    return line


def _describe(line: socket.socket, url: SplitResult, number: int, authorized: str) -> Answer:
    lines = [f"DESCRIBE {_bare(url)} RTSP/1.0", f"CSeq: {number}", "Accept: application/sdp"]
    lines += [f"Authorization: {authorized}"] if authorized else []
    line.sendall("\r\n".join([*lines, "", ""]).encode())
    return _answer(line)


def _answer(line: socket.socket) -> Answer:
    said = b""
    while b"\r\n\r\n" not in said:
        part = line.recv(4096)
        said += part
        if not said.startswith(b"RTSP/"[: len(said)]) or len(said) > _MOST_BYTES:
            raise ValueError("its answer is something else")
        if not part:
            raise ConnectionResetError("closes the connection")
    head, _, body = said.decode("latin-1").partition("\r\n\r\n")
    _take_body(line, head, len(body))
    status = re.match(r"RTSP/[0-9.]+ ([0-9]{3})", head)
    if status is None:
        raise ValueError("its answer has no status")
    challenges = re.findall(r"(?im)^WWW-Authenticate: *(.+?)\s*$", head)
    chosen = [c for c in challenges if c.lower().startswith("digest")] or challenges
    return Answer(int(status[1]), chosen[0] if chosen else "")


def _take_body(line: socket.socket, head: str, there: int) -> None:
    length = re.search(r"(?im)^Content-Length: *([0-9]{1,5})", head)
    missing = (int(length[1]) if length else 0) - there
    while missing > 0 and (part := line.recv(4096)):
        missing -= len(part)


def _bare(url: SplitResult) -> str:
    """The URL without user name and password."""
    host = url.hostname or ""
    port = f":{url.port}" if url.port else ""
    query = f"?{url.query}" if url.query else ""
    return f"{url.scheme}://{host}{port}{url.path}{query}"


def _parameter(challenge: str, name: str) -> str:
    found = re.search(rf'(?i)\b{name}="([^"]*)"', challenge)
    return found[1] if found else ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
