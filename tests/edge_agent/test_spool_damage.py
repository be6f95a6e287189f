"""Whatever happens to a recording's file, nothing wrong is returned, and nothing whole is lost."""

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent import recovery
from edge_agent.chunks import ChunkFile, Kind
from edge_agent.errors import RecordingSealedError
from edge_agent.spool import Reason
from tests.edge_agent.spool_parts import header, open_spool, record, speech

SECONDS = 2.6
MEMORY = Path("/dev/shm")
"""A sync there costs nothing; any other folder does as well."""


@dataclass
class Victim:
    """A finished recording, and pieces to damage it with."""

    spool: object
    id: str
    samples: np.ndarray
    path: Path
    whole: bytes
    frames: list[tuple[int, int]]
    """Offset and length of every frame: the key, the chunks, the end."""
    strangers: list[bytes]
    """Frames of another recording and of an earlier generation of this one."""

    def chunk(self, number):
        offset, length = self.frames[number + 1]
        return self.whole[offset : offset + length]

    @property
    def bounds(self):
        """First sample and sample after the last, of each chunk."""
        lengths = [(length - 93) // 2 for _, length in self.frames[1:-1]]
        ends = np.cumsum(lengths)
        return list(zip(ends - lengths, ends, strict=True))


@pytest.fixture(scope="module")
def folder():
    base = tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None)
    yield Path(base)
    shutil.rmtree(base)


def frames_of(path):
    with ChunkFile(path) as file:
        return [(frame.offset, frame.end - frame.offset) for frame in file.layout().frames]


@pytest.fixture(scope="module")
def victim(folder):
    spool = open_spool(folder / "spool")
    samples = speech(SECONDS)
    writer = spool.begin(header())
    writer.append(np.hstack([samples[:, :16000], speech(0.3, seed=9)]))
    earlier = (spool.folder / writer.recording_id / "audio.0").read_bytes()
    writer.erase_last(0.3)
    for start in range(16000, samples.shape[1], 4800):
        writer.append(samples[:, start : start + 4800])
    writer.finish()
    path = spool.folder / writer.recording_id / "audio.1"
    other = (spool.folder / record(spool, speech(0.3, seed=5)) / "audio.0").read_bytes()
    yield Victim(
        spool=spool,
        id=writer.recording_id,
        samples=samples,
        path=path,
        whole=path.read_bytes(),
        frames=frames_of(path),
        strangers=[other[125:9000], earlier[125:9000], earlier],
    )
    spool.close()


def damages(victim):
    """Programs of one to four blows against the file."""
    size, count = len(victim.whole), len(victim.frames)
    place, frame = st.integers(0, size - 1), st.integers(0, count - 1)
    blow = st.one_of(
        st.tuples(st.just("truncate"), place),
        st.tuples(st.just("flip"), place, st.integers(0, 7)),
        st.tuples(st.just("flip head"), frame, st.integers(0, 64 * 8 - 1)),
        st.tuples(st.just("zero"), place, st.integers(1, 5000)),
        st.tuples(st.just("remove"), place, st.integers(1, 40_000)),
        st.tuples(st.just("insert"), place, st.binary(min_size=1, max_size=200)),
        st.tuples(st.just("swap"), frame, frame),
        st.tuples(st.just("drop"), frame),
        st.tuples(st.just("duplicate"), frame, place),
        st.tuples(st.just("duplicate at the end"), frame),
        st.tuples(st.just("foreign"), st.integers(0, len(victim.strangers) - 1), place),
        st.tuples(st.just("foreign frame"), st.integers(0, len(victim.strangers) - 1), frame),
    )
    return st.lists(blow, min_size=1, max_size=4)


def struck(victim, blows):
    content = victim.whole
    for blow in blows:
        content = strike(victim, content, blow)
    return content


def strike(victim, content, blow):
    name, *details = blow
    pieces = [victim.whole[offset : offset + length] for offset, length in victim.frames]
    starts = [offset for offset, _ in victim.frames]
    if name == "truncate":
        return content[: details[0]]
    if name == "flip":
        return flipped(content, details[0], details[1])
    if name == "flip head":
        return flipped(content, starts[details[0]] + details[1] // 8, details[1] % 8)
    if name == "zero":
        return content[: details[0]] + bytes(min(details[1], len(content[details[0] :]))) + content[sum(details) :]
    if name == "remove":
        return content[: details[0]] + content[sum(details) :]
    if name == "insert":
        return content[: details[0]] + details[1] + content[details[0] :]
    if name == "swap":
        one, two = pieces[details[0]], pieces[details[1]]
        parted = content.replace(one, b"\0swap\0").replace(two, one) if one != two else content
        return parted.replace(b"\0swap\0", two)
    if name == "drop":
        return content.replace(pieces[details[0]], b"")
    if name == "duplicate":
        return content[: details[1]] + pieces[details[0]] + content[details[1] :]
    if name == "duplicate at the end":
        return content + pieces[details[0]]
    stranger = victim.strangers[details[0]]
    at = details[1] if name == "foreign" else starts[details[1]]
    return content[:at] + stranger + content[at:]


def flipped(content, at, bit):
    if at >= len(content):
        return content
    return content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :]


GIVEN = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)


