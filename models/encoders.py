"""The engines that can encode for a recogniser, by name."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from models import onnx_encoder, openvino_encoder

if TYPE_CHECKING:
    from models.whisper import Encoder

EncoderName = Literal["onnxruntime", "ctranslate2", "openvino"]


def encoder(folder: Path, name: EncoderName, *, threads: int, compute_type: str) -> "Encoder | None":
    """The encoder of the model in ``folder``, or None for CTranslate2's own.

    CTranslate2's also takes the place of onnxruntime's where a model is too large for that.
    """
    if name == "openvino":
        return openvino_encoder.OpenVinoEncoder(folder, threads=threads)
    precision: onnx_encoder.Precision = "int8" if compute_type.startswith("int8") else "float32"
    if name == "ctranslate2" or not onnx_encoder.fits(folder, precision):
        return None
    return onnx_encoder.OnnxEncoder(folder, threads=threads, precision=precision)
