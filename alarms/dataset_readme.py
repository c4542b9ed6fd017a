"""Where a dataset comes from, in words: the README in the file. In English, as all that is data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alarms.dataset import Told

_WAYS = """\
## How it was made

- One picture for each detection that somebody marked as a true hazard or as a false alarm: its
  best one, as it passed the image gate. Detections without such a picture are left out.
- Boxes are the model's, not drawn by hand. Of a true hazard all boxes of its class count; of a
  false alarm none do, so that its picture is background unless another class is in it.
- Boxes of other classes of the same subset stay unless a detection of that class, of the same
  camera at the same time, was marked as a false alarm. Those that nobody judged are counted above.
- A hazard that no camera reported is in no picture, and one beside a reported one may have no box:
  look the labels over before you train on them.
- `val` holds about one in five of the days of a camera; what one camera saw on one day is never
  divided. Where there is none, `data.yaml` judges with `train`: gather more before you believe it.
- `manifest.csv` is what Sentinel's own trainer reads; each folder with a `data.yaml` is a dataset
  as YOLO trainers take it.
- Pictures may show people. They are bound to the purpose for which the cameras were put up.
"""


def readme(told: Told, site: str, names: Mapping[str, Sequence[str]]) -> str:
    """Write it.

    Args:
        told: what went into the file.
        site: slug.
        names: the classes of each subset.
    """
    return "\n".join([*_lines(told, site, names), "", _WAYS])


def _lines(told: Told, site: str, names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield f"# Pictures of {site}, as they were marked"
    yield ""
    yield f"- from {_time(told.first)} to {_time(told.last)} (UTC)"
    yield f"- pictures: {told.pictures.total()}; left out without a picture: {told.without_picture}"
    yield f"- marked by {len(told.people)} people"
    for (subset, split), count in sorted(told.parts.items()):
        yield f"- `{subset}/images/{split}/`: {count}"
    yield f"- boxes of other classes that nobody judged: {_counts(told.unchecked)}"
    for subset, labels in names.items():
        numbered = ", ".join(f"{n} {label}" for n, label in enumerate(labels))
        yield f"- classes of `{subset}/`: {numbered}"
    yield ""
    yield "| class | true hazards | false alarms |"
    yield "|---|---|---|"
    for label in sorted({label for label, _kind in told.pictures}):
        yield f"| {label} | {told.pictures[label, 'true']} | {told.pictures[label, 'false']} |"
    yield ""
    yield "Models that reported them (SHA-256 of the weights):"
    yield ""
    yield from (f"- `{model}`" for model in sorted(told.models))
    yield ""
    yield "| camera | class | threshold then | pictures |"
    yield "|---|---|---|---|"
    for (camera, label, threshold), count in sorted(told.thresholds.items()):
        yield f"| {camera} | {label} | {threshold:g} | {count} |"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{label} {count}" for label, count in sorted(counts.items())) or "none"


def _time(at: dt.datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "–"
