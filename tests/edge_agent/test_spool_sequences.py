"""Whatever is done in whatever order, the spool holds what a list would."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent import recovery
from tests.edge_agent.spool_parts import header, open_spool, pcm_of, speech

MEMORY = Path("/dev/shm")
CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 20_000)),
        st.tuples(st.just("append"), st.integers(1, 20_000)),
        st.tuples(st.just("erase"), st.integers(0, 30_000)),
        st.tuples(st.just("pause"), st.just(0)),
        st.tuples(st.just("reopen"), st.just(0)),
        st.tuples(st.just("lose the index"), st.just(0)),
    ),
    max_size=12,
)


@given(calls=CALLS, channels=st.sampled_from([1, 2]))
@settings(max_examples=40, deadline=None)
def test_a_spool_holds_what_a_list_would(calls, channels):
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    try:
        held = play(folder, calls, channels)
        with open_spool(folder) as spool:
            (summary,) = spool.recordings()
            recovered = recovery.recover(spool, summary.id)
            reader = spool.reader(summary.id)
            assert np.array_equal(reader.samples(), held)
            assert recovered.problems == ()
            assert recovered.manifest == reader.manifest()
            assert b"".join(chunk.pcm for chunk in reader.chunks()) == pcm_of(held)
            assert round(sum(stretch.end - stretch.start for stretch in reader.stretches) * 16_000) == held.shape[1]
    finally:
        shutil.rmtree(folder)


def play(folder, calls, channels):
    """Do all of it in one recording; what it then should hold."""
    spool = open_spool(folder)
    writer = spool.begin(header(channels=channels))
    writer.append(speech(0.1, channels))
    held = speech(0.1, channels)
    for number, (call, count) in enumerate(calls):
        if call == "append":
            samples = speech(count / 16_000, channels, seed=number)
            writer.append(samples)
            held = np.hstack([held, samples])
        elif call == "erase":
            keep = min(max(held.shape[1] - count, 800), held.shape[1])
            writer.erase_last((held.shape[1] - keep) / 16_000)
            held = held[:, :keep]
        elif call == "pause":
            writer.pause()
            writer.resume()
        else:
            spool.close()
            if call == "lose the index":
                for path in folder.glob("index.db*"):
                    path.unlink()
            spool = open_spool(folder)
            writer = spool.resume(writer.recording_id)
    spool.close()
    return held
