"""What the processor can do is read from the system; its name under measurements changes with what matters."""

from pathlib import Path

import pytest

from models.hardware import Processor, cores, installed_engines, processor

CPUINFO = """processor\t: 0
model name\t: Intel(R) Xeon(R) Processor
flags\t\t: fpu sse2 avx2 avx512f avx512_vnni amx_bf16 amx_tile amx_int8

processor\t: 1
model name\t: Intel(R) Xeon(R) Processor
flags\t\t: fpu sse2 avx2 avx512f avx512_vnni amx_bf16 amx_tile amx_int8
"""


def described(tmp_path: Path, text: str) -> Processor:
    path = tmp_path / "cpuinfo"
    path.write_text(text, encoding="utf-8")
    return processor(path)


def test_the_features_that_matter_are_read(tmp_path: Path) -> None:
    found = described(tmp_path, CPUINFO)

    assert found.name == "Intel(R) Xeon(R) Processor"
    assert found.features == ("amx_bf16", "amx_int8", "avx512_vnni", "avx512f", "avx2")
    assert found.has_amx
    assert found.cores == cores() >= 1


def test_a_processor_without_amx_has_none(tmp_path: Path) -> None:
    assert not described(tmp_path, CPUINFO.replace("amx_bf16", "")).has_amx


@pytest.mark.parametrize("text", ["", "no colon here\n", "processor : 0\nBogoMIPS : 50\n"])
def test_a_system_that_lists_nothing_still_has_a_processor(tmp_path: Path, text: str) -> None:
    found = described(tmp_path, text)

    assert found.name
    assert found.features == ()
    assert processor(tmp_path / "absent").features == ()


def test_the_fingerprint_changes_with_processor_cores_and_engines() -> None:
    one = Processor(name="X", cores=2, features=("avx2",))
    engines = {"ctranslate2": "4.8.5"}

    marks = {
        one.fingerprint(engines),
        Processor(name="X", cores=4, features=("avx2",)).fingerprint(engines),
        Processor(name="X", cores=2, features=()).fingerprint(engines),
        one.fingerprint(engines | {"openvino": "2026.4"}),
        one.fingerprint({"ctranslate2": "4.9.0"}),
    }

    assert len(marks) == 5
    assert one.fingerprint(engines) == Processor(name="X", cores=2, features=("avx2",)).fingerprint(engines)


def test_engines_are_told_with_their_versions() -> None:
    assert installed_engines()["ctranslate2"]
