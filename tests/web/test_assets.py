"""The pages' own files at versioned addresses."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from scribe.web.assets import Assets
from scribe.web.pages import ASSETS

STYLE = "body { color: red; } " * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.css").write_text(STYLE)
    (tmp_path / "b.js").write_text("export const one = 1;\n" * 50)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "sun.svg").write_text("<svg/>")
    return tmp_path


def client(assets: Assets) -> TestClient:
    return TestClient(Starlette(routes=[Mount("/static", assets)]))


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.css", "text/css; charset=utf-8"),
        ("b.js", "text/javascript; charset=utf-8"),
        ("pictures/sun.svg", "image/svg+xml"),
    ],
)
def test_a_version_is_kept_for_a_year_and_the_bare_address_is_asked_again(
    folder: Path, name: str, media_type: str
) -> None:
    assets = Assets(folder)
    versioned = client(assets).get(f"{assets.root}/{name}")
    bare = client(assets).get(f"/static/{name}")
    assert versioned.content == bare.content == (folder / name).read_bytes()
    assert versioned.headers["content-type"] == media_type
    assert "max-age=31536000, immutable" in versioned.headers["cache-control"]
    assert bare.headers["cache-control"] == "no-cache"


def test_the_version_follows_the_content(folder: Path) -> None:
    before = Assets(folder).version
    assert Assets(folder).version == before
    (folder / "b.js").write_text("export const one = 2;")
    assert Assets(folder).version != before


def test_a_page_of_an_earlier_release_gets_todays_file_and_keeps_it_not(folder: Path) -> None:
    answer = client(Assets(folder)).get("/static/0123456789ab/a.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_an_unchanged_file_is_not_sent_again(folder: Path) -> None:
    browser = client(Assets(folder))
    etag = browser.get("/static/a.css").headers["etag"]
    again = browser.get("/static/a.css", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert browser.get("/static/a.css", headers={"if-none-match": '"other"'}).status_code == 200


def test_files_are_sent_compressed_to_whoever_can_read_that(folder: Path) -> None:
    browser = client(Assets(folder))
    with browser.stream("GET", "/static/a.css", headers={"accept-encoding": "gzip, br"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    assert gzip.decompress(raw).decode() == STYLE
    assert len(raw) < len(STYLE) / 10
    plain = browser.get("/static/a.css", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == STYLE


@pytest.mark.parametrize("path", ["nothing.css", "../assets.py", "..%2fassets.py", "pictures", "", "x/y/a.css"])
def test_nothing_else_is_served(folder: Path, path: str) -> None:
    assert client(Assets(folder)).get(f"/static/{path}").status_code == 404


def test_files_are_only_read(folder: Path) -> None:
    assert client(Assets(folder)).post("/static/a.css").status_code == 405


def test_a_page_names_its_files_by_version_and_each_is_there(browser: TestClient, clinic: Any) -> None:
    for path in ("/encounters", f"/encounters/{clinic.encounter_id}", "/keys"):
        named = re.findall(r'(?:src|href)="(/static/[^"]+)"', browser.get(path).text)
        assert len(named) >= 5
        for address in named:
            assert address.startswith(ASSETS.root + "/")
            answer = browser.get(address)
            assert answer.status_code == 200, address
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_module_that_a_page_runs_is_named_on_the_page(browser: TestClient, clinic: Any) -> None:
    """Nothing is found only once the module that imports it has arrived."""
    for path in ("/encounters", f"/encounters/{clinic.encounter_id}", "/keys", "/deliveries"):
        text = browser.get(path).text
        run = re.findall(r'<script type="module" src="([^"]+)"', text)
        preloaded = re.findall(r'<link rel="modulepreload" href="([^"]+)"', text)
        reached, waiting = set(run), list(run)
        while waiting:
            imported = re.findall(r'(?:from|^import) "\./([^"]+)"', browser.get(waiting.pop()).text, re.MULTILINE)
            fresh = {f"{ASSETS.root}/{name}" for name in imported} - reached
            reached |= fresh
            waiting += fresh
        assert sorted([*run, *preloaded]) == sorted(reached), f"{path}: each module once, and no other"


def test_modules_are_found_through_others_and_circles_end(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import {\n  one,\n  two,\n} from "./b.js";\nimport "./deep/c.js";\n')
    (tmp_path / "b.js").write_text('/**\n * import { no } from "./e.js";\n */\nexport { one } from "./d.js";\n')
    (tmp_path / "d.js").write_text('import { one } from "./a.js";\n')
    (tmp_path / "e.js").write_text("")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "c.js").write_text('import { far } from "./f.js";\n')
    (tmp_path / "deep" / "f.js").write_text("")
    assert Assets(tmp_path).preloads(["a.js"]) == ("b.js", "deep/c.js", "d.js", "deep/f.js")
    assert Assets(tmp_path).preloads(["e.js"]) == Assets(tmp_path).preloads([]) == ()
    with pytest.raises(KeyError):
        Assets(tmp_path).preloads(["g.js"])
