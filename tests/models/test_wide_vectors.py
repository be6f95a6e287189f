"""AVX-512 is asked for where the processor has VNNI as well, and never against what the site has set."""

import os

import pytest

from models.hardware import Processor
from models.whisper import use_widest_vectors

_VARIABLE = "CT2_FORCE_CPU_ISA"


def _machine(*features: str) -> Processor:
    return Processor(name="Test", cores=2, features=features)


@pytest.mark.parametrize(
    ("features", "wanted"),
    [
        (("avx512_vnni", "avx512f", "avx2"), "AVX512"),
        (("avx512f", "avx2"), None),
        (("avx_vnni", "avx2"), None),
        ((), None),
    ],
)
def test_wide_vectors_are_used_where_they_cost_no_pace(
    monkeypatch: pytest.MonkeyPatch, features: tuple[str, ...], wanted: str | None
) -> None:
    monkeypatch.setenv(_VARIABLE, "set so that it is restored")
    monkeypatch.delenv(_VARIABLE)
    use_widest_vectors(_machine(*features))
    assert os.environ.get(_VARIABLE) == wanted


def test_what_the_site_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_VARIABLE, "AVX2")
    use_widest_vectors(_machine("avx512_vnni", "avx512f"))
    assert os.environ[_VARIABLE] == "AVX2"
