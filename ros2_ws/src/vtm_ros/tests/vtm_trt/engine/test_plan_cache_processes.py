"""The plan cache between processes: folders that refuse, builders that start together or are killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.vtm_trt.engine.cached_plans import content, get
from tests.vtm_trt.engine.plan_builder import KEY, NOBODY
from vtm_trt.engine.plan_cache import known_plans

BUILDER = Path(__file__).with_name("plan_builder.py")


def builder(folder: Path, log: Path, fault: str = "", before: tuple[str, ...] = ()) -> subprocess.Popen:
    command = [*before, sys.executable, str(BUILDER), str(folder), str(log), fault]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )


def run(folder: Path, log: Path, fault: str = "", before: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """Exit status, what the builder says of its plan, and its warnings."""
    child = builder(folder, log, fault, before)
    said, warnings = child.communicate(timeout=60)
    return child.returncode, said.strip(), warnings


@pytest.fixture
def open_folder():
    """A folder that any user can reach and who runs the builder owns."""
    folder = Path(tempfile.mkdtemp(prefix="vtm-test-plans-"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("bad", [False, True], ids=["empty", "bad plan"])
def test_a_folder_without_write_permission_costs_a_warning(open_folder, bad):
    cache, log = open_folder / "vtm_trt", open_folder / "log"
    cache.mkdir()
    log.touch()
    if bad:
        (cache / KEY.file_name).write_bytes(b"junk")
    if os.geteuid() == 0:
        for path in (open_folder, log, cache, *cache.iterdir()):
            os.chown(path, NOBODY, NOBODY)
    cache.chmod(0o500)
    code, said, warnings = run(cache, log, "nobody")
    assert (code, said) == (0, "whole")
    assert "Permission denied; choose an existing folder you may write to (XDG_CACHE_HOME names it)" in warnings
    assert ("cannot be set aside" in warnings) == bad
    assert content(cache) == ({KEY.file_name} if bad else set())
    cache.chmod(0o700)


def test_a_file_that_may_not_grow_costs_a_warning(tmp_path):
    cache, log = tmp_path / "cache", tmp_path / "log"
    code, said, warnings = run(cache, log, "full")
    assert (code, said) == (0, "whole")
    assert "File too large; free some space or choose another place (XDG_CACHE_HOME names it)" in warnings
    assert content(cache) == set()
    assert run(cache, log) == (0, "whole", "")
    assert len(log.read_text().split()) == 2


@pytest.mark.parametrize(
    ("options", "reason"), [("size=256k", "No space left on device; free some space"), ("ro", "Read-only file system")]
)
def test_a_file_system_that_takes_no_plan_costs_a_warning(tmp_path, options, reason):
    """A real one, mounted where only this test sees it."""
    cache, log = tmp_path / "cache", tmp_path / "log"
    cache.mkdir()
    mounted = f'mount -t tmpfs -o {options},mode=700 tmpfs {cache} && "$@" && ls -A {cache}'
    before = ("unshare", "--user", "--map-root-user", "--mount")
    if subprocess.run([*before, "mount", "-t", "tmpfs", "tmpfs", cache], capture_output=True).returncode:
        pytest.skip("this machine lets its users mount nothing")
    code, said, warnings = run(cache, log, before=(*before, "sh", "-c", mounted, "sh"))
    assert code == 0 and said.split() in (["whole"], ["whole", f"{Path(KEY.file_name).stem}.lock"])
    assert reason in warnings and "XDG_CACHE_HOME" in warnings


def test_of_several_processes_one_builds(tmp_path):
    cache, log = tmp_path / "cache", tmp_path / "log"
    first = builder(cache, log, "linger")
    assert first.stdout.readline() == "building\n"
    others = [builder(cache, log, "linger") for _ in range(3)]
    for other in others:
        assert "another process builds" in other.stderr.readline()
    assert first.communicate(timeout=60)[0] == "whole\n"
    assert [other.communicate(timeout=60)[0] for other in others] == ["whole\n"] * 3
    assert log.read_text().split() == [str(first.pid)]


def test_processes_that_start_together_build_once(tmp_path):
    children = [builder(tmp_path / "cache", tmp_path / "log") for _ in range(4)]
    assert [child.communicate(timeout=60)[0] for child in children] == ["whole\n"] * 4
    assert len((tmp_path / "log").read_text().split()) == 1


def test_the_lock_of_a_process_that_dies_is_free(tmp_path):
    cache, log = tmp_path / "cache", tmp_path / "log"
    holder = builder(cache, log, "linger")
    assert holder.stdout.readline() == "building\n"
    heir = builder(cache, log)
    assert "another process builds" in heir.stderr.readline()
    holder.kill()
    assert heir.communicate(timeout=60)[0] == "whole\n"
    holder.communicate()
    assert log.read_text().split() == [str(holder.pid), str(heir.pid)]
    assert content(cache) == {KEY.file_name}


@pytest.mark.parametrize("point", ["kill:open", "kill", "kill:os.chmod", "kill:os.rename"])
def test_a_process_killed_while_it_writes_leaves_no_half_plan(tmp_path, point):
    cache, log = tmp_path / "cache", tmp_path / "log"
    code, said, _ = run(cache, log, point)
    assert said == "" and code == -(signal.SIGXFSZ if point == "kill" else signal.SIGKILL)
    drafts = content(cache)
    assert KEY.file_name not in drafts and known_plans(cache) == []
    assert len(drafts) == (point != "kill:open")
    assert run(cache, log) == (0, "whole", "")
    assert content(cache) == {KEY.file_name}
    assert len(log.read_text().split()) == 2


def test_drafts_of_other_plans_stay_while_they_may_be_written(tmp_path):
    fresh, stale = tmp_path / ".other-0123456789abcdef-x.plan", tmp_path / ".older-0123456789abcdef-y.plan"
    for draft in (fresh, stale):
        draft.write_bytes(b"half")
    os.utime(stale, (0, 0))
    get(tmp_path)
    assert content(tmp_path) == {KEY.file_name, fresh.name}
