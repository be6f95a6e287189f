"""The form of a recording's file."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.chunks import (
    HEAD_BYTES,
    SEAL_BYTES,
    ChunkFile,
    Head,
    Kind,
    cut_to_chunks,
    end_frame,
    from_microseconds,
    from_pcm,
    key_frame,
    manifest_of,
    microseconds,
    open_frame,
    parse_head,
    sealed_frame,
    to_pcm,
)
from edge_agent.recordings import Manifest
from scribe.crypto import new_data_key
from tests.edge_agent.spool_parts import BEGAN

ID = "019a8f2e-0000-7000-8000-0123456789ab"
KEY = new_data_key()
HEAD = Head.audio(
    recording_id=ID, generation=3, channels=2, number=7, first=112_000, samples=4, stretch=1, began=microseconds(BEGAN)
)


def test_a_head_is_64_bytes_and_reads_back():
    packed = HEAD.pack()
    assert len(packed) == HEAD_BYTES == 64
    assert parse_head(packed) == HEAD
    assert HEAD.body == 4 * 2 * 2 + SEAL_BYTES
    assert from_microseconds(HEAD.began) == BEGAN


def test_a_head_with_one_bit_wrong_is_none():
    for bit in range(64 * 8):
        packed = bytearray(HEAD.pack())
        packed[bit // 8] ^= 1 << (bit % 8)
        assert parse_head(bytes(packed)) is None, bit


@pytest.mark.parametrize(
    "change",
    [
        {"recording_id": "019a8f2e-0000-7000-8000-0123456789ac"},
        {"generation": 4},
        {"channels": 1},
        {"number": 8},
        {"first": 112_001},
        {"samples": 5},
        {"stretch": 2},
        {"began": 0},
        {"kind": Kind.END},
    ],
)
def test_a_frame_opens_under_its_own_head_only(change):
    content = bytes(range(16))
    body = sealed_frame(HEAD, KEY, content)[HEAD_BYTES:]
    assert open_frame(HEAD, body, KEY) == content
    assert open_frame(replace(HEAD, **change), body, KEY) is None
    assert open_frame(HEAD, body, new_data_key()) is None


def test_a_head_that_lies_about_its_length_is_refused():
    with pytest.raises(ValueError, match="length"):
        sealed_frame(HEAD, KEY, bytes(15))


def test_the_end_carries_the_manifest_and_the_time():
    manifest = Manifest(recording_id=ID, sha256="0" * 64, bytes=640, chunks=2, channels=2, lost=1)
    frame = end_frame(manifest, 3, KEY, stopped_at=BEGAN)
    head = parse_head(frame)
    assert (head.kind, head.number, head.first) == (Kind.END, 2, 160)
    assert from_microseconds(head.began) == BEGAN
    assert manifest_of(open_frame(head, frame[HEAD_BYTES:], KEY)) == manifest


def test_a_frame_hidden_within_another_is_found(tmp_path):
    """As damage may put one there whose length happens to fit."""
    inner = sealed_frame(HEAD, KEY, bytes(16))
    outer = key_frame(ID, 3, 2, b"x" * 50 + inner + b"y" * 9)
    (tmp_path / "audio").write_bytes(outer)
    with ChunkFile(tmp_path / "audio") as file:
        assert [frame.head.kind for frame in file.frames()] == [Kind.KEY, Kind.AUDIO]
        assert file.body(file.frames()[1]) == inner[HEAD_BYTES:]


def test_heads_on_the_seam_of_two_reads_are_found(tmp_path):
    frame = sealed_frame(HEAD, KEY, bytes(16))
    with (tmp_path / "audio").open("wb") as file:
        for gap in (65_500, 65_536 - len(frame) - 1, 200_000):
            file.write(b"S" * gap + frame)
    with ChunkFile(tmp_path / "audio") as found:
        assert len(found.frames()) == 3
        assert len(found.layout().gaps) == 3


@given(st.binary(max_size=400).map(lambda data: data[: len(data) // 4 * 4]))
def test_pcm_goes_through_samples_and_back(pcm):
    assert to_pcm(from_pcm(pcm, 2)) == pcm


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50))
def test_samples_are_kept_within_half_a_step(values):
    samples = np.array([values], dtype=np.float32)
    assert np.abs(from_pcm(to_pcm(samples), 1) - samples).max() <= 1 / 32768


def test_pieces_are_a_second_at_most():
    assert [len(piece) for piece in cut_to_chunks(bytes(150_000), 2)] == [64_000, 64_000, 22_000]
    assert list(cut_to_chunks(b"", 1)) == []
