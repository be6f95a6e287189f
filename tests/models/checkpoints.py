"""Checkpoints written the way PyTorch writes them, without PyTorch."""

import zipfile
from pathlib import Path

import numpy as np

Tensors = dict[str, np.ndarray]


def write_checkpoint(path: Path, tensors: Tensors, pickled: bytes | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled if pickled is not None else state_of(tensors))
        for index, value in enumerate(tensors.values()):
            archive.writestr(f"archive/data/{index}", np.ascontiguousarray(value).tobytes())
    return path


def state_of(tensors: Tensors, rebuild: str = "torch._utils\n_rebuild_tensor_v2", extra_offset: int = 0) -> bytes:
    """The pickle of an ordered dictionary of tensors (protocol 2)."""
    out = b"\x80\x02ccollections\nOrderedDict\n)R("
    for index, (name, value) in enumerate(tensors.items()):
        out += _text(name) + b"c" + rebuild.encode() + b"\n(" + _storage(index, value) + _number(extra_offset)
        strides = [stride // value.itemsize for stride in value.strides]
        out += b"(" + b"".join(_number(n) for n in value.shape) + b"t"
        out += b"(" + b"".join(_number(n) for n in strides) + b"t"
        out += b"\x89ccollections\nOrderedDict\n)RtR"
    return out + b"u."


def _storage(index: int, value: np.ndarray) -> bytes:
    kind = "LongStorage" if value.dtype.kind == "i" else "FloatStorage"
    parts = _text("storage") + f"ctorch\n{kind}\n".encode() + _text(str(index)) + _text("cpu") + _number(value.size)
    return b"(" + parts + b"tQ"


def _text(value: str) -> bytes:
    data = value.encode()
    return b"X" + len(data).to_bytes(4, "little") + data


def _number(value: int) -> bytes:
    return b"J" + value.to_bytes(4, "little", signed=True)


def campplus_tensors(seed: int = 0) -> Tensors:
    """Random weights in the shapes of CAM++."""
    generator = np.random.default_rng(seed)
    tensors: Tensors = {}

    def weight(name: str, *shape: int, bias: bool = False) -> None:
        scale = 1 / np.sqrt(np.prod(shape[1:]))
        tensors[f"{name}.weight"] = (generator.normal(0, scale, shape)).astype(np.float32)
        if bias:
            tensors[f"{name}.bias"] = generator.normal(0, 0.1, shape[0]).astype(np.float32)

    def norm(name: str, channels: int, affine: bool = True) -> None:
        if affine:
            tensors[f"{name}.weight"] = generator.uniform(0.5, 1.5, channels).astype(np.float32)
            tensors[f"{name}.bias"] = generator.normal(0, 0.1, channels).astype(np.float32)
        tensors[f"{name}.running_mean"] = generator.normal(0, 0.1, channels).astype(np.float32)
        tensors[f"{name}.running_var"] = generator.uniform(0.5, 1.5, channels).astype(np.float32)
        tensors[f"{name}.num_batches_tracked"] = np.array(1, dtype=np.int64)

    weight("head.conv1", 32, 1, 3, 3)
    norm("head.bn1", 32)
    for layer in ("head.layer1", "head.layer2"):
        for block in ("0", "1"):
            for part in ("1", "2"):
                weight(f"{layer}.{block}.conv{part}", 32, 32, 3, 3)
                norm(f"{layer}.{block}.bn{part}", 32)
        weight(f"{layer}.0.shortcut.0", 32, 32, 1, 1)
        norm(f"{layer}.0.shortcut.1", 32)
    weight("head.conv2", 32, 32, 3, 3)
    norm("head.bn2", 32)
    weight("xvector.tdnn.linear", 128, 320, 5)
    norm("xvector.tdnn.nonlinear.batchnorm", 128)
    channels = 128
    for number, layers in enumerate((12, 24, 16), start=1):
        for layer in range(1, layers + 1):
            name = f"xvector.block{number}.tdnnd{layer}"
            norm(f"{name}.nonlinear1.batchnorm", channels)
            weight(f"{name}.linear1", 128, channels, 1)
            norm(f"{name}.nonlinear2.batchnorm", 128)
            weight(f"{name}.cam_layer.linear_local", 32, 128, 3)
            weight(f"{name}.cam_layer.linear1", 64, 128, 1, bias=True)
            weight(f"{name}.cam_layer.linear2", 32, 64, 1, bias=True)
            channels += 32
        norm(f"xvector.transit{number}.nonlinear.batchnorm", channels)
        weight(f"xvector.transit{number}.linear", channels // 2, channels, 1)
        channels //= 2
    norm("xvector.out_nonlinear.batchnorm", channels)
    weight("xvector.dense.linear", 192, 2 * channels, 1)
    norm("xvector.dense.nonlinear.batchnorm", 192, affine=False)
    return tensors
