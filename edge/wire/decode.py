"""Text to frame and frame to text. A data frame with bad readings is salvaged, not refused."""

from __future__ import annotations

import re
from typing import Literal

import msgspec
from msgspec import Struct

from edge.wire.basics import (
    MAX_FRAME_BYTES,
    MAX_READINGS,
    MAX_TEXT,
    Close,
    DataStream,
    Millis,
    Number,
    Offset,
    Quality,
    QualityCode,
    Seq,
    Stream,
    Text,
    WireError,
    is_bad,
)
from edge.wire.detections import Detection, check_detection, encode_detection
from edge.wire.frames import (
    Answer,
    Configured,
    Data,
    Down,
    Event,
    Gap,
    Health,
    Hello,
    Rejected,
    Salvaged,
    Stored,
    Tags,
    TextUp,
)

_up: msgspec.json.Decoder[TextUp] = msgspec.json.Decoder(TextUp)
_down: msgspec.json.Decoder[Down] = msgspec.json.Decoder(Down)
_encoder = msgspec.json.Encoder()


def encode(frame: TextUp | Down) -> str:
    """Encode one frame as the text of a websocket message."""
    return _encoder.encode(frame).decode()


def decode_down(text: str | bytes) -> Down:
    """Decode a frame from the cloud.

    Raises:
        WireError: it is not a frame of this version.
    """
    try:
        return _down.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WireError("bad_frame", str(error)) from error


def decode_up(text: str | bytes) -> TextUp:
    """Decode a frame from a gateway, and keep what can be kept of a data frame with bad readings.

    Returns:
        The frame; a ``Salvaged`` data frame when some readings had to be rejected.

    Raises:
        WireError: nothing of it can be used; ``stream`` and ``seq`` are set when they could be
            read, and belong into the ``Error`` that answers it.
    """
    if _size(text) > MAX_FRAME_BYTES:
        message = f"frame exceeds {MAX_FRAME_BYTES} bytes"
        raise WireError("too_large", message, close=Close.TOO_LARGE)
    try:
        frame = _up.decode(text)
    except msgspec.ValidationError as error:
        return _salvage(text, error)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WireError("bad_json", str(error)) from error
    if isinstance(frame, Data):
        return frame if _is_clean(frame) else _salvage(text, None)
    _check_frame(frame)
    return frame


def _size(text: str | bytes) -> int:
    if isinstance(text, bytes) or text.isascii():
        return len(text)
    return len(text.encode(errors="surrogatepass"))


def _is_clean(frame: Data) -> bool:
    """Whole-column checks; a frame that fails one goes through the reading-by-reading path."""
    n = len(frame.v)
    if not len(frame.dt) == len(frame.tag) == n <= MAX_READINGS:
        return False
    if frame.q is None and frame.raw is None:
        return None not in frame.v
    quality = frame.q if frame.q is not None else [int(Quality.GOOD)] * n
    exact = frame.raw or {}
    return (
        len(quality) == n
        and all(0 <= i < n and not _CONTROL.search(text) for i, text in exact.items())
        and not any(
            _contradiction(v, q, exact.get(i))
            for i, (v, q) in enumerate(zip(frame.v, quality, strict=True))
        )
    )


def encode_stored(frame: Stored) -> str | bytes:
    """Encode a frame of the spool as one websocket message, text or (with a picture) binary."""
    return encode_detection(frame) if isinstance(frame, Detection) else encode(frame)


def _check_frame(frame: TextUp) -> None:
    if isinstance(frame, Detection):
        check_detection(frame)
    seq = frame.seq if isinstance(frame, Event) else None
    for text in _texts_of(frame):
        _check_text(text, seq)
    if isinstance(frame, Gap) and (frame.seq_from > frame.seq or frame.first > frame.last):
        message = "a gap must run forward"
        raise WireError("bad_gap", message, stream=frame.stream, seq=frame.seq)


def _texts_of(frame: TextUp) -> list[str]:
    match frame:
        case Hello():
            return [frame.agent, *(decl.unit for decl in frame.tags)]
        case Tags():
            return [decl.unit for decl in frame.tags]
        case Event():
            return [frame.detail]
        case Answer():
            return [frame.id, frame.error]
        case Configured():
            return frame.mistakes
        case Health():
            return [unit.error for unit in frame.units]
        case _:
            return []


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _check_text(text: str, seq: int | None = None) -> None:
    if _CONTROL.search(text):
        message = "control characters are not allowed"
        raise WireError("bad_text", message, stream="events" if seq else None, seq=seq)


# ---------------------------------------------------------------- reading by reading


