"""What runs a network: ONNX Runtime, on the processor or a GPU, or OpenVINO; imported when used."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.vision.picture import Tensor

Precision = Literal["fp32", "int8", "fp16"]


class BackendError(RuntimeError):
    """The backend is not there, or cannot run this model. Another one may."""


class Backend(Protocol):
    """Runs one network. Not safe to be used by two threads at once."""

    def run(self, tensor: Tensor) -> list[NDArray[np.float32]]:
        """Outputs of the network for its input (1, 3, height, width)."""
        ...


class OnnxRuntime:
    """ONNX Runtime with one of its execution providers."""

    def __init__(self, weights: Path, precision: Precision, threads: int, provider: str) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that spin for work take it from the cameras and the poller.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # what fails is raised
        onnxruntime.disable_telemetry_events()
        self._session = onnxruntime.InferenceSession(
            str(weights), options, providers=[(provider, _settings(provider, precision))]
        )
        if self._session.get_providers()[0] != provider:  # it falls back in silence
            raise BackendError(f"{provider} cannot be used here; its drivers are missing")
        entry = self._session.get_inputs()[0]
        self._input, self._is_half = entry.name, entry.type == "tensor(float16)"

    def run(self, tensor: Tensor) -> list[NDArray[np.float32]]:
        """Outputs of the network for its input (1, 3, height, width)."""
        fed: NDArray[Any] = tensor.astype(np.float16) if self._is_half else tensor
        outputs = self._session.run(None, {self._input: fed})
        return [np.asarray(output, np.float32) for output in outputs]


class OpenVino:
    """OpenVINO on the processor."""

    def __init__(self, weights: Path, precision: Precision, threads: int) -> None:
        import openvino

        settings: dict[str, Any] = {
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
        }
        if precision == "fp32":  # it takes bf16 by itself, which may be slower and is less exact
            settings["INFERENCE_PRECISION_HINT"] = "f32"
        self._model = openvino.Core().compile_model(weights, "CPU", settings)

    def run(self, tensor: Tensor) -> list[NDArray[np.float32]]:
        """Outputs of the network for its input (1, 3, height, width)."""
        outputs = self._model(tensor).values()
        return [np.array(output, np.float32) for output in outputs]


Open = Callable[[Path, Precision, int], Backend]

_PROVIDERS: Final = {
    "onnxruntime": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
NAMES: Final = (*_PROVIDERS, "openvino")


def available_for(weights: Path) -> list[str]:
    """Names of the backends that are installed here and read this kind of file."""
    found = [name for name in ("openvino",) if find_spec(name)]
    if weights.suffix.lower() == ".onnx" and find_spec("onnxruntime"):
        import onnxruntime

        there = set(onnxruntime.get_available_providers())
        return [name for name, provider in _PROVIDERS.items() if provider in there] + found
    return found


def usual_for(weights: Path) -> str:
    """The backend where nothing was measured: CUDA, then the processor.

    TensorRT is not among them: it builds for minutes, which a benchmark may, but not a start.

    Raises:
        BackendError: none is installed.
    """
    there = available_for(weights)
    for name in ("cuda", "onnxruntime", "openvino"):
        if name in there:
            return name
    needed = "openvino" if weights.suffix.lower() == ".xml" else "onnxruntime"
    raise BackendError(f"{weights.name} needs the package {needed}, which is not installed")


def open_backend(name: str, weights: Path, precision: Precision, threads: int) -> Backend:
    """Load weights into a backend.

    Args:
        name: one of ``NAMES``.
        weights: an .onnx, or for OpenVINO also an .xml; their hash was checked before.
        precision: of the weights.
        threads: that it may use for one picture.

    Raises:
        BackendError: it is not there, or does not take the file.
    """
    if name not in available_for(weights):
        raise BackendError(f"backend {name} is not installed here, or cannot read {weights.name}")
    try:
        if name == "openvino":
            return OpenVino(weights, precision, threads)
        return OnnxRuntime(weights, precision, threads, _PROVIDERS[name])
    except BackendError:
        raise
    except Exception as error:
        raise BackendError(f"{name} cannot load {weights.name}: {first_line(error)}") from error


def _settings(provider: str, precision: Precision) -> dict[str, str]:
    if provider == _PROVIDERS["tensorrt"]:
        return {"trt_fp16_enable": "1" if precision == "fp16" else "0"}
    return {}


def first_line(error: Exception) -> str:
    """What a backend said; the rest of it is for those who wrote it."""
    return next(iter(str(error).splitlines()), type(error).__name__)
