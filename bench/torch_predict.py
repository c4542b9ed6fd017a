"""The other side of bench.vision; runs under a Python with torch and ultralytics.

python -m bench.torch_predict pack WEIGHTS.npz TASK OUT.pt
python -m bench.torch_predict measure MODEL.pt PICTURES.npy WIDTH,HEIGHT THREADS STARTED_S
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false")  # before its first import


def pack(weights: str, task: str, out: str) -> None:
    """Save trained weights the way ultralytics loads them."""
    from ultralytics import YOLO

    from edge.training.dataset import TASKS
    from edge.training.network import ARCHITECTURE, build, start_from

    model = build(TASKS[task])
    if start_from(model, Path(weights)) != len(model.state_dict()):
        raise SystemExit(f"{weights} does not fit the network of {task}")
    yolo = YOLO(ARCHITECTURE, verbose=False)
    model.task, model.names = "detect", dict(enumerate(TASKS[task].classes))
    yolo.model = model
    yolo.save(out)
    print(out)


def measure(path: str, kept: str, size: str, threads: str, started_s: str) -> None:
    """Print a Measurement as JSON: predict as a user calls it, and the network alone."""
    import numpy as np
    import torch
    from ultralytics import YOLO

    yolo = YOLO(path)
    shape = [int(side) for side in reversed(size.split(","))]  # height, width
    settings: dict[str, Any] = {"imgsz": shape, "verbose": False, "device": "cpu"}
    pictures = np.load(kept, allow_pickle=False)
    yolo.predict(pictures[0], **settings)
    cold_s = time.monotonic() - float(started_s)

    import msgspec

    from edge.vision.agreement import FLOOR
    from edge.vision.measure import Measurement, resident_mb, timing_of

    torch.set_num_threads(int(threads))
    settings["conf"] = FLOOR
    found = tuple(_detections(yolo.predict(picture, **settings)[0]) for picture in pictures)
    whole = timing_of(lambda one: yolo.predict(one, **settings), pictures, rounds=5)
    rss_mb = resident_mb()
    model = yolo.predictor.model.model  # the fused one that it runs
    tensors = [torch.rand(1, 3, *shape) for _ in pictures]
    with torch.inference_mode():
        alone = timing_of(model, tensors, rounds=5)
    one = Measurement(alone, whole, cold_s, rss_mb, found)
    print(msgspec.json.encode(one).decode())


def _detections(result: Any) -> tuple[Any, ...]:
    from edge.vision.picture import Detection

    boxes = result.boxes
    return tuple(
        Detection(result.names[int(kind)], float(score), tuple(map(float, box)))
        for kind, score, box in zip(boxes.cls, boxes.conf, boxes.xyxy.tolist(), strict=True)
    )


if __name__ == "__main__":
    {"pack": pack, "measure": measure}[sys.argv[1]](*sys.argv[2:])
