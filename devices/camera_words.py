"""What the tags of cameras are called.

The words are kept in English, like the labels that people write, and shown in the language of the
page: ``own_words`` in templates, ``words.own`` in scripts.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext, gettext_noop

from edge.wire.cameras import CameraState

CAMERA_LABELS: Final = {
    "state": gettext_noop("Picture"),
    "fps": gettext_noop("Pictures per second"),
    "brightness": gettext_noop("Brightness"),
    "detect_ms": gettext_noop("Models need"),
}
_STATES: Final = {
    CameraState.CONNECTING: gettext_noop("connecting"),
    CameraState.LIVE: gettext_noop("live picture"),
    CameraState.FROZEN: gettext_noop("picture frozen"),
    CameraState.DARK: gettext_noop("picture dark"),
    CameraState.LOST: gettext_noop("no picture"),
    CameraState.REFUSED: gettext_noop("login refused"),
    CameraState.GARBLED: gettext_noop("unreadable picture"),
    CameraState.GIVEN_UP: gettext_noop("given up, tried again slowly"),
}
CAMERA_STATES: Final = {str(int(state)): words for state, words in _STATES.items()}
_OURS: Final = {*CAMERA_LABELS.values(), *CAMERA_STATES.values()}


def own_words(text: str) -> str:
    """Say in the language of the page what we called a tag or a state; leave what others wrote."""
    return gettext(text) if text in _OURS else text
