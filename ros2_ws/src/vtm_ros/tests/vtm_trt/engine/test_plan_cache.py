"""The cache of plans, with real files and real processes."""

import stat
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm_trt.engine.cached_plans import SMALL, content, get, in_one_folder, no_build, works
from tests.vtm_trt.engine.plan_builder import KEY
from vtm.errors import VtmError
from vtm_trt.engine.plan_cache import PlanKey, cache_folder, cached_plan, forget_plan, known_plans
from vtm_trt.engine.plan_file import write_plan

facts = st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers(-(2**70), 2**70), max_size=4)
keys = st.builds(PlanKey, st.text(max_size=20), facts)


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
