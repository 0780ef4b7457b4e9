"""What is missing of an archive, after whatever happened to it."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from pyarrow import parquet

from vtm.errors import VtmError
from vtm_tools.batch.archive import opened
from vtm_tools.batch.index import INDEX
from vtm_tools.batch.job import Outcome, Settings, Status, failed
from vtm_tools.batch.journal import JOURNAL, Journal, record
from vtm_tools.batch.plan import Plan, plan, refuse_old_results
from vtm_tools.batch.videos import find

USUAL = Settings()
CALIBRATED = Settings(hands="lite", lens='{"width": 640}', subject_height=1.8)


@pytest.fixture
def videos(tmp_path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    for size, name in enumerate(("a", "b", "c"), start=1):
        (folder / f"{name}.mp4").write_bytes(b"x" * size)
    return folder


def missing(videos: Path, settings: Settings = USUAL) -> Plan:
    out = videos.parent / "out"
    return plan(find([videos]), out, settings, Journal(out).records)


def end(videos: Path, name: str, outcome: Outcome | None = None, settings: Settings = USUAL) -> None:
    """Note the end of one video, whose files are there."""
    with opened(videos.parent / "out") as archive:
        job = next(job for job in missing(videos, settings).jobs if job.name == name)
        output = archive.folder / f"{name}.npz"
        output.touch()
        archive.add(record(job, outcome or Outcome(Status.DONE, sha256=name, outputs=(output.name,)), 1))


def names(found: Plan) -> list[str]:
    return [job.name for job in found.jobs]


def test_the_largest_comes_first(videos):
    assert names(missing(videos)) == ["c", "b", "a"]


def test_only_what_is_missing_is_done(videos):
    end(videos, "a")
    end(videos, "b", Outcome(Status.NOBODY, sha256="b"))
    end(videos, "c", failed("it is damaged"))
    found = missing(videos)
    assert (names(found), found.done, found.again) == (["c"], 2, 1)
    assert str(found) == "2 are done, 1 to capture (1 failed before)"


def test_results_of_other_settings_are_missing(videos):
    end(videos, "a", settings=CALIBRATED)
    assert missing(videos, CALIBRATED).done == 1
    found = missing(videos)
    assert (names(found), found.otherwise) == (["c", "b", "a"], 1)
    assert not any(job.known for job in found.jobs)


def test_results_that_were_deleted_are_missing(videos):
    end(videos, "a")
    (videos.parent / "out/a.npz").unlink()
    assert names(missing(videos)) == ["c", "b", "a"]


def test_a_changed_file_is_looked_at_again(videos):
    end(videos, "b")
    os.utime(videos / "b.mp4", (1, 1))
    assert {job.name: job.known for job in missing(videos).jobs} == {"a": "", "b": "b", "c": ""}
    end(videos, "b", Outcome(Status.SAME, sha256="b"))
    found = missing(videos)
    assert names(found) == ["c", "a"] and found.done == 1


def test_a_journal_survives_what_cuts_it_off(videos):
    end(videos, "a")
    journal = videos.parent / "out" / JOURNAL
    whole = journal.read_bytes()
    with journal.open("ab") as file:
        file.write(b'{"status": "done", "outp')
    end(videos, "b")
    assert names(missing(videos)) == ["c"]
    journal.write_bytes(b'\xff\xfe\n{"status": "eaten"}\n[]\n' + whole[:-1])
    assert names(missing(videos)) == ["c", "b"]


def test_what_replaces_results_of_other_settings_deletes_them(videos):
    several = replace(USUAL, max_people=2)
    end(videos, "a")
    with opened(videos.parent / "out") as archive:
        job = missing(videos, several).jobs[-1]
        archive.add(record(job, failed("a crash"), 3))
        assert (archive.folder / "a.npz").exists()
        archive.add(record(job, Outcome(Status.DONE, outputs=("a.person_1.npz", "a.people.json")), 1))
    end(videos, "a", Outcome(Status.NOBODY), several)
    assert missing(videos, several).done == 1


def test_a_name_that_is_no_text_has_its_row(videos):
    (videos / os.fsdecode(b"\xff.mp4")).touch()
    end(videos, os.fsdecode(b"\xff"))
    assert missing(videos).done == 1
    assert parquet.read_table(videos.parent / "out" / INDEX).to_pylist()[0]["file"].endswith("/?.mp4")


def test_settings_are_read_back_also_those_of_other_releases():
    for settings in (USUAL, CALIBRATED):
        assert Settings.of_text(settings.text()) == settings
    assert Settings.of_text(json.dumps({"pose_model": "lite"})) == Settings(pose_model="lite")
    assert Settings.of_text(json.dumps(asdict(USUAL) | {"of_tomorrow": 1})) is None


def test_old_results_are_refused_with_the_remedy(videos):
    out = videos.parent / "out"
    out.mkdir()
    refuse_old_results(out, missing(videos).jobs)
    (out / "b.npz").touch()
    with pytest.raises(VtmError, match="add --resume"):
        refuse_old_results(out, missing(videos).jobs)


def test_what_a_killed_process_had_begun_is_swept_away(videos):
    end(videos, "a")
    (videos.parent / "out/.b-0123abcd.npz").touch()
    end(videos, "c")
    assert {path.name for path in (videos.parent / "out").iterdir()} == {".lock", "a.npz", "c.npz", INDEX, JOURNAL}


def test_a_folder_belongs_to_one_run_at_a_time(videos):
    with opened(videos / "new"), pytest.raises(VtmError, match="another run writes to"), opened(videos / "new"):
        pass
