"""Recovery never makes less of a recording, and takes all of it that is whole."""

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer

from tests.full_disk import KINDS, full
from tests.vtm_trt.session_log.sessions import CAMERA, FRAME_NS, START_NS, motion
from tests.vtm_trt.session_log.test_session import OTHER, record
from tests.vtm_trt.session_log.test_writer import RECORD_FOR_EVER, put
from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.app import main
from vtm_trt.session_log import captured_frame, chunk
from vtm_trt.session_log.losses import Losses
from vtm_trt.session_log.mcap_file import McapFile, messages
from vtm_trt.session_log.session import read_session, recover
from vtm_trt.session_log.topic import Topic
from vtm_trt.session_log.writer import RecordingWriter

CHUNKS, OF_CHUNK = 4, 20
"""Of `record`: ten frames and ten messages of another topic in each."""


@dataclass
class Sample:
    """path: of a recording.  chunks: (start, end) of each in `content`."""

    path: Path
    content: bytes
    messages: list[tuple[Topic, int, bytes]]
    chunks: list[tuple[int, int]]

    def __repr__(self) -> str:
        return "Sample"

    def without(self, damaged: list[int]) -> list[tuple[Topic, int, bytes]]:
        """The messages of the chunks that hold none of these bytes."""
        return [
            message
            for number, (start, end) in enumerate(self.chunks)
            if not any(start <= place < end for place in damaged)
            for message in self.messages[number * OF_CHUNK : (number + 1) * OF_CHUNK]
        ]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    path = record(tmp_path_factory.mktemp("recording") / "a.mcap")
    with path.open("rb") as file:
        index = make_reader(file).get_summary().chunk_indexes
    ends = [(one.chunk_start_offset, one.chunk_start_offset + one.chunk_length) for one in index]
    return Sample(path, path.read_bytes(), list(messages(path)), ends)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch") / "a.mcap"


def flipped(content: bytes, bit: int) -> bytes:
    damaged = bytearray(content)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def is_subsequence(some, of) -> bool:
    rest = iter(of)
    return all(one in rest for one in some)


@settings(max_examples=300)
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@example(share=0.0, bit=0)
@example(share=0.7157984028351079, bit=0)  # an index looks like a chunk
def test_one_bit_costs_at_most_its_chunk(sample, scratch, share, bit):
    place = int(share * len(sample.content))
    scratch.write_bytes(flipped(sample.content, 8 * place + bit))
    losses = Losses()
    found = list(messages(scratch, losses))
    assert found in (sample.messages, sample.without([place]))
    assert losses.messages == len(sample.messages) - len(found)
    assert losses.messages == 0 or 0 < losses.seconds < 0.45


@settings(max_examples=200)
@given(
    shares=st.lists(st.floats(0, 1, exclude_max=True), max_size=3),
    cut=st.floats(0, 1), hole=st.tuples(st.floats(0, 1), st.integers(0, 3000)), noise=st.binary(max_size=40),
)  # fmt: skip
def test_bits_holes_noise_and_a_cut_cost_at_most_their_chunks(sample, scratch, shares, cut, hole, noise):
    damaged, places = bytearray(sample.content), [int(share * len(sample.content)) for share in shares]
    for place in places:
        damaged[place] ^= 0x10
    start = int(hole[0] * len(damaged))
    end = min(len(damaged), start + hole[1])
    damaged[start:end] = (noise * 3001)[: end - start] if noise else bytes(end - start)
    kept = int(cut * len(damaged))
    scratch.write_bytes(damaged[:kept])
    places += [*range(start, end), kept, *(last - 1 for _, last in sample.chunks if last > kept)]
    try:
        found = [data for _, _, data in messages(scratch)]
    except VtmError:
        found = []
    assert is_subsequence(found, [data for _, _, data in sample.messages])
    if not any(place < sample.chunks[0][1] for place in places):  # otherwise what defines the topics may be gone
        assert is_subsequence([data for _, _, data in sample.without(places)], found)


