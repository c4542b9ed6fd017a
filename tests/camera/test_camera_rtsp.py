"""Why an RTSP camera cannot be watched, from a server that says all the wrong things."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from edge.camera.rtsp import authorization, why_not

Answer = Callable[[str], bytes]


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Answer every request of one connection; gives the ``host:port``."""

    def serve() -> None:
        line, _ = listener.accept()
        with line:
            while request := line.recv(4096):
                line.sendall(answer(request.decode()))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def status(code: int, *headers: str) -> bytes:
    return "\r\n".join([f"RTSP/1.0 {code} X", "CSeq: 1", *headers, "", ""]).encode()


def digest_camera(request: str) -> bytes:
    """Accept the password "right" by digest."""
    given = dict(re.findall(r'(\w+)="([^"]*)"', request))
    if "response" not in given:
        return status(401, 'WWW-Authenticate: Digest realm="cam", nonce="n1"')

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    secret, what = md5("viewer:cam:right"), md5(f"DESCRIBE:{given['uri']}")
    return status(200 if given["response"] == md5(f"{secret}:n1:{what}") else 401)


def basic_camera(request: str) -> bytes:
    """Accept the password "right" in the clear."""
    right = base64.b64encode(b"viewer:right").decode()
    if f"Authorization: Basic {right}" in request:
        return status(200, "Content-Length: 3") + b"v=0"
    return status(401, 'WWW-Authenticate: Basic realm="cam"')


@pytest.mark.parametrize("camera", [digest_camera, basic_camera])
@pytest.mark.parametrize(
    ("user", "kind"),
    [("viewer:right@", "garbled"), ("viewer:wrong@", "refused"), ("", "refused")],
)
def test_a_password_is_told_from_a_video_that_cannot_be_decoded(
    camera: Answer, user: str, kind: str
) -> None:
    with answering(camera) as place:
        error = why_not(f"rtsp://{user}{place}/live")
    assert error.kind == kind
    assert "right" not in str(error)
    assert "wrong" not in str(error)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (status(404), "lost"),
        (status(403), "refused"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "garbled"),
        (bytes(range(256)), "garbled"),
        (b"RTSP/1.0 twohundred\r\n\r\n", "garbled"),
    ],
)
def test_an_answer_that_is_none_is_told_apart(answer: bytes, kind: str) -> None:
    with answering(lambda _: answer) as place:
        assert why_not(f"rtsp://{place}/live").kind == kind


def test_a_port_where_nobody_listens_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = why_not(f"rtsp://u:secret@127.0.0.1:{port}/live")
    assert error.kind == "lost"
    assert "secret" not in str(error)


def test_user_name_and_password_may_have_any_character() -> None:
    header = authorization('Basic realm="x"', urlsplit("rtsp://a%40b:p%2Fw@cam/live"))
    assert base64.b64decode(header.split()[1]) == b"a@b:p/w"
