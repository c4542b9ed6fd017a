"""Where pictures come from. Runs in the process of the camera, which may be killed at any time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import cv2
import numpy as np

from edge.camera.over_http import open_http
from edge.camera.trouble import SourceError
from edge.camera.video import CapturedVideo, open_rtsp
from edge.vision.picture import Picture

FOLDER_FPS: Final = 1.0
SCENE_FPS: Final = 10.0
_LOWEST_FPS: Final = 1.0
_HIGHEST_FPS: Final = 60.0
_KINDS: Final = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}


class Source(Protocol):
    """Gives one picture after the other, at the pace of the camera."""

    def grab(self) -> None:
        """Wait for the next picture.

        Raises:
            SourceError: none came in time, or never will.
        """
        ...

    def retrieve(self) -> Picture:
        """The picture that was grabbed, (H, W, 3) BGR.

        Raises:
            SourceError: it cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Let go of the camera."""
        ...


def open_source(source: str, transport: str) -> Source:
    """Open a camera.

    Args:
        source: as in ``CameraConfig``.
        transport: of RTSP, tcp or udp.

    Raises:
        SourceError: it cannot be opened, and why.
    """
    scheme, _, rest = source.partition(":")
    if scheme in {"rtsp", "rtsps"}:
        return open_rtsp(source, transport)
    if scheme in {"http", "https"}:
        return open_http(source)
    opener = _OPENERS.get(scheme)
    if opener is None:
        raise SourceError("lost", f"there is no kind of source {scheme!r}")
    return opener(rest)


class Paced:
    """Keeps a pace of its own, for sources that would give everything at once."""

    def __init__(self, fps: float) -> None:
        self._period_s = 1 / min(max(fps, _LOWEST_FPS), _HIGHEST_FPS)
        self._due = time.monotonic()

    def wait(self) -> int:
        """Wait for the next picture; return how many to skip because this came late."""
        now = time.monotonic()
        late = max(0, int((now - self._due) / self._period_s))
        self._due += (late + 1) * self._period_s
        time.sleep(max(0.0, self._due - self._period_s - now))
        return late


class File:
    """A video file, at its own pace, again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._video = CapturedVideo(str(path), cv2.CAP_FFMPEG, str(path))
        self._pace = Paced(self._video.fps or 25.0)

    def grab(self) -> None:
        """Wait for the next picture."""
        for _ in range(self._pace.wait() + 1):
            try:
                self._video.grab()
            except SourceError:  # the end
                self._video.close()
                self._video = CapturedVideo(str(self._path), cv2.CAP_FFMPEG, str(self._path))
                self._video.grab()

    def retrieve(self) -> Picture:
        """The picture that was grabbed."""
        return self._video.retrieve()

    def close(self) -> None:
        """Close the file."""
        self._video.close()


class Folder:
    """The images of a folder in the order of their names, again and again; it may change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = ""
        self._pace = Paced(FOLDER_FPS)
        self._images()

    def grab(self) -> None:
        """Wait for the next image."""
        self._pace.wait()
        names = self._images()
        self._last = next((name for name in names if name > self._last), names[0])

    def retrieve(self) -> Picture:
        """The image that was grabbed."""
        image = cv2.imread(str(self._path / self._last), cv2.IMREAD_COLOR)
        if image is None:
            raise SourceError("garbled", f"{self._last} is not an image")
        return np.asarray(image, np.uint8)

    def close(self) -> None:
        """Nothing is open."""

    def _images(self) -> list[str]:
        try:
            names = [p.name for p in self._path.iterdir() if p.suffix.lower() in _KINDS]
        except OSError as error:
            raise SourceError("lost", f"{self._path}: {error.strerror}") from error
        if not names:
            raise SourceError("lost", f"{self._path} has no images")
        return sorted(names)


class Scene:
    """A scene that the project renders itself, from its first moment on."""

    def __init__(self, render: Callable[[float], Picture], fps: float) -> None:
        self._render = render
        self._pace = Paced(fps)
        self._began = time.monotonic()

    def grab(self) -> None:
        """Wait for the next moment."""
        self._pace.wait()

    def retrieve(self) -> Picture:
        """The scene as it is now."""
        return self._render(time.monotonic() - self._began)

    def close(self) -> None:
        """Nothing is open."""


def _open_file(rest: str) -> Source:
    return File(_path(rest))


def _open_folder(rest: str) -> Source:
    return Folder(_path(rest))


def _open_usb(rest: str) -> Source:
    if not rest.isdecimal():
        raise SourceError("lost", f"usb:{rest}: a number is expected")
    return CapturedVideo(int(rest), cv2.CAP_ANY, f"usb:{rest}")


def _path(rest: str) -> Path:
    return Path(unquote(urlsplit(f"file:{rest}").path))


def _open_scene(rest: str) -> Source:
    """Open scene:NAME?seed=1&fps=10; imported here, since a plant has no use for it."""
    from edge.sim.scene.scene import Scene as Rendered
    from edge.sim.scene.script import SCRIPTS

    name, _, query = rest.partition("?")
    settings = dict(parse_qsl(query))
    if name not in SCRIPTS:
        raise SourceError("lost", f"scene:{name}: there are {', '.join(sorted(SCRIPTS))}")
    try:
        seed, fps = int(settings.get("seed", 1)), float(settings.get("fps", SCENE_FPS))
    except ValueError as error:
        raise SourceError("lost", f"scene:{name}: {error}") from error
    return Scene(Rendered(seed, SCRIPTS[name]()).frame, fps)


_OPENERS: Final[dict[str, Callable[[str], Source]]] = {
    "file": _open_file,
    "folder": _open_folder,
    "scene": _open_scene,
    "usb": _open_usb,
}
