"""What was marked in the gallery as a dataset to train on: one ZIP file, written as it is read.

It holds what ``edge/training/dataset.py`` reads (``manifest.csv`` and a folder for each subset),
and each subset is a dataset as YOLO trainers take it (``data.yaml``, ``images/``, ``labels/``).
A true hazard comes with its boxes, a false alarm as background: with none of its class.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import QuerySet

from alarms import files
from alarms.dataset_readme import readme
from alarms.gallery import best_of, with_pictures
from alarms.models import Detection, Snapshot, Verdict

MOST_PICTURES: Final = 20_000  # the newest; a line of the manifest stays in memory for each
_AT_ONCE: Final = 100
_VAL_SHARE: Final = 5  # one group in so many is kept to judge with
# The classes that our own models learn together, in the order of their labels.
SUBSETS: Final = {"fire": ("fire", "smoke"), "helmet": ("helmet", "no_helmet")}
OTHER: Final = "other"  # whatever else cameras report
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of every file: the same content makes the same archive


@dataclass(slots=True)
class Told:
    """What the README says of what went into the file."""

    pictures: Counter[tuple[str, str]] = field(default_factory=Counter)  # by class and verdict
    parts: Counter[tuple[str, str]] = field(default_factory=Counter)  # by subset and split
    unchecked: Counter[str] = field(default_factory=Counter)  # boxes that nobody judged, by class
    without_picture: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    models: set[str] = field(default_factory=set)
    thresholds: Counter[tuple[str, str, float]] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)  # counted, never named


def marked(rows: QuerySet[Detection]) -> QuerySet[Detection]:
    """Return those of these detections that were marked true or false."""
    return rows.filter(verdict__kind__in=(Verdict.Kind.TRUE, Verdict.Kind.FALSE))


def zip_of(rows: QuerySet[Detection], site: str) -> Iterator[bytes]:
    """Write the file piece by piece. At any time it holds one picture and one line for each.

    Args:
        rows: detections, of which only the `marked` ones count, and the newest
            `MOST_PICTURES` of those.
        site: what it is of, for the README.
    """
    sink = _Sink()
    told, manifest = Told(), io.StringIO()
    lines = csv.writer(manifest)
    lines.writerow(["subset", "split", "name", "source", "group"])
    rows = marked(rows)
    names = _names(rows)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for row in _newest(rows):
            picture = _read(row)
            if picture is None:
                told.without_picture += 1
                continue
            subset = subset_of(row.label)
            group = f"{row.camera_uid} {row.since:%Y-%m-%d}"
            split, name = split_of(group), str(row.pk)
            label = _label_of(row, names[subset], told)
            _put(archive, f"{subset}/images/{split}/{name}.jpg", picture)
            _put(archive, f"{subset}/labels/{split}/{name}.txt", label.encode())
            lines.writerow([subset, split, name, "gallery", group])
            told.parts[subset, split] += 1
            _note(told, row)
            yield sink.take()
        for subset in names:
            judge = "val" if told.parts[subset, "val"] else "train"  # a trainer wants some
            _put(archive, f"{subset}/data.yaml", _yaml(names[subset], judge).encode())
        _put(archive, "manifest.csv", manifest.getvalue().encode())
        _put(archive, "README.md", readme(told, site, names).encode())
    yield sink.take()


def subset_of(label: str) -> str:
    """Return the subset that a class belongs to."""
    return next((name for name, labels in SUBSETS.items() if label in labels), OTHER)


def split_of(group: str) -> str:
    """Say what a group is for: what one camera saw on one day is never divided."""
    return "train" if hashlib.sha256(group.encode()).digest()[0] % _VAL_SHARE else "val"


def yolo_lines(boxes: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    """Write boxes of these classes as YOLO has them: class, centre, size; shares of the picture.

    Args:
        boxes: as `Snapshot.boxes` has them: left, top, width and height.
        names: the classes, in the order of their numbers.
    """
    lines = []
    for box in boxes:
        if box["label"] in names:
            x, y = box["x"] + box["w"] / 2, box["y"] + box["h"] / 2
            numbers = (f"{min(1.0, max(0.0, n)):.6f}" for n in (x, y, box["w"], box["h"]))
            lines.append(f"{names.index(box['label'])} {' '.join(numbers)}\n")
    return "".join(lines)


# ---------------------------------------------------------------- rows


def _names(rows: QuerySet[Detection]) -> dict[str, tuple[str, ...]]:
    """Return the classes of each subset that there is something of."""
    labels = sorted(rows.order_by().values_list("label", flat=True).distinct())
    others = tuple(label for label in labels if subset_of(label) == OTHER)
    known = {subset_of(label) for label in labels}
    return {name: SUBSETS.get(name, others) for name in (*SUBSETS, OTHER) if name in known}


def _newest(rows: QuerySet[Detection]) -> Iterator[Detection]:
    """Read the rows a few at a time: a connection may be closed between two pieces."""
    rows = with_pictures(rows.order_by("-pk"))
    last, left = 2**63 - 1, MOST_PICTURES
    while some := list(rows.filter(pk__lt=last)[: min(_AT_ONCE, left)]):
        yield from some
        last, left = some[-1].pk, left - len(some)


def _read(row: Detection) -> bytes | None:
    best = best_of(row)
    if best is None or best.state != Snapshot.State.READY:
        return None
    try:
        return files.read(best.name)
    except FileNotFoundError:
        return None


def _label_of(row: Detection, names: Sequence[str], told: Told) -> str:
    """Return its own boxes if it is real, and others unless somebody said that they are not."""
    picture = best_of(row)
    boxes = [box for box in picture.boxes if box["label"] in names] if picture else []
    others = sorted({box["label"] for box in boxes} - {row.label})
    judged = _judged_beside(row, others) if others else {}
    kept = {label for label in others if judged.get(label) != Verdict.Kind.FALSE}
    told.unchecked.update(
        box["label"] for box in boxes if box["label"] in kept and box["label"] not in judged
    )
    if row.verdict.kind == Verdict.Kind.TRUE:
        kept.add(row.label)
    return yolo_lines([box for box in boxes if box["label"] in kept], names)


def _judged_beside(row: Detection, labels: Sequence[str]) -> dict[str, str]:
    """Return what was said of other classes that the same camera saw at the same time."""
    rows = marked(Detection.objects.filter(site_id=row.site_id, camera_uid=row.camera_uid))
    beside = rows.filter(label__in=labels, since__lte=row.at, at__gte=row.since).order_by("pk")
    said: dict[str, str] = {}
    for label, kind in beside.values_list("label", "verdict__kind"):
        if said.get(label) != Verdict.Kind.TRUE:  # one that is real is enough
            said[label] = kind
    return said


def _note(told: Told, row: Detection) -> None:
    told.pictures[row.label, row.verdict.kind] += 1
    told.models.add(row.model)
    told.thresholds[row.camera_uid, row.label, row.threshold] += 1
    told.people.add(row.verdict.by)
    told.first = min(told.first or row.since, row.since)
    told.last = max(told.last or row.since, row.since)


# ---------------------------------------------------------------- files


class _Sink(io.RawIOBase):
    """Takes what the archive writes, until it is passed on. It cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """Return what came since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)


def _yaml(names: Sequence[str], judge: str) -> str:
    numbered = [f"  {number}: {name}" for number, name in enumerate(names)]
    lines = ["path: .", "train: images/train", f"val: images/{judge}", "names:", *numbered, ""]
    return "\n".join(lines)
