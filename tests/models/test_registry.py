"""The registry file: ours is sound, a site's lies over it, mistakes are named."""

import re
from pathlib import Path

import pytest

from models.errors import RegistryFileError, UnknownModelError
from models.registry import HubSource, PackagesSource, PathSource, Registry

SITE = """
format = "scribe-models/1"

[models.whisper-korean]
task = "speech"
engine = "faster-whisper"
licence = "CC BY 4.0"
languages = ["ko"]
files = [{ name = "model.bin", size = 3, sha256 = "%s" }]

[[models.whisper-korean.sources]]
kind = "path"
path = "tuned"
""" % ("0" * 64)


def test_ours_names_the_embedded_recogniser_with_the_published_hash() -> None:
    model = Registry.load().get("whisper-base")
    weights = model.file("model.bin")

    assert weights is not None
    assert weights.sha256 == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    assert [type(source) for source in model.sources] == [PackagesSource, HubSource]
    assert model.licence.startswith("MIT")


def test_every_model_has_a_licence_and_immutable_revisions() -> None:
    for model in Registry.load():
        assert model.licence, model.name
        assert model.files, model.name
        for source in model.sources:
            if isinstance(source, HubSource):
                assert re.fullmatch("[0-9a-f]{40}", source.revision), model.name


def test_all_but_the_site_supplied_slot_are_pinned() -> None:
    assert [model.name for model in Registry.load() if not model.pinned] == ["whisper-korean"]


def test_a_site_lays_its_file_over_ours(tmp_path: Path) -> None:
    site = tmp_path / "models.toml"
    site.write_text(SITE, encoding="utf-8")

    registry = Registry.load(site)

    assert registry.get("whisper-korean").sources == (PathSource(path=tmp_path / "tuned"),)
    assert registry.get("whisper-korean").pinned
    assert "whisper-base" in registry


def test_an_unknown_model_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownModelError, match="No model is named whisper-huge; the registry has whisper-base, "):
        Registry.load().get("whisper-huge")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("format = ", "is not TOML"),
        ('format = "scribe-models/2"\nmodels = {}', "format"),
        (SITE.replace("0" * 64, "abc"), "sha256"),
        (SITE.replace('"model.bin"', '"../model.bin"'), "name"),
        (SITE.replace('task = "speech"', 'task = "song"'), "task"),
        (SITE + 'revision = "main"', "revision"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, told: str) -> None:
    site = tmp_path / "models.toml"
    site.write_text(text, encoding="utf-8")

    with pytest.raises(RegistryFileError, match=re.escape(told)) as caught:
        Registry.load(site)
    assert str(caught.value).startswith(str(site))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RegistryFileError, match="cannot be read"):
        Registry.load(tmp_path / "none.toml")


def test_a_branch_is_no_revision(tmp_path: Path) -> None:
    site = tmp_path / "models.toml"
    hub = 'kind = "hub"\nrepo = "a/b"\nrevision = "main"'
    site.write_text(SITE.replace('kind = "path"\npath = "tuned"', hub), encoding="utf-8")

    with pytest.raises(RegistryFileError, match="revision"):
        Registry.load(site)
