"""The cache of plans, with real files and real processes."""

import logging
import os
import stat
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vtm_trt.engine.plan_builder import KEY, NOBODY
from vtm.errors import VtmError
from vtm_trt.engine import plan_file
from vtm_trt.engine.plan_cache import PlanKey, cache_folder, cached_plan, forget_plan, known_plans
from vtm_trt.engine.plan_file import BadPlan, read_plan, write_plan

SMALL = b"a plan of few bytes"
facts = st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers(-(2**70), 2**70), max_size=4)
keys = st.builds(PlanKey, st.text(max_size=20), facts)
names = st.sampled_from(["format", "model", "facts", "bytes", "sha256", "x"])
headers = st.recursive(
    st.none() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner) | st.dictionaries(names, inner)
)
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


def no_build() -> bytes:
    raise AssertionError("this plan is in the cache")


def works(plan: bytes) -> None:
    pass


def get(folder: Path, key: PlanKey = KEY, plan: bytes = SMALL) -> bytes:
    return cached_plan(key, lambda: plan, works, folder)


def content(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


# --- keys and files -------------------------------------------------------------------------------------------------


@given(keys, keys)
def test_keys_are_the_same_when_model_and_facts_are(one, other):
    same = (one.model, dict(one.facts)) == (other.model, dict(other.facts))
    assert same == (one.digest == other.digest)
    assert same == (one.file_name == other.file_name)
    assert one.digest == PlanKey(one.model, dict(reversed(one.facts.items()))).digest


@in_one_folder
@given(key=keys, plan=st.binary(max_size=300))
def test_a_plan_comes_back_whatever_its_name_is(tmp_path, key, plan):
    (tmp_path / key.file_name).unlink(missing_ok=True)
    assert get(tmp_path, key, plan) == plan
    assert cached_plan(key, no_build, works, tmp_path) == plan
    path = tmp_path / key.file_name
    assert path.parent == tmp_path and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.model for found in known_plans(tmp_path) if found.path == path] == [key.model]


def test_a_long_name_fits():
    assert len(PlanKey("x" * 300, {}).file_name) < 128


def test_the_header_is_part_of_the_format(tmp_path):
    """A plan that an older version of this program wrote is still found."""
    key = PlanKey("vtm", {"tensorrt": "10.3.0.26", "sm": 87})
    assert key.file_name == "vtm-f96eb172d7609717.plan"
    write_plan(tmp_path / key.file_name, key, b"plan")
    header = (
        b'{"bytes":4,"facts":{"sm":87,"tensorrt":"10.3.0.26"},"format":1,"model":"vtm","sha256":'
        b'"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525"}'
    )
    assert (tmp_path / key.file_name).read_bytes() == b"VTMPLAN\n" + bytes([len(header), 0, 0, 0]) + header + b"plan"


# --- files that are not the plan ------------------------------------------------------------------------------------


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


# --- files that somebody else may have put there --------------------------------------------------------------------


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


# --- building -------------------------------------------------------------------------------------------------------


def test_a_plan_that_does_not_work_is_not_kept(tmp_path):
    def refuse(plan: bytes) -> None:
        raise VtmError("3 degrees off")

    with pytest.raises(VtmError, match="3 degrees off"):
        cached_plan(KEY, lambda: SMALL, refuse, tmp_path)
    assert content(tmp_path) == set()
    assert get(tmp_path, plan=b"better") == b"better"


def test_a_build_that_fails_leaves_nothing(tmp_path):
    def fail() -> bytes:
        raise VtmError("out of memory")

    with pytest.raises(VtmError, match="out of memory"):
        cached_plan(KEY, fail, works, tmp_path)
    assert content(tmp_path) == set()
    assert get(tmp_path) == SMALL


def test_a_forgotten_plan_is_built_again(tmp_path, caplog):
    get(tmp_path)
    forget_plan(KEY, "does not load", tmp_path)
    assert f"{KEY.file_name} does not load; it is now {KEY.file_name}.bad" in caplog.text
    assert get(tmp_path, plan=b"new") == b"new"
    assert (tmp_path / f"{KEY.file_name}.bad").is_file()


def test_what_is_not_there_is_forgotten_silently(tmp_path, caplog):
    forget_plan(KEY, "does not load", tmp_path)
    assert caplog.text == ""


def test_known_plans_tell_what_they_are(tmp_path):
    before = datetime.now().replace(microsecond=0)
    heavy = PlanKey("pose_landmark_heavy", {"tensorrt": "11.0.0.1"})
    get(tmp_path, KEY)
    get(tmp_path, heavy, b"x" * 1000)
    (tmp_path / "other.plan").write_bytes(b"junk")
    (tmp_path / ".vtm-draft.plan").write_bytes(b"junk")
    first, second = known_plans(tmp_path)
    assert (first.model, first.facts) == (heavy.model, heavy.facts) and first.bytes > 1000
    assert (second.model, second.facts, second.path) == (KEY.model, KEY.facts, tmp_path / KEY.file_name)
    assert before <= first.built <= datetime.now()


# --- the folder -----------------------------------------------------------------------------------------------------


def test_the_folder_is_where_xdg_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "deep" / "cache"))
    folder = cache_folder()
    assert folder == tmp_path / "deep" / "cache" / "vtm_trt"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert cached_plan(KEY, lambda: SMALL, works) == SMALL
    assert [plan.path for plan in known_plans()] == [folder / KEY.file_name]


@pytest.mark.parametrize("chosen", [None, "", "relative/cache"])
def test_the_folder_is_in_the_home_folder_otherwise(tmp_path, monkeypatch, chosen):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if chosen is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", chosen)
    assert cache_folder() == tmp_path / ".cache" / "vtm_trt"


def test_a_cache_that_is_a_file_costs_a_warning(tmp_path, monkeypatch, caplog):
    (tmp_path / "vtm_trt").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(VtmError, match="cannot be made: File exists; set XDG_CACHE_HOME"):
        cache_folder()
    assert cached_plan(KEY, lambda: SMALL, works) == SMALL
    assert "set XDG_CACHE_HOME" in caplog.text
    forget_plan(KEY, "does not load")


def test_a_cache_below_a_file_costs_a_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    assert get(tmp_path / "file" / "vtm_trt") == SMALL
    assert "Not a directory; set XDG_CACHE_HOME" in caplog.text
