"""The network: YOLOv8n of ultralytics, its start, its loss, and how it is kept. Needs torch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import numpy as np

os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false")  # before its first import

import torch  # type: ignore[import-not-found]
from torch import Tensor, nn
from ultralytics.cfg import get_cfg  # type: ignore[import-not-found]
from ultralytics.nn.modules import block, conv, head  # type: ignore[import-not-found]
from ultralytics.nn.tasks import DetectionModel  # type: ignore[import-not-found]

from edge.training.dataset import Task

ARCHITECTURE: Final = "yolov8n.yaml"
# What a YOLOv8 checkpoint consists of. Anything else in it is refused, since a pickle may run code.
_IN_CHECKPOINTS: Final[tuple[Any, ...]] = (
    set, nn.SiLU, nn.BatchNorm2d, nn.ModuleList, nn.Sequential, nn.Conv2d, nn.Identity,
    nn.MaxPool2d, nn.Upsample, block.Bottleneck, block.C2f, block.DFL, block.SPPF,
    conv.Concat, conv.Conv, head.Detect, DetectionModel,
)  # fmt: skip


def build(task: Task) -> Any:
    """The untrained network of a task."""
    model = DetectionModel(ARCHITECTURE, nc=len(task.classes), verbose=False)
    model.args = get_cfg()  # gains of the loss
    model.names = dict(enumerate(task.classes))
    return model


def start_from(model: Any, weights: Path) -> int:
    """Take over what fits from other weights: ours (.npz) or a YOLOv8 checkpoint (.pt).

    Returns:
        How many tensors were taken over; heads of other classes are left out.

    Raises:
        pickle.UnpicklingError: the checkpoint holds more than a network.
    """
    given = _read_npz(weights) if weights.suffix == ".npz" else _read_checkpoint(weights)
    own = model.state_dict()
    fitting = {
        name: value
        for name, value in given.items()
        if name in own and own[name].shape == value.shape
    }
    model.load_state_dict(fitting, strict=False)
    return len(fitting)


def save_npz(state: dict[str, Tensor], path: Path) -> None:
    """Keep weights as half-precision arrays, without pickle."""
    arrays = {
        name: value.numpy().astype(np.float16 if value.is_floating_point() else np.int64)
        for name, value in state.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def _read_npz(path: Path) -> dict[str, Tensor]:
    with np.load(path, allow_pickle=False) as arrays:
        return {
            name: torch.from_numpy(value.astype(np.float32) if value.dtype == np.float16 else value)
            for name, value in arrays.items()
        }


def _read_checkpoint(path: Path) -> dict[str, Tensor]:
    with torch.serialization.safe_globals(list(_IN_CHECKPOINTS)):
        content = torch.load(path, map_location="cpu", weights_only=True)
    model = content.get("ema") or content["model"]
    state: dict[str, Tensor] = model.float().state_dict()
    return state


class Loss:
    """The loss of YOLOv8, blind to classes that are not labelled in a picture."""

    def __init__(self, model: Any) -> None:
        self._criterion = model.init_criterion()
        self._plain = nn.BCEWithLogitsLoss(reduction="none")
        self._criterion.bce = self._masked
        self._labelled = torch.ones(1)

    def __call__(self, outputs: Any, batch: dict[str, Tensor]) -> Tensor:
        """Loss of a batch, summed over its pictures.

        Args:
            outputs: of the network in training mode.
            batch: ``batch_idx`` (N,) ascending, ``cls`` (N, 1), ``bboxes`` (N, 4) centre and size
                as shares of the picture, ``labelled`` (B, classes) 1 or 0.
        """
        self._labelled = batch["labelled"][:, None, :]
        total, _ = self._criterion(outputs, batch)
        loss: Tensor = total.sum()
        return loss

    def _masked(self, scores: Tensor, wanted: Tensor) -> Tensor:
        loss: Tensor = self._plain(scores, wanted) * self._labelled
        return loss


class Average:
    """Running average of the weights; steadier than the last ones."""

    def __init__(self, model: Any, decay: float = 0.998) -> None:
        self.state = {name: value.clone() for name, value in model.state_dict().items()}
        self.steps = 0
        self._decay = decay

    def update(self, model: Any) -> None:
        """Take one step of training in."""
        self.steps += 1
        decay = self._decay * (1 - float(np.exp(-self.steps / 200)))
        for name, value in model.state_dict().items():
            kept = self.state[name]
            if value.is_floating_point():
                kept.lerp_(value.detach(), 1 - decay)
            else:
                kept.copy_(value)
