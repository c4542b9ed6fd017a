"""More than 200 files that somebody might send for a JPEG, each with the answer of the image gate.

``python tests/detections/corpus.py FOLDER`` writes them, to look at or to feed to something else.
The answers are "passes" or a reason of alarms/gate.py; where a decoder decides, there are several.
"""

from __future__ import annotations

import io
import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image

PASSES: Final = "passes"
SOF, SOS, EOI = 0xC0, 0xDA, b"\xff\xd9"


class Sample(NamedTuple):
    """A file, and what may be answered."""

    name: str
    data: bytes
    answers: frozenset[str]


def sample(name: str, data: bytes, *answers: str) -> Sample:
    return Sample(name, data, frozenset(answers))


def picture(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Draw something that is no plain colour, the same each time."""
    noise = random.Random(width * 10_000 + height)
    small = Image.frombytes("RGB", (16, 16), noise.randbytes(768))
    return small.resize((width, height)).convert(mode)


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    stream = io.BytesIO()
    (image or picture()).save(stream, "JPEG", **options)
    return stream.getvalue()


def other(kind: str) -> bytes:
    stream = io.BytesIO()
    picture().save(stream, kind)
    return stream.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body


def behind_soi(data: bytes, more: bytes) -> bytes:
    return data[:2] + more + data[2:]


def place_of(data: bytes, marker: int) -> int:
    """Return where the first segment of a kind begins."""
    at = 2
    while data[at + 1] != marker:
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return at


def patched(data: bytes, marker: int, offset: int, new: bytes) -> bytes:
    """Overwrite bytes of a segment, counted from its marker."""
    at = place_of(data, marker) + offset
    return data[:at] + new + data[at + len(new) :]


def sized(width: int, height: int) -> bytes:
    """Claim another size in the header."""
    return patched(jpeg(), SOF, 5, height.to_bytes(2) + width.to_bytes(2))


# ---------------------------------------------------------------- what passes


def good() -> Iterator[Sample]:
    sizes = [(16, 16), (17, 16), (320, 240), (640, 480), (1280, 720), (1920, 1080), (2560, 1440)]
    for width, height in [*sizes, (4096, 16), (16, 4096), (4096, 64)]:
        yield sample(f"size-{width}x{height}", jpeg(picture(width, height)), PASSES)
    for quality in (1, 10, 30, 50, 75, 90, 95, 100):
        yield sample(f"quality-{quality}", jpeg(quality=quality), PASSES)
    for subsampling in (0, 1, 2):
        yield sample(f"subsampling-{subsampling}", jpeg(subsampling=subsampling), PASSES)
    for size in ((64, 64), (640, 480)):
        tag = "x".join(map(str, size))
        yield sample(f"progressive-{tag}", jpeg(picture(*size), progressive=True), PASSES)
        yield sample(f"grey-{tag}", jpeg(picture(*size, "L")), PASSES)
        yield sample(f"optimised-{tag}", jpeg(picture(*size), optimize=True), PASSES)
    for blocks in (1, 4, 16):
        yield sample(f"restart-{blocks}", jpeg(restart_marker_blocks=blocks), PASSES)
    yield sample("fill-bytes", behind_soi(jpeg(), b"\xff" * 5), PASSES)
    yield sample("16-megapixels", jpeg(Image.new("RGB", (4000, 4000))), PASSES)


def baggage() -> Iterator[Sample]:
    """What travels along and must not arrive."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SECRET-MARK", 6
    yield sample("exif-orientation", jpeg(exif=exif), PASSES)
    yield sample("icc", jpeg(icc_profile=b"SECRET-MARK" * 100), PASSES)
    yield sample("comment", jpeg(comment="SECRET-MARK"), PASSES)
    yield sample("comment-html", jpeg(comment="<script>SECRET-MARK</script>"), PASSES)
    for marker in range(0xE1, 0xEE):
        hidden = segment(marker, b"SECRET-MARK" * 20)
        yield sample(f"app-{marker - 0xE0}", behind_soi(jpeg(), hidden), PASSES)
    yield sample(
        "exif-broken", behind_soi(jpeg(), segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")), PASSES
    )
    yield sample(
        "mpo", behind_soi(jpeg(), segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + b"\0" * 64)), PASSES
    )
    yield sample(
        "thumbnail-inside", behind_soi(jpeg(), segment(0xE1, b"Exif\0\0" + jpeg())), PASSES
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("SECRET-MARK.class", b"\xca\xfe\xba\xbe")
    tails = {
        "zip": stream.getvalue(),
        "html": b"<html><script>alert('SECRET-MARK')</script></html>",
        "php": b"<?php echo 'SECRET-MARK'; ?>",
        "pdf": b"%PDF-1.7 SECRET-MARK %%EOF",
        "elf": b"\x7fELF SECRET-MARK" + b"\0" * 64,
        "gif": other("GIF") + b"SECRET-MARK",
        "jpeg": jpeg() + b"SECRET-MARK",
        "zeros": b"\0" * 10_000 + b"SECRET-MARK",
    }
    for name, tail in tails.items():
        yield sample(f"tail-{name}", jpeg() + tail, PASSES)


# ---------------------------------------------------------------- what does not


def not_jpeg() -> Iterator[Sample]:
    for kind in (
        "GIF",
        "PNG",
        "BMP",
        "WEBP",
        "TIFF",
        "ICO",
        "PPM",
        "TGA",
        "PCX",
        "JPEG2000",
        "PDF",
    ):
        yield sample(f"is-{kind.lower()}", other(kind), "not_jpeg")
    texts = {
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "html": b"<!doctype html><script>alert(1)</script>",
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        "gifar": b"GIF89a" + jpeg(),
        "zip": b"PK\x03\x04" + jpeg(),
        "empty": b"",
        "one-byte": b"\xff",
        "soi": b"\xff\xd8",
        "space-before": b" " + jpeg(),
        "bom-before": b"\xef\xbb\xbf" + jpeg(),
        "base64": b"/9j/4AAQSkZJRgABAQAAAQABAAD",
        "path": b"../../../etc/passwd",
        "pickle": b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.",
        "fits": b"SIMPLE  =                    T" + b" " * 3000,
    }
    for name, data in texts.items():
        yield sample(f"is-{name}", data, "not_jpeg")


def truncated() -> Iterator[Sample]:
    for label, data in (("baseline", jpeg()), ("progressive", jpeg(progressive=True))):
        for part in range(1, 16):
            cut = max(3, len(data) * part // 16)
            yield sample(f"cut-{label}-{part}", data[:cut], "truncated")
        yield sample(f"cut-{label}-last", data[:-1], "truncated")
        yield sample(f"cut-{label}-eoi", data[:-2], "truncated")
    # the end is there, what comes before is not
    whole = jpeg(picture(640, 480))
    for part in (2, 4, 8):
        half = whole[: len(whole) * part // 10].rstrip(b"\xff") + EOI
        yield sample(f"hollow-{part}", half, PASSES, "undecodable", "truncated")


def sizes() -> Iterator[Sample]:
    large = [
        *((65535, 1), (1, 65535), (65535, 65535), (65500, 65500), (30000, 30000)),
        *((4097, 16), (16, 4097), (4097, 4097), (4096, 4096), (4096, 3907), (4001, 4000)),
        *((50000, 16), (16, 50000), (10000, 10000), (8192, 8192), (32768, 32768)),
    ]
    for width, height in large:
        yield sample(f"claims-{width}x{height}", sized(width, height), "too_large")
    for width, height in ((0, 0), (0, 64), (64, 0), (1, 1), (15, 15), (15, 64), (64, 15), (8, 8)):
        yield sample(f"claims-{width}x{height}", sized(width, height), "too_small")
    yield sample("really-4096x4096", jpeg(Image.new("L", (4096, 4096))), "too_large")
    yield sample("really-8x8", jpeg(Image.new("L", (8, 8))), "too_small")
    for width, height in ((4096, 3900), (3000, 4096), (97, 65)):
        # less data than such a picture needs
        yield sample(f"claims-{width}x{height}", sized(width, height), PASSES, "undecodable")
    yield sample("over-1-mib", jpeg() + b"\0" * (1 << 20), "too_many_bytes")
    yield sample("over-1-mib-of-zeros", b"\0" * ((1 << 20) + 1), "too_many_bytes")
    yield sample("over-1-mib-real", jpeg(noise(1600, 1200), quality=95), "too_many_bytes")


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))


def codings() -> Iterator[Sample]:
    for marker in {*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC}:
        data = patched(jpeg(), SOF, 1, bytes([marker]))
        yield sample(f"coding-{marker:02x}", data, "unusual_coding")
    for bits in (1, 2, 4, 7, 9, 12, 16, 255):
        yield sample(f"bits-{bits}", patched(jpeg(), SOF, 4, bytes([bits])), "unusual_coding")
    cmyk = Image.new("CMYK", (64, 64), (10, 20, 30, 40))
    yield sample("cmyk", jpeg(cmyk), "unusual_colours")
    yield sample("cmyk-progressive", jpeg(cmyk, progressive=True), "unusual_colours")
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x02")
    yield sample("ycck", behind_soi(jpeg(cmyk), adobe), "unusual_colours")
    for colours in (0, 2, 4, 5, 255):
        body = b"\x08\0\x40\0\x60" + bytes([colours]) + b"\1\x11\0" * colours
        data = jpeg()
        at = place_of(data, SOF)
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        data = data[:at] + segment(SOF, body) + data[end:]
        yield sample(f"colours-{colours}", data, "unusual_colours")


def structure() -> Iterator[Sample]:
    data = jpeg()
    at = place_of(data, SOF)
    frame = data[at : place_of(data, 0xC4)]
    scan = data[place_of(data, SOS) : -2]
    yield sample("two-frames", data[:at] + frame + data[at:], "malformed")
    yield sample("no-frame", data.replace(frame, b"", 1), "malformed")
    yield sample("no-scan", data.replace(scan, b"", 1), "malformed")
    yield sample("scan-first", behind_soi(data, scan), "malformed")
    yield sample("nothing", b"\xff\xd8" + EOI, "malformed")
    yield sample("soi-twice", behind_soi(data, b"\xff\xd8"), "malformed")
    yield sample("restart-outside", behind_soi(data, b"\xff\xd0"), "malformed")
    yield sample("stray-bytes", behind_soi(data, b"\xff\xfe\0\2hello"), "malformed")
    yield sample("dnl", data[:-2] + segment(0xDC, b"\0\x40") + EOI, "malformed")
    for length in (0, 1):
        broken = behind_soi(data, b"\xff\xfe" + length.to_bytes(2))
        yield sample(f"length-{length}", broken, "malformed")
    yield sample(
        "length-beyond-the-end", behind_soi(data, b"\xff\xfe\xff\xff"), "truncated", "malformed"
    )
    yield sample(
        "frame-too-short", data.replace(frame, segment(SOF, b"\x08\0\x40"), 1), "malformed"
    )
    yield sample("frame-empty", data.replace(frame, segment(SOF, b""), 1), "malformed")
    for count in (17, 100, 500):
        yield sample(f"scans-{count}", data[:-2] + scan * (count - 1) + EOI, "too_many_scans")
    yield sample("scans-16", data[:-2] + scan * 15 + EOI, PASSES, "undecodable")
    tables = data[place_of(data, 0xDB) : at]
    yield sample("tables-2000", behind_soi(data, tables * 2000), PASSES, "undecodable")
    yield sample("no-tables", data.replace(tables, b"", 1), "undecodable")
    costly = jpeg(Image.new("RGB", (4000, 4000)), progressive=True)
    yield sample("progressive-16-megapixels", costly, PASSES, "too_expensive")


def damaged() -> Iterator[Sample]:
    """Bytes that were changed on the way: all that is sure is that there is an answer."""
    from alarms.gate import REASONS

    for seed in range(40):
        chance = random.Random(seed)
        data = bytearray(jpeg(picture(200, 150), progressive=seed % 2 == 0))
        for _ in range(1 + seed // 4):
            data[chance.randrange(2, len(data))] = chance.randrange(256)
        yield sample(f"damaged-{seed}", bytes(data), PASSES, *REASONS)


def corpus() -> list[Sample]:
    """Make all files."""
    kinds = (good, baggage, not_jpeg, truncated, sizes, codings, structure, damaged)
    return [each for kind in kinds for each in kind()]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for each in corpus():
        (folder / f"{each.name}.jpg").write_bytes(each.data)
        lines.append(f"{each.name}.jpg {' or '.join(sorted(each.answers))}")
    (folder / "answers.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    main(Path(sys.argv[1]))