@pytest.mark.parametrize("number", range(CHUNKS))
@pytest.mark.parametrize("cut", [False, True])
def test_a_flipped_bit_in_a_chunk_leaves_all_others_and_is_said(sample, tmp_path, capsys, number, cut):
    path = tmp_path / "a.mcap"
    start, end = sample.chunks[number]
    index = sample.chunks[3][0] - sample.chunks[2][1]
    kept = sample.content[: sample.chunks[-1][1] + index] if cut else sample.content
    damaged = flipped(kept, 8 * ((start + end) // 2))
    path.write_bytes(damaged)
    assert main(["recover", str(path)]) == 0
    said = capsys.readouterr().out
    assert "lost: 20 messages and " in said and "in 1 damaged chunk" in said and ("cut off" in said) == cut
    assert path.read_bytes() == damaged
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "a.mcap", "a.recovered.bvh", "a.recovered.mcap", "a.recovered.npz",
    ]  # fmt: skip
    recovered = tmp_path / "a.recovered.mcap"
    assert list(messages(recovered)) == sample.without([start])
    with recovered.open("rb") as file:
        assert make_reader(file).get_summary().statistics.message_count == 3 * OF_CHUNK
    assert len(MotionClip.load(recovered.with_suffix(".npz")).stamps) == 30
    seconds = 10 if number in (0, CHUNKS - 1) else 11
    assert f"and {seconds * FRAME_NS / 1e9:.2f} s" in said


def test_a_recording_that_is_whole_loses_nothing(sample, tmp_path):
    losses = recover(sample.path, tmp_path / "b.mcap").losses
    assert str(losses) == "nothing was lost" and list(messages(tmp_path / "b.mcap")) == sample.messages


def test_nothing_that_exists_is_replaced(sample, tmp_path, capsys):
    path = tmp_path / "a.mcap"
    path.write_bytes(sample.content[:-2000])
    for name in ("a.recovered.mcap", "a.recovered.npz", "a.recovered.bvh"):
        (tmp_path / name).write_text("older")
        assert main(["recover", str(path)]) == 2
        assert "it exists; move it away" in capsys.readouterr().err
        assert (tmp_path / name).read_text() == "older"
        (tmp_path / name).unlink()
    assert main(["recover", str(path), "--out", str(path)]) == 2
    assert main(["recover", str(path), "--out", str(tmp_path / "b.mcap")]) == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.mcap", "b.bvh", "b.mcap", "b.npz"]
    assert path.read_bytes() == sample.content[:-2000]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path, _: None, "check the path"),
        (lambda path, _: path.mkdir(), "is a folder; give the .mcap file in it"),
        (lambda path, _: os.mkfifo(path), "is not an ordinary file"),
        (lambda path, _: path.write_bytes(b""), "is not a recording"),
        (lambda path, _: path.write_bytes(b"PK\3\4 and so on"), "is not a recording"),
        (lambda path, _: path.write_bytes(bytes(3_000_000)), "is not a recording"),
        (lambda path, content: path.write_bytes(content[:8]), "holds nothing that can be read"),
        (lambda path, content: path.write_bytes(content[:700]), "holds nothing that can be read"),
    ],
)
def test_what_is_no_recording_or_empty_is_refused_and_nothing_written(sample, tmp_path, capsys, make, sentence):
    make(tmp_path / "a.mcap", sample.content)
    before = [(path.name, path.stat().st_size) for path in tmp_path.iterdir()]
    assert main(["recover", str(tmp_path / "a.mcap")]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1 and ";" in error
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == before


def test_a_bag_of_something_else_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "a.mcap"
    with path.open("xb") as file:
        mcap = McapFile(file)
        mcap.add(OTHER, 1, b"\0\1\0\0\3\0\0\0hi\0")
        mcap.finish()
    before = path.read_bytes()
    with pytest.raises(VtmError, match="no captured frame"):
        recover(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_recording_that_goes_on_is_refused_and_loses_nothing(tmp_path, capsys):
    recording = RecordingWriter(tmp_path / "a.mcap", lambda _: None)
    put(recording, 20)
    assert main(["recover", str(recording.path)]) == 2
    assert "is still being written; end that recording first" in capsys.readouterr().err
    put(recording, 20)
    recording.end()
    recording.join()
    assert not recording.fault and len(list(messages(recording.path))) == 40
    assert len(list(messages(recover(recording.path).files[0]))) == 40


def test_a_killed_writer_leaves_a_file_that_can_be_recovered(tmp_path, capsys):
    path = tmp_path / "a.mcap"
    process = subprocess.Popen([sys.executable, "-c", RECORD_FOR_EVER, path], stdout=subprocess.PIPE, text=True)
    sent = []
    while not sent or sent[-1] - sent[0] < 1.5e9:
        sent.append(int(process.stdout.readline()))
    assert main(["recover", str(path)]) == 2, "while it is written"
    os.kill(process.pid, signal.SIGKILL)
    sent += [int(line) for line in process.communicate()[0].split()]
    before = path.read_bytes()
    assert main(["recover", str(path)]) == 0
    assert "the end was cut off" in capsys.readouterr().out and path.read_bytes() == before
    kept = list(read_session(tmp_path / "a.recovered.mcap").frames)
    assert len(kept) > 20 and kept == sent[: len(kept)] and sent[-1] - kept[-1] < 1e9


@pytest.mark.parametrize("compression", CompressionType)
@pytest.mark.parametrize("chunk_size", [3_000, 10**9])
def test_foreign_chunks_of_any_compression_and_size(tmp_path, monkeypatch, compression, chunk_size):
    monkeypatch.setattr(chunk, "PIECE", 1000)  # so that a chunk is larger than what is read at once
    path, file = tmp_path / "a.mcap", io.BytesIO()
    writer = Writer(file, chunk_size=chunk_size, compression=compression)
    writer.start("ros2")
    schema = writer.register_schema(captured_frame.TYPE, "ros2msg", captured_frame.definition().encode())
    channel = writer.register_channel("/capture/frames", "cdr", schema)
    sent = [captured_frame.encode(START_NS + n * FRAME_NS, CAMERA, motion(n)) for n in range(40)]
    for data in sent:
        writer.add_message(channel, START_NS, data, START_NS)
    writer.finish()
    path.write_bytes(file.getvalue())
    assert [data for _, _, data in messages(path)] == sent
    path.write_bytes(flipped(file.getvalue(), 8 * 1500))
    losses = Losses()
    found = [data for _, _, data in messages(path, losses)]
    assert is_subsequence(found, sent) and losses.chunks == 1
    assert len(found) == 40 - losses.messages and (len(found) > 30 or chunk_size > 10**6)


def test_a_chunk_beyond_what_is_held_in_memory_is_read(tmp_path):
    path = tmp_path / "a.mcap"
    with path.open("xb") as file:
        writer = Writer(file, chunk_size=10**9)
        writer.start("ros2")
        schema = writer.register_schema(captured_frame.TYPE, "ros2msg", b"")
        channel = writer.register_channel("/capture/frames", "cdr", schema)
        for number in range(70):
            writer.add_message(channel, number, bytes([number]) * 2**20, number)
        writer.finish()
    assert [(time, data[0], len(data)) for _, time, data in messages(path)] == [(n, n, 2**20) for n in range(70)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_leaves_nothing_behind(sample, tmp_path, kind, capsys):
    path = tmp_path / "a.mcap"
    path.write_bytes(sample.content[:-2000])
    with full(kind, tmp_path, 8192) as small:
        assert main(["recover", str(path), "--out", str(small / "b.mcap")]) == 2
        assert not list(small.iterdir())
    assert f"cannot write {small / 'b.mcap'}: " in (said := capsys.readouterr().err) and "free some space" in said
