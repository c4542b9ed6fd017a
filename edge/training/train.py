"""Trains one model: `python -m edge.training train TASK --data DIR --start WEIGHTS`.

Deterministic for a seed and a number of threads. After every epoch the state goes to the run's
folder, and the same command goes on from there; ``checkpoints/TASK.npz`` is the best average so
far, judged on the part of the training split that is kept for choices.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch  # type: ignore[import-not-found]

from edge.training.augment import Example, mosaic, place, recolour
from edge.training.dataset import Sample, Task, samples_of
from edge.training.metrics import judge
from edge.training.network import Average, Loss, build, save_npz, start_from
from edge.vision.boxes import keep_best
from edge.vision.decoders import yolo
from edge.vision.letterbox import fit_into, letterbox
from edge.vision.picture import Candidates, size_of

logger = logging.getLogger(__name__)

FLOOR: Final = 0.01  # scores below it do not move an average precision
ZOOM: Final = (0.4, 1.25)  # of windows, where 1 is the size that things have at run time
WARM_UP: Final = 50  # steps


class Plan(NamedTuple):
    """How to train."""

    epochs: int
    size: int = 224  # side of the windows that are learnt from, pixels
    batch: int = 16
    rate: float = 3e-4  # Adam forgets what was learnt before at more than that
    frozen: int = 5  # first blocks that stay as they are
    mosaics: float = 0.15  # share of pictures that are put together of four
    seed: int = 0
    threads: int = 1


def train(task: Task, data: Path, extra: list[Sample], run: Path, start: Path, plan: Plan) -> None:
    """Train until all epochs are done.

    Args:
        task: what to learn.
        data: folder as ``edge.training.dataset`` describes it.
        extra: further pictures to learn from (rendered ones).
        run: folder of this run; a state in it is gone on from.
        start: weights to begin with, see ``network.start_from``.
        plan: how.
    """
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    samples = samples_of(data, task, "train") + extra
    chosen = samples_of(data, task, "choose")[::2]  # half of them tells enough of an epoch
    state = _State.open(task, run, start, plan)
    logger.info("%s: %d pictures, %d to choose with", task.name, len(samples), len(chosen))
    while state.epoch < plan.epochs:
        began = time.monotonic()
        loss = _epoch(task, state, samples, run, plan)
        precisions = _precisions(task, state, chosen)
        state.finish_epoch(run, sum(precisions) / len(precisions))
        line = {
            "epoch": state.epoch,
            "loss": round(loss, 3),
            "ap50": dict(zip(task.classes, np.round(precisions, 4).tolist(), strict=True)),
            "wall_s": round(time.monotonic() - began),
            "cpu_s": round(time.process_time()),
        }
        with (run / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        logger.info("%s", line)


class _State:
    """Network, optimiser and average, kept in the run's folder."""

    def __init__(self, task: Task, plan: Plan) -> None:
        self.model = build(task).to(memory_format=torch.channels_last)
        for part in self.model.model[: plan.frozen]:
            part.requires_grad_(requires_grad=False)
        self.loss = Loss(self.model)
        self.optimiser = torch.optim.AdamW(_groups(self.model), lr=plan.rate, betas=(0.9, 0.999))
        self.average = Average(self.model)
        self.epoch, self.best = 0, 0.0

    @classmethod
    def open(cls, task: Task, run: Path, start: Path, plan: Plan) -> _State:
        state, file = cls(task, plan), run / "state.pt"
        if file.exists():
            kept = torch.load(file, weights_only=True)
            state.model.load_state_dict(kept["model"])
            state.optimiser.load_state_dict(kept["optimiser"])
            state.average.state, state.average.steps = kept["average"], kept["steps"]
            state.epoch, state.best = kept["epoch"], kept["best"]
        else:
            logger.info("%s: %d tensors taken over", start, start_from(state.model, start))
            state.average = Average(state.model)
        return state

    def finish_epoch(self, run: Path, precision: float) -> None:
        self.epoch += 1
        if precision >= self.best:
            self.best = precision
            save_npz(self.average.state, run / "best.npz")
        kept = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.state,
            "steps": self.average.steps,
            "epoch": self.epoch,
            "best": self.best,
        }
        torch.save(kept, run / "state.new")
        (run / "state.new").replace(run / "state.pt")


def _groups(model: Any) -> list[dict[str, Any]]:
    """Weights decay; biases and norms do not."""
    learning = [value for value in model.parameters() if value.requires_grad]
    return [
        {"params": [value for value in learning if value.ndim > 1], "weight_decay": 5e-4},
        {"params": [value for value in learning if value.ndim <= 1], "weight_decay": 0.0},
    ]


