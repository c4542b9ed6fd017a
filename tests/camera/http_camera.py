"""A camera over HTTP that does what real ones do wrong, when it is told to."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import cv2
import numpy as np

Mode = Literal["live", "frozen", "black", "silent", "garbage", "html"]
FPS = 10.0
ONE_CELL = {(320, 240): (80, 80), (640, 360): (160, 100)}  # of the network that finds red
USER, PASSWORD = "viewer", "s3cret/@"


class HttpCamera:
    """MJPEG at ``url``. Change ``mode``, ``size`` and ``password`` while it runs."""

    def __init__(self) -> None:
        self.mode: Mode = "live"
        self.size = (320, 240)
        self.password = ""  # empty: everybody may watch
        self.red = True  # a red square is in the picture
        self.single = False  # one image for each request
        self.port = 0
        self._sockets: set[socket.socket] = set()
        self.answered = 0  # pictures that were sent
        self._number = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/video?stream=1"

    def start(self) -> None:
        """Answer, on the same port as before."""
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def kill(self) -> None:
        """Vanish, with all connections."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for line in list(self._sockets):
            line.close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self._sockets.add(request.connection)
        try:
            self._answer(request)
        except OSError:
            pass  # whoever watched is gone, or the camera was killed
        finally:
            self._sockets.discard(request.connection)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true of this camera."""
        end = time.monotonic() + 30.0
        while not condition():
            assert time.monotonic() < end
            await asyncio.sleep(0.05)

    def picture(self) -> np.ndarray:
        width, height = self.size
        if self.mode == "black":
            return np.zeros((height, width, 3), np.uint8)
        if self.mode != "frozen":
            self._number += 1
        ramp = (np.arange(width) + 5 * self._number) % 256
        picture = np.repeat(np.tile(ramp, (height, 1))[:, :, None] // 4 + 40, 3, axis=2)
        picture = picture.astype(np.uint8)
        if self.red:
            (x, y), side = ONE_CELL[self.size], width // 8
            picture[y : y + side, x : x + side] = (0, 0, 255)
        return picture

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.password and request.headers["Authorization"] != self._authorization:
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="camera"')
            request.end_headers()
        elif self.mode == "html":
            self._send(request, "text/html", b"<html>please log in</html>")
        elif self.single:
            self._send(request, "image/jpeg", self._jpeg())
        else:
            request.send_response(200)
            request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=x")
            request.end_headers()
            self._stream(request)

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        while not self._stop.is_set():
            if self.password and request.headers["Authorization"] != self._authorization:
                return
            if self.mode == "garbage":
                request.wfile.write(os.urandom(2000))
            elif self.mode != "silent":
                jpeg = self._jpeg()
                head = f"--x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                request.wfile.write(head.encode() + jpeg + b"\r\n")
                self.answered += 1
            self._stop.wait(1 / FPS)

    def _jpeg(self) -> bytes:
        return bytes(cv2.imencode(".jpg", self.picture())[1])

    def _send(self, request: BaseHTTPRequestHandler, kind: str, body: bytes) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    @property
    def _authorization(self) -> str:
        return "Basic " + base64.b64encode(f"{USER}:{self.password}".encode()).decode()