class _Envelope(Struct, forbid_unknown_fields=True):
    """A data frame with its columns left as raw JSON."""

    type: Literal["data"]  # a field, because msgspec does not insist on the tag of a lone struct
    stream: DataStream
    seq: Seq
    t0: Millis
    dt: list[msgspec.Raw]
    tag: list[msgspec.Raw]
    v: list[msgspec.Raw]
    q: list[msgspec.Raw] | None = None
    raw: dict[str, msgspec.Raw] | None = None


class _Numbered(Struct):
    type: str
    seq: Seq
    stream: Stream | None = None


_envelope = msgspec.json.Decoder(_Envelope)
_numbered = msgspec.json.Decoder(_Numbered)
_offset = msgspec.json.Decoder(Offset)
_number = msgspec.json.Decoder(Number)
_value = msgspec.json.Decoder(float | None)
_quality = msgspec.json.Decoder(QualityCode)
_text = msgspec.json.Decoder(Text)


def _salvage(text: str | bytes, cause: Exception | None) -> Salvaged:
    try:
        envelope = _envelope.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        stream, seq = _place_of(text)
        message = str(cause or error)
        raise WireError("bad_frame", message, stream=stream, seq=seq) from (cause or error)
    count = max(len(envelope.v), len(envelope.tag), len(envelope.dt))
    if count > MAX_READINGS:
        message = f"more than {MAX_READINGS} readings in a frame"
        raise WireError(
            "too_many_readings",
            message,
            stream=envelope.stream,
            seq=envelope.seq,
            close=Close.TOO_LARGE,
        )
    kept = Salvaged(
        stream=envelope.stream, seq=envelope.seq, t0=envelope.t0, dt=[], tag=[], v=[], q=[], raw={}
    )
    for i in range(count):
        _take_reading(envelope, i, kept)
    places = {str(i) for i in range(count)}  # as text: a key of 5,000 digits is no number to parse
    for key, exact in (envelope.raw or {}).items():
        if key not in places:
            kept.rejected.append(Rejected(-1, "ragged", _printable(f"raw[{key}]={_json(exact)}")))
    return kept


def _place_of(text: str | bytes) -> tuple[Stream | None, int | None]:
    try:
        frame = _numbered.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None, None
    return frame.stream or ("events" if frame.type in {"event", "detection"} else None), frame.seq


def _take_reading(envelope: _Envelope, i: int, kept: Salvaged) -> None:
    """Append reading ``i`` to the kept columns, or to the rejected ones with the reason."""
    code = "ragged"  # the columns have different lengths: reading i has no value, tag or time
    try:
        dt, tag, value = envelope.dt[i], envelope.tag[i], envelope.v[i]
        quality = envelope.q[i] if envelope.q is not None else None
        code = "bad_time"
        dt_ms = _offset.decode(dt)
        code = "bad_tag"
        number = _number.decode(tag)
        code = "bad_quality"
        q = Quality.GOOD if quality is None else _quality.decode(quality)
        code = "bad_value"
        v = _value.decode(value)
        code = "bad_text"
        exact = _exact_text(envelope, i)
        code = _contradiction(v, q, exact)
    except (IndexError, msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    else:
        if not code:
            _keep(kept, i, dt_ms, number, v, q, exact)
            return
    kept.rejected.append(Rejected(i, code, _as_sent(envelope, i)))


def _exact_text(envelope: _Envelope, i: int) -> str | None:
    sent = envelope.raw.get(str(i)) if envelope.raw else None
    if sent is None:
        return None
    text = _text.decode(sent)
    if _CONTROL.search(text):
        raise msgspec.ValidationError("control characters are not allowed")
    return text


def _contradiction(v: float | None, q: int, exact: str | None) -> str:
    if is_bad(q):
        return "value_of_bad_reading" if v is not None or exact is not None else ""
    return "no_value" if v is None and exact is None else ""


def _keep(
    kept: Salvaged, i: int, dt_ms: int, number: int, v: float | None, q: int, exact: str | None
) -> None:
    if exact is not None and kept.raw is not None:
        kept.raw[len(kept.v)] = exact
    kept.index.append(i)
    kept.dt.append(dt_ms)
    kept.tag.append(number)
    kept.v.append(v)
    if kept.q is not None:
        kept.q.append(q)


def _as_sent(envelope: _Envelope, i: int) -> str:
    columns = {"dt": envelope.dt, "tag": envelope.tag, "v": envelope.v, "q": envelope.q or []}
    parts = [f"{name}={_json(column[i])}" for name, column in columns.items() if i < len(column)]
    return _printable(" ".join(parts))


def _json(raw: msgspec.Raw) -> str:
    return bytes(raw).decode(errors="replace")


def _printable(text: str) -> str:
    return _CONTROL.sub("", text[:MAX_TEXT])
