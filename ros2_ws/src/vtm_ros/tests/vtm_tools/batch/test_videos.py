"""Which files of an archive are videos, and what their results are called."""

import os
from pathlib import Path

import pytest

from vtm.errors import VtmError
from vtm_tools.batch.videos import find, names


def tree(folder: Path, *files: str) -> Path:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def called(*paths: Path, known: dict[str, str] | None = None) -> set[str]:
    found = find(paths)
    given = names(found, known or {})
    assert len(set(given.values())) == len(found)
    return set(given.values())


def test_folders_are_searched_to_the_bottom(tmp_path):
    tree(
        tmp_path, "a.mp4", "deep/er/b.MOV", "notes.txt", ".hidden/c.mp4", ".d.mp4", "motion/a.npz", "folder.mp4/e.webm"
    )
    elsewhere = tree(tmp_path.parent / f"{tmp_path.name}_linked", "f.mkv")
    (tmp_path / "link").symlink_to(elsewhere)
    (tmp_path / "deep/loop").symlink_to(tmp_path)
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.mp4")
    assert called(tmp_path) == {"a", "deep/er/b", "folder.mp4/e", "link/f"}


def test_a_video_is_taken_once_however_often_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tree(tmp_path, "a/b/one.mp4", "recording"))
    assert called(Path("a"), Path("a/b"), Path("a/b/one.mp4"), Path("recording")) == {"b/one", "recording"}


def test_names_that_collide_are_kept_apart(tmp_path):
    tree(tmp_path, "x/s/clip.mp4", "x/s/clip.mov", "y/s/clip.mp4", "y/other.mp4")
    apart = {"s/clip.mov", "s/clip.mp4", "y/s/clip.mp4", "other"}
    assert called(tmp_path / "x", tmp_path / "y") == apart == called(tmp_path / "y", tmp_path / "x")


def test_names_stay_when_others_come(tmp_path):
    tree(tmp_path, "s/clip.mp4")
    known = {str(video): name for video, name in names(find([tmp_path]), {}).items()}
    tree(tmp_path, "s/clip.mov", "new/s/clip.mp4")
    assert called(tmp_path, tmp_path / "new", known=known) == {"s/clip", "s/clip.mov", "new/s/clip"}


@pytest.mark.parametrize(("path", "message"), [("missing", "check the path"), ("empty", "a video ends in one of")])
def test_nothing_to_do_is_refused(tmp_path, path, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(VtmError, match=message):
        find([tmp_path / path])
