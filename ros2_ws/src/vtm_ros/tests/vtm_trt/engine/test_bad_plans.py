"""Files in the cache that are not the plan, or that somebody else may have put there."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm_trt.engine.cached_plans import SMALL, content, get, in_one_folder, no_build, works
from tests.vtm_trt.engine.plan_builder import KEY, NOBODY
from vtm_trt.engine import plan_file
from vtm_trt.engine.plan_cache import PlanKey, cached_plan, known_plans
from vtm_trt.engine.plan_file import BadPlan, read_plan, write_plan

names = st.sampled_from(["format", "model", "facts", "bytes", "sha256", "x"])


headers = st.recursive(
    st.none() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner) | st.dictionaries(names, inner)
)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("plan") / KEY.file_name
    write_plan(path, KEY, SMALL)
    return path.read_bytes()


def is_rebuilt(folder: Path, file: bytes) -> bool:
    """Put `file` in the place of the plan: it must be set aside, and the cache be sound afterwards."""
    path = folder / KEY.file_name
    path.write_bytes(file)
    path.chmod(0o600)
    assert get(folder) == SMALL and cached_plan(KEY, no_build, works, folder) == SMALL
    aside = folder / f"{path.name}.bad"
    if not aside.exists():
        return False
    assert aside.read_bytes() == file
    aside.unlink()
    return True


def test_a_plan_cut_at_any_length_is_rebuilt(tmp_path, written):
    assert not is_rebuilt(tmp_path, written)
    assert all(is_rebuilt(tmp_path, written[:length]) for length in range(len(written)))


def test_a_plan_with_any_bit_flipped_is_rebuilt(tmp_path, written):
    for bit in range(0, 8 * len(written)):
        damaged = bytearray(written)
        damaged[bit // 8] ^= 1 << bit % 8
        (tmp_path / "plan").write_bytes(damaged)
        with pytest.raises(BadPlan):
            read_plan(tmp_path / "plan", KEY)


@in_one_folder
@given(data=st.data())
def test_a_plan_with_anything_replaced_or_added_is_rebuilt(tmp_path, written, data):
    start = data.draw(st.integers(0, len(written)))
    end = data.draw(st.integers(start, len(written)))
    damaged = written[:start] + data.draw(st.binary(max_size=40)) + written[end:]
    assert is_rebuilt(tmp_path, damaged) == (damaged != written)


@in_one_folder
@given(header=headers)
def test_a_header_of_any_shape_is_only_a_bad_one(tmp_path, header):
    encoded = plan_file._canonical(header)
    path = tmp_path / "x.plan"
    path.write_bytes(b"VTMPLAN\n" + len(encoded).to_bytes(4, "little") + encoded)
    with pytest.raises(BadPlan):
        read_plan(path, KEY)
    assert known_plans(tmp_path) == []


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (PlanKey("vtm", {**KEY.facts, "tensorrt": "10.7.0.23"}), "is for tensorrt 10.7.0.23, not 10.3.0.26"),
        (PlanKey("vtm", {**KEY.facts, "gpu": "RTX 4090", "multiprocessors": 128}), "is for gpu RTX 4090, not Orin, m"),
        (PlanKey("vtm", {"tensorrt": "10.3.0.26", "gpu": "Orin"}), "is for multiprocessors None, not 8"),
        (PlanKey("vtm", {**KEY.facts, "multiprocessors": "8"}), "is for multiprocessors 8, not 8"),
        (PlanKey("pose_detection", KEY.facts), "is of the network pose_detection, not of vtm"),
    ],
)
def test_a_plan_of_something_else_under_the_right_name_is_rebuilt(tmp_path, caplog, other, reason):
    write_plan(tmp_path / KEY.file_name, other, b"foreign")
    assert get(tmp_path) == SMALL
    assert f"{KEY.file_name} {reason}" in caplog.text
    assert read_plan(tmp_path / f"{KEY.file_name}.bad", other) == b"foreign"


def test_a_plan_of_another_format_is_rebuilt(tmp_path, caplog, monkeypatch):
    with monkeypatch.context() as future:
        future.setattr(plan_file, "FORMAT", 2)
        write_plan(tmp_path / KEY.file_name, KEY, SMALL)
    assert known_plans(tmp_path) == []
    assert get(tmp_path) == SMALL
    assert "has format 2, not 1" in caplog.text


def test_a_bad_plan_is_one_warning_and_one_file(tmp_path, caplog, written):
    for damage in (1, 2):
        (tmp_path / KEY.file_name).write_bytes(written[:-damage])
        assert get(tmp_path) == SMALL
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "has 18 bytes of 19; it is now" in caplog.text
    assert content(tmp_path) == {KEY.file_name, f"{KEY.file_name}.bad"}


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o777])
def test_a_plan_that_others_may_write_is_rebuilt(tmp_path, caplog, mode):
    get(tmp_path)
    (tmp_path / KEY.file_name).chmod(mode)
    assert get(tmp_path, plan=b"new") == b"new"
    assert "can be written by other users" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_plan_of_another_user_is_rebuilt(tmp_path, caplog):
    get(tmp_path)
    os.chown(tmp_path / KEY.file_name, NOBODY, NOBODY)
    assert known_plans(tmp_path) == []
    assert get(tmp_path, plan=b"new") == b"new"
    assert "belongs to another user" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_is_not_written(tmp_path, caplog):
    os.chown(tmp_path, NOBODY, NOBODY)
    assert get(tmp_path) == SMALL
    assert "belongs to another user; set XDG_CACHE_HOME" in caplog.text
    assert content(tmp_path) == set()


def test_a_folder_that_others_may_write_is_not_written(tmp_path, caplog):
    tmp_path.chmod(0o777)
    assert get(tmp_path) == SMALL
    assert "can be written by other users; set XDG_CACHE_HOME" in caplog.text
    assert content(tmp_path) == set()


def test_a_link_is_not_followed(tmp_path, caplog):
    elsewhere = tmp_path / "elsewhere"
    write_plan(elsewhere, KEY, b"planted")
    (tmp_path / KEY.file_name).symlink_to(elsewhere)
    assert get(tmp_path) == SMALL
    assert "is a symbolic link" in caplog.text
    assert read_plan(elsewhere, KEY) == b"planted"


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path):
    (tmp_path / KEY.file_name).with_suffix(".lock").symlink_to(tmp_path / "made")
    assert get(tmp_path) == SMALL
    assert not (tmp_path / "made").exists()


def test_a_pipe_or_a_folder_is_no_plan(tmp_path, caplog):
    path = tmp_path / KEY.file_name
    os.mkfifo(path)
    assert get(tmp_path) == SMALL
    path.unlink()
    (tmp_path / f"{path.name}.bad").unlink()
    path.mkdir()
    assert get(tmp_path) == SMALL
    assert "is not an ordinary file" in caplog.text and "Is a directory" in caplog.text
    assert read_plan(path, KEY) == SMALL