def _rate(plan: Plan, progress: float, step: int) -> float:
    """Warm up, stay, and fall to a fiftieth in the last 60 %."""
    falling = max(0.02, min(1.0, (1 - progress) / 0.6))
    return plan.rate * falling * min(1.0, (step + 1) / WARM_UP)


def _epoch(task: Task, state: _State, samples: list[Sample], run: Path, plan: Plan) -> float:
    """One pass over all pictures; the mean loss of a picture."""
    model = state.model.train()
    for part in model.model[: plan.frozen]:
        part.eval()  # their norms keep their statistics too
    total, count = 0.0, len(samples) // plan.batch
    for step, batch in enumerate(_batches(task, samples, plan, state.epoch)):
        progress = (state.epoch + step / count) / plan.epochs
        for group in state.optimiser.param_groups:
            group["lr"] = _rate(plan, progress, state.average.steps)
        loss = state.loss(model(batch["img"]), batch)
        state.optimiser.zero_grad(set_to_none=True)
        (loss / plan.batch).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        state.optimiser.step()
        state.average.update(model)
        total += float(loss.detach())
        if step % 50 == 0:
            save_npz(state.average.state, run / "latest.npz")
            logger.info(
                "epoch %d step %d/%d loss %.3f",
                state.epoch,
                step,
                count,
                total / (step + 1) / plan.batch,
            )
    return total / count / plan.batch


def _batches(
    task: Task, samples: list[Sample], plan: Plan, epoch: int
) -> Iterator[dict[str, torch.Tensor]]:
    rng = np.random.default_rng((plan.seed, epoch))
    order = rng.permutation(len(samples))
    # Four pictures of a mosaic share what is labelled in them.
    alike: dict[tuple[bool, ...], list[Sample]] = {}
    for sample in samples:
        alike.setdefault(sample.labelled, []).append(sample)
    for first in range(0, len(order) - plan.batch + 1, plan.batch):
        chosen = [samples[i] for i in order[first : first + plan.batch]]
        examples = [_example(rng, task, one, alike[one.labelled], plan) for one in chosen]
        yield _collate(examples, [one.labelled for one in chosen], plan.size)


def _example(
    rng: np.random.Generator, task: Task, sample: Sample, others: list[Sample], plan: Plan
) -> Example:
    example = Example(*sample.read())
    fit, _ = fit_into(size_of(example.picture), task.size)
    zoom = (ZOOM[0] * fit.scale[0], ZOOM[1] * fit.scale[0])
    if rng.random() < plan.mosaics:
        three = [Example(*others[int(rng.integers(len(others)))].read()) for _ in range(3)]
        example = mosaic(rng, [example, *three], plan.size, zoom)
    else:
        example = place(rng, example, plan.size, zoom)
    return example._replace(picture=recolour(rng, example.picture))


def _collate(
    examples: list[Example], labelled: list[tuple[bool, ...]], size: int
) -> dict[str, torch.Tensor]:
    pictures = np.stack([one.picture[:, :, ::-1].transpose(2, 0, 1) for one in examples])
    boxes = np.concatenate([one.boxes for one in examples]) / size
    centres = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1)
    numbers = np.repeat(np.arange(len(examples)), [len(one.boxes) for one in examples])
    tensor = torch.from_numpy(np.ascontiguousarray(pictures)).float() / 255
    return {
        "img": tensor.contiguous(memory_format=torch.channels_last),
        "batch_idx": torch.from_numpy(numbers).float(),
        "cls": torch.from_numpy(np.concatenate([one.classes for one in examples])).float()[:, None],
        "bboxes": torch.from_numpy(centres).float(),
        "labelled": torch.tensor(labelled, dtype=torch.float32),
    }


def _precisions(task: Task, state: _State, samples: list[Sample]) -> list[float]:
    """Average precision of each class, of the average weights."""
    model = build(task)
    model.load_state_dict(state.average.state)
    model.eval()
    found, truths = [], []
    for sample in samples:
        picture, boxes, classes = sample.read()
        padded, fit = letterbox(picture, task.size)
        tensor = torch.from_numpy(padded[:, :, ::-1].transpose(2, 0, 1).copy())[None].float() / 255
        with torch.no_grad():
            output = model(tensor)[0].numpy()
        found.append(_best(yolo.decode([output], task.size, len(task.classes))))
        truths.append((fit.to_network(boxes), classes))
    return [judge(found, truths, i).average_precision() for i in range(len(task.classes))]


def _best(candidates: Candidates) -> Candidates:
    return keep_best(candidates.where(candidates.scores >= FLOOR))