@given(data=st.data())
@GIVEN
def test_damage_costs_what_it_hit_and_is_listed(victim, data):
    content = struck(victim, data.draw(damages(victim)))
    victim.path.write_bytes(content)
    reader = victim.spool.reader(victim.id)
    read, problems, manifest = reader.samples(), reader.problems, reader.manifest()
    assert read.shape == victim.samples.shape
    lost = set()
    for number, (first, last) in enumerate(victim.bounds):
        original, piece = victim.samples[:, first:last], read[:, first:last]
        if not np.array_equal(piece, original):
            assert not piece.any(), f"chunk {number} is neither itself nor silence"
            assert victim.chunk(number) not in content, f"chunk {number} was whole"
            lost.add(number)
    assert {problem.chunk for problem in problems if problem.seconds} == lost
    assert sum(problem.seconds for problem in problems) == pytest.approx(
        sum(last - first for number, (first, last) in enumerate(victim.bounds) if number in lost) / 16000
    )
    assert manifest.lost == len(lost)
    assert manifest.bytes == victim.samples.size * 2
    assert (problems == ()) == (content == victim.whole)


@given(data=st.data())
@settings(GIVEN, max_examples=80)
def test_a_lost_index_is_rebuilt_from_a_damaged_file(victim, folder, data):
    """What is whole comes back at its place; only what was behind the last whole frame can be missing."""
    content = struck(victim, data.draw(damages(victim)))
    key_length = victim.frames[0][1]
    with rebuilt(folder, victim, content) as spool:
        assert [summary.id for summary in spool.recordings()] in ([victim.id], [])
        if not spool.recordings():
            assert len(content) <= key_length
            return
        if content[:key_length] != victim.whole[:key_length]:
            with contextlib.suppress(RecordingSealedError):
                recovery.recover(spool, victim.id)
        else:
            recovery.recover(spool, victim.id)
            read = spool.reader(victim.id).samples()
            assert read.shape[1] <= victim.samples.shape[1]
            for number, (first, last) in enumerate(victim.bounds):
                if victim.chunk(number) in content:
                    assert np.array_equal(read[:, first:last], victim.samples[:, first:last])
        check_nothing_wrong(victim, spool.reader(victim.id).samples())


def check_nothing_wrong(victim, read):
    for first, last in victim.bounds:
        piece = read[:, first:last]
        original = victim.samples[:, first : first + piece.shape[1]]
        assert np.array_equal(piece, original) or not piece.any()


@contextlib.contextmanager
def rebuilt(folder, victim, content):
    base = Path(tempfile.mkdtemp(dir=folder))
    try:
        (base / victim.id).mkdir()
        (base / victim.id / victim.path.name).write_bytes(content)
        shutil.copy(victim.path.with_name("header.sealed"), base / victim.id)
        with open_spool(base) as spool:
            yield spool
    finally:
        shutil.rmtree(base)


@pytest.mark.parametrize(
    ("damage", "reason", "lost"),
    [
        (lambda v: v.whole[: v.frames[3][0] + 100], Reason.TRUNCATED, {2, 3, 4, 5, 6}),
        (lambda v: flipped(v.whole, v.frames[3][0] + 100, 3), Reason.UNREADABLE, {2}),
        (lambda v: flipped(v.whole, v.frames[3][0] + 2, 3), Reason.UNREADABLE, {2}),
        (lambda v: v.whole.replace(v.chunk(6), b""), Reason.MISSING, {6}),
        (lambda v: v.whole.replace(v.chunk(2) + v.chunk(3), v.chunk(3) + v.chunk(2)), Reason.MOVED, set()),
        (lambda v: v.whole + v.chunk(2), Reason.DUPLICATE, set()),
        (lambda v: v.whole + v.strangers[2], Reason.FOREIGN, set()),
        (lambda v: v.whole + b"x" * 50, Reason.UNKNOWN, set()),
    ],
)
def test_each_kind_of_damage_has_its_reason(victim, damage, reason, lost):
    victim.path.write_bytes(damage(victim))
    problems = victim.spool.reader(victim.id).problems
    assert reason in {problem.reason for problem in problems}
    assert {problem.chunk for problem in problems if problem.seconds} == lost


def test_a_chunk_moved_to_its_place_in_another_recording_does_not_open(victim):
    """The same number, the same length, the same site key."""
    spool = victim.spool
    samples = speech(1.0, seed=8)
    one, two = record(spool, samples), record(spool, speech(1.0, seed=7))
    paths = [spool.folder / recording / "audio.0" for recording in (one, two)]
    first, second = (path.read_bytes() for path in paths)
    (offset, length), *_ = frames_of(paths[0])[1:]
    paths[1].write_bytes(second[:offset] + first[offset : offset + length] + second[offset + length :])
    reader = spool.reader(two)
    assert not reader.samples(0, 0.5).any()
    assert {problem.reason for problem in reader.problems} >= {Reason.FOREIGN}
    forged = first[offset : offset + length].replace(
        bytes.fromhex(one.replace("-", "")), bytes.fromhex(two.replace("-", ""))
    )
    paths[1].write_bytes(second[:offset] + forged + second[offset + length :])
    assert not spool.reader(two).samples(0, 0.5).any()


def test_a_missing_file_is_all_silence(victim):
    victim.path.unlink()
    reader = victim.spool.reader(victim.id)
    assert reader.samples().shape == victim.samples.shape
    assert not reader.samples().any()
    assert {problem.reason for problem in reader.problems} == {Reason.MISSING, Reason.UNREADABLE}
    assert sum(problem.seconds for problem in reader.problems) == pytest.approx(SECONDS)


def test_a_damaged_key_in_the_file_costs_nothing_while_the_index_has_it(victim):
    victim.path.write_bytes(flipped(victim.whole, 80, 1))
    reader = victim.spool.reader(victim.id)
    assert np.array_equal(reader.samples(), victim.samples)
    assert [problem.reason for problem in reader.problems] == [Reason.UNREADABLE]


def test_the_kinds_in_a_file_are_key_chunks_and_end(victim):
    victim.path.write_bytes(victim.whole)
    with ChunkFile(victim.path) as file:
        kinds = [frame.head.kind for frame in file.layout().frames]
    assert kinds == [Kind.KEY, *[Kind.AUDIO] * 7, Kind.END]
