"""The processor that models run on: what it can do, and a name under which measurements of it are kept."""

import hashlib
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_TOLD = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni", "avx_vnni", "avx512f", "avx2", "asimddp")
_ENGINES = ("ctranslate2", "onnxruntime", "openvino")


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """``cores`` are those that this process may use; ``features`` the vector extensions that matter for speed."""

    name: str
    cores: int
    features: tuple[str, ...]

    @property
    def has_amx(self) -> bool:
        """True where matrices of bfloat16 are multiplied in hardware (Intel AMX)."""
        return "amx_bf16" in self.features

    def fingerprint(self, engines: Mapping[str, str] | None = None) -> str:
        """16 hex digits that change with the processor, its cores, and the versions of the engines."""
        engines = installed_engines() if engines is None else engines
        told = "\n".join(
            [self.name, str(self.cores), *self.features, *(f"{k} {v}" for k, v in sorted(engines.items()))]
        )
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def processor(cpuinfo: Path = _CPUINFO) -> Processor:
    """This machine's processor; where the system does not list its features, there are none to count on."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    told = {
        key.strip(): value.strip() for key, _, value in (line.partition(":") for line in text.splitlines()) if value
    }
    flags = set((told.get("flags") or told.get("Features") or "").split())
    return Processor(
        name=told.get("model name") or platform.processor() or platform.machine(),
        cores=cores(),
        features=tuple(feature for feature in _TOLD if feature in flags),
    )


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def installed_engines() -> dict[str, str]:
    """The engines that are installed, with their versions."""
    found = {}
    for name in _ENGINES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
