import csv
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm.mocap.people import (
    CMU,
    MIXAMO,
    XSENS,
    Foreign,
    a_pose,
    t_pose,
    walk,
    write_foreign_asf_amc,
    write_foreign_bvh,
)
from tests.vtm.mocap.standers import clip_of, stand_walk_squat
from tests.vtm.mocap.test_cmu_thorax import cmu_bvh
from vtm.body.rotations import geodesic_angle, matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.errors import VtmError
from vtm.mocap.clip_file import Clip, Entry, read_clips, read_index, write_clips
from vtm.mocap.importer import Wishes, import_recordings, split_of
from vtm.mocap.recording_files import find_recordings
from vtm.mocap.subjects import plain_subject, subject_of
from vtm.samples.clips import Clips
from vtm_tools.cli.app import main


@pytest.fixture
def folder(tmp_path):
    """Three subjects, three skeletons, three formats' worth of files; and rubbish among them."""
    recordings = tmp_path / "recordings"
    (recordings / "anna").mkdir(parents=True)
    local, root = walk(80)
    write_foreign_bvh(recordings / "06_01.bvh", Foreign(MIXAMO, a_pose()), local, root, fps=30)
    write_foreign_bvh(recordings / "anna" / "wave.bvh", Foreign(XSENS), local, root, fps=120)
    write_foreign_asf_amc(recordings / "07_02.amc", Foreign(CMU, unit=17.7), local, root)
    (recordings / "notes.txt").write_text("not motion")
    (recordings / "broken.bvh").write_bytes(b"\0\1\2")
    (recordings / "08_01.BVH").write_text((recordings / "06_01.bvh").read_text()[:900])
    return recordings


def entries(path) -> dict[str, dict[str, str]]:
    return {row["clip"]: row for row in read_index(path)}


def test_a_folder_becomes_clips_and_bad_files_do_not_stop_it(folder, tmp_path, capfd):
    out = tmp_path / "out" / "clips.npz"
    out.parent.mkdir()
    assert main(["data", "import", str(folder), "--out", str(out), "--val-subjects", "06", "--source", "test"]) == 0
    said = capfd.readouterr()
    assert "val: 1 clips" in said.out and "train: 2 clips" in said.out and "2 of 5 files left out" in said.out
    assert "broken.bvh, line 1" in said.err and "08_01.BVH, line" in said.err and "Traceback" not in said.err
    rows = entries(out)
    assert {clip: (row["subject"], row["split"], row["source"]) for clip, row in rows.items()} == {
        "06_01": ("6", "val", "test"), "07_02": ("7", "train", "test"), "wave": ("anna", "train", "test"),
    }  # fmt: skip
    assert int(rows["06_01"]["frames"]) == 159 and float(rows["06_01"]["seconds"]) == 2.65
    assert float(rows["06_01"]["scale"]) == 0.01 and float(rows["07_02"]["scale"]) == pytest.approx(1 / 17.7, abs=1e-6)
    assert all(1.5 < float(row["height_m"]) < 1.9 for row in rows.values())
    local, _ = walk(80)
    clip = read_clips(out, ["wave"])[0]
    assert clip.fps == 60 and len(clip.quat) == 40
    assert np.degrees(geodesic_angle(matrix_from_quat(clip.quat), local[::2]).max()) < 0.5
    assert len(Clips(out, "train")) == 2 and len(Clips(out, "val")) == 1


def test_clips_can_be_merged_and_held_out_subjects_stay_so(folder, tmp_path):
    first, second = tmp_path / "a" / "a.npz", tmp_path / "b" / "b.npz"
    for path in (first, second):
        path.parent.mkdir()
    assert main(["data", "import", str(folder), "--out", str(first), "--val-subjects", "06"]) == 0
    more = folder.parent / "06_09.bvh"
    more.write_text((folder / "06_01.bvh").read_text())
    assert (
        main(["data", "import", str(first), str(more), "--val-share", "0", "--keep-duplicates", "--out", str(second)])
        == 0
    )
    splits = {clip: row["split"] for clip, row in entries(second).items()}
    assert splits == {"06_01": "val", "06_09": "val", "07_02": "train", "wave": "train"}
    for old, new in zip(read_clips(first, list(splits)[:1]), read_clips(second, list(splits)[:1]), strict=True):
        assert geodesic_angle(matrix_from_quat(old.quat), matrix_from_quat(new.quat)).max() < 1e-3
    both = Clips([first, second], "train")
    assert len(both) == 4 and both.minutes() == pytest.approx(2 * Clips(first, "train").minutes())


def test_names_are_unique_and_another_index_is_not_overwritten(folder, tmp_path):
    (folder / "anna" / "06_01.bvh").write_text((folder / "06_01.bvh").read_text())
    clips = import_recordings(find_recordings([folder]), Wishes(keep_duplicates=True)).clips
    assert sorted(entry.clip for entry, _ in clips) == ["06_01", "06_01_2", "07_02", "wave"]
    write_clips(tmp_path / "a.npz", clips)
    write_clips(tmp_path / "a.npz", clips)
    with pytest.raises(VtmError, match="belongs to other clips"):
        write_clips(tmp_path / "b.npz", clips)


def test_a_bad_place_is_told_before_the_work_begins(folder, tmp_path, capfd):
    (tmp_path / "index.csv").write_text("clip,split\n")
    for out, message in (("b.npz", "belongs to other clips"), ("no/b.npz", "no folder"), ("b.zip", "end it in .npz")):
        assert main(["data", "import", str(folder), "--out", str(tmp_path / out)]) == 2
        said = capfd.readouterr().err
        assert message in said and "left out" not in said


def test_what_was_imported_into_the_folder_is_not_imported_again(folder, tmp_path):
    out = folder / "clips.npz"
    for _ in range(2):
        assert main(["data", "import", str(folder), "--out", str(out)]) == 0
        assert sorted(entries(out)) == ["06_01", "07_02", "wave"]


def test_the_split_is_by_subject_and_never_changes():
    subjects = [str(number) for number in range(1, 400)]
    drawn = {subject: split_of(subject, Wishes(val_share=0.2)) for subject in subjects}
    assert 0.12 < sum(split == "val" for split in drawn.values()) / len(drawn) < 0.28
    assert all(split_of(subject, Wishes(val_share=0.5)) == "val" for subject, s in drawn.items() if s == "val")
    assert {split_of(subject, Wishes(val_share=0)) for subject in subjects} == {"train"}
    named = Wishes(val_subjects=frozenset({"6"}))
    assert [split_of(plain_subject(subject), named) for subject in ("06", "6", "60")] == ["val", "val", "train"]


def test_subjects_are_read_from_names(tmp_path):
    assert subject_of(tmp_path / "135_07.amc") == "135"
    assert subject_of(tmp_path / "anna" / "dance 2.bvh") == "anna"


def test_what_cannot_be_imported_is_said(tmp_path, capfd):
    out = tmp_path / "clips.npz"
    (tmp_path / "empty").mkdir()
    for name in ("a.fbx", "a.c3d", "a.xyz"):
        (tmp_path / name).write_text("x")
    (tmp_path / "a.bvh").write_text("x")
    for argument, message in (
        (tmp_path / "empty", "no .bvh, .amc, .glb, .gltf, .vrma or .npz file"),
        (tmp_path / "a.xyz", "neither a folder nor a .bvh, .amc, .glb, .gltf, .vrma or .npz file"),
        (tmp_path / "a.fbx", f"bpy.ops.import_scene.fbx(filepath='{tmp_path / 'a.fbx'}')"),
        (tmp_path / "a.c3d", "markers without a skeleton; let the program of the cameras"),
        (tmp_path / "a.bvh", "none of the files can be used"),
        (tmp_path / "missing.bvh", "cannot read"),
    ):
        assert main(["data", "import", str(argument), "--out", str(out)]) == 2
        assert message in capfd.readouterr().err.replace("\n", " ")
        assert not out.exists()


def test_what_is_assumed_and_what_is_lost_is_said(tmp_path):
    """Of a person whose knee bends backwards for half of the time, and whose height is of no unit; and of a pointer."""
    local, root = walk(120)
    local[:60, 4] = Rotation.from_euler("y", -40, True).as_matrix()
    tall = write_foreign_bvh(tmp_path / "a.bvh", Foreign(MIXAMO, unit=300.0), local, root, fps=60)
    pointer = tmp_path / "b.bvh"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n")
    imported = import_recordings([tall, pointer], Wishes())
    assert re.search(r"a\.bvh: the person is .* of no unit, and was made 1.70 m tall \(--scale", imported.remarks[0])
    assert re.search(r"a\.bvh: 50 % of it is kept: left_knee .* the wrong way in 50 %", imported.remarks[1])
    assert "git lfs pull" in dict(imported.left_out)[pointer]


def test_a_skeleton_stands_as_in_another_of_its_files(tmp_path):
    """Who sits at rest and crawls all the time is read by the file, after it, in which somebody stands in A-pose."""
    local, root = walk(80)
    sitting = t_pose()
    for name in ("left_hip", "right_hip"):
        sitting[JOINT_INDEX[name]] = Rotation.from_euler("y", -70, True).as_matrix()
    crawling = local.copy()
    crawling[:, 0] = Rotation.from_euler("y", 75, True).as_matrix()
    person = Foreign(MIXAMO, sitting)
    crawls = write_foreign_bvh(tmp_path / "a.bvh", person, crawling, root + np.arange(80)[:, None] * [0.02, 0, 0])
    assert "does not stand" in str(pytest.raises(VtmError, import_recordings, [crawls], Wishes()).value)
    local[25:60] = a_pose()
    stands = write_foreign_bvh(tmp_path / "b.bvh", person, local, root)
    imported = import_recordings([crawls, stands], Wishes(as_recorded=True))
    assert not imported.left_out
    clip = next(clip for entry, clip in imported.clips if entry.clip.startswith("a"))
    ours = geodesic_angle(matrix_from_quat(clip.quat)[:40], crawling[:40])
    assert np.degrees(ours).max() < 3


def test_why_each_file_is_left_out(folder, tmp_path, capfd):
    """Also what names the joint and the limit, and what was read otherwise than the file says."""
    local, root = walk(80)
    whole = (folder / "06_01.bvh").read_text()
    (folder / "09_01.bvh").write_text(whole.replace("Frames: 80", "Frames: 90"))
    (folder / "slow.bvh").write_text(re.sub("Frame Time: .*", "Frame Time: 33", whole))
    (folder / "take.fbx").write_bytes(b"Kaydara FBX Binary")
    local[:, 4] = local[:, 4].swapaxes(-1, -2)
    write_foreign_bvh(folder / "backwards.bvh", Foreign(MIXAMO | {"left_foot": "x", "right_foot": "y"}), local, root)
    for name, joints in (("numbers", {ours: f"Bone{number}" for number, ours in enumerate(MIXAMO)}),):
        write_foreign_bvh(folder / f"{name}.bvh", Foreign(joints), *walk(40))
    (tmp_path / "names.yaml").write_text("".join(f"{ours}: Bone{number}\n" for number, ours in enumerate(MIXAMO)))
    out = tmp_path / "out" / "clips.npz"
    out.parent.mkdir()
    arguments = ["data", "import", str(folder), "--out", str(out), "--keep-duplicates"]
    assert main(arguments) == 0
    said = capfd.readouterr()
    assert "09_01.bvh: 80 whole frames are there, 90 announced" in said.out and "09_01" in entries(out)
    for reason in (
        r"slow\.bvh: its Frame Time is missing, or .* give --fps", r"take\.fbx is not read: convert it",
        r"backwards\.bvh: not half a second is whole: left_knee .* bends the wrong way in 84 % of the frames",
        r"numbers\.bvh: no joint is recognised as head", r"broken\.bvh, line 1",
    ):  # fmt: skip
        assert re.search(reason, said.err), reason
    assert "6 of 10 files left out" in said.out
    assert main(["data", "import", str(folder / "numbers.bvh"), "--names", str(tmp_path / "names.yaml"),
                 "--out", str(out)]) == 0  # fmt: skip
    assert list(entries(out)) == ["numbers"]


def test_inspect_says_and_shows_what_is_there(folder, tmp_path, capfd):
    out = tmp_path / "out" / "clips.npz"
    out.parent.mkdir()
    main(["data", "import", str(folder), "--out", str(out), "--val-subjects", "06"])
    picture, numbers = tmp_path / "sheet.png", tmp_path / "numbers.json"
    assert main(["data", "inspect", str(out), "--overview", str(picture), "--json", str(numbers)]) == 0
    assert "subjects" in capfd.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")
    found = json.loads(numbers.read_text())
    assert found["splits"]["val"] == {"clips": 1, "minutes": 0.04, "subjects": ["6"]}
    assert found["subjects"]["anna"]["split"] == ["train"]
    assert found["speed_m_s"]["median"] == pytest.approx(0.6, abs=0.1), "most frames are of the walk at half its rate"
    assert found["angles_deg"]["left_knee_y"][0] > 0 > found["angles_deg"]["left_elbow_z"][2]
    assert found["bad_clips"] == {}
    assert set(found["stance"]) >= {"all"} and "frames" in found["stance"]["all"]


@pytest.fixture
def crouching(tmp_path):
    """A clip file of somebody on legs that are 3 % too long, and of the same as somebody else holds it."""
    hips, ankles = stand_walk_squat()
    clip = clip_of(hips, ankles, longer=1.03)
    part = clip_of(hips, ankles, longer=1.03, frames=slice(300, 900))
    entry = Entry("crouches", "made", "anna", 1080, 18.0, "train", 1.0, 1.75)
    (tmp_path / "raw").mkdir()
    path = tmp_path / "raw" / "clips.npz"
    write_clips(path, [(entry, clip), (replace(entry, clip="part", frames=600, seconds=10.0), part)])
    return path


def test_people_stand_straight_and_twice_is_once(crouching, tmp_path, capfd):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = tmp_path / "one" / "clips.npz", tmp_path / "two" / "clips.npz"
    assert main(["data", "import", str(crouching), "--out", str(one)]) == 0
    said = capfd.readouterr()
    assert re.search(r"legs of 1 of 1 subjects shortened by (2\.9|3\.0) %", said.out)
    assert "left out: part: the same motion as crouches" in said.err
    assert "0 of 1 files left out, and 1 clips that were there already" in said.out
    rows = entries(one)
    assert float(rows["crouches"]["legs"]) == pytest.approx(1 / 1.03, abs=0.002)
    assert main(["data", "import", str(one), "--out", str(two)]) == 0
    assert "shortened" not in capfd.readouterr().out and entries(two) == rows
    (before,), (after,) = read_clips(one, ["crouches"]), read_clips(two, ["crouches"])
    assert np.abs(before.quat - after.quat).max() < 1e-4
    np.testing.assert_array_equal(before.offsets, after.offsets)
    assert main(["data", "inspect", str(crouching), str(one), "--json", "-"]) == 0
    stance = json.loads(capfd.readouterr().out)["stance"]
    assert stance["made"]["knee_deg"][0] < 8 and stance["all"]["frames"] > 2000


def test_legs_stay_as_recorded_if_wished(crouching, tmp_path, capfd):
    (tmp_path / "out").mkdir()
    out = tmp_path / "out" / "clips.npz"
    assert main(["data", "import", str(crouching), "--as-recorded", "--keep-duplicates", "--out", str(out)]) == 0
    assert "shortened" not in capfd.readouterr().out
    assert {clip: row["legs"] for clip, row in entries(out).items()} == {"crouches": "", "part": ""}
    (raw,), (kept,) = read_clips(crouching, ["crouches"]), read_clips(out, ["crouches"])
    np.testing.assert_array_equal(raw.offsets, kept.offsets)


def test_a_missing_thorax_is_put_back_and_said(tmp_path, capfd):
    (tmp_path / "out").mkdir()
    bvh = cmu_bvh(tmp_path / "137_01.bvh", frames=80)
    assert main(["data", "import", str(bvh), "--out", str(tmp_path / "out" / "clips.npz")]) == 0
    assert "the thorax bone, which CMU's BVH lacks, was put back in 1 recordings" in capfd.readouterr().out


def test_postures_are_told_apart(tmp_path):
    """A second each of standing, sitting, lying, jumping and standing on the head."""
    import vtm.mocap.statistics as room
    from tests.vtm.body.poses import POSTURES, posture

    heights = {"arms hanging": 0.97, "sitting": 0.55, "lying": 0.15, "in the air": 1.4, "headstand": 0.6}
    poses = {
        **{name: POSTURES[name] for name in ("arms hanging", "sitting")},
        "lying": posture(pelvis=("Y", -90)), "in the air": POSTURES["arms hanging"],
        "headstand": posture(pelvis=("Y", 180)),
    }  # fmt: skip
    clips = [
        Clip(np.tile(poses[name], (60, 1, 1)), np.tile([0, 0, height], (60, 1)), VIRTUAL_OFFSETS, 60.0)
        for name, height in heights.items()
    ]
    rows = [{"clip": name, "split": "train"} for name in heights]
    found = room.statistics(rows, clips)
    assert found["share_percent"] == {"sitting": 20, "lying": 20, "upside down": 20, "airborne": 20}
    assert found["bad_frames"]["sunk"] == 0
    broken = Clip(np.tile(posture(head=("Z", 150)), (60, 1, 1)), np.tile([0, 0, 0.5], (60, 1)), VIRTUAL_OFFSETS, 60.0)
    assert room.statistics(rows[:1], [broken])["bad_frames"] == {"jump": 0, "sunk": 60, "impossible": 60}


ENTRY = Entry("one", "made", "1", 40, 0.67, "train", 1.0, 1.7)


@pytest.fixture
def clip_file(tmp_path):
    local, root = walk(40)
    from vtm.body.rotations import quat_from_matrix

    write_clips(tmp_path / "clips.npz", [(ENTRY, Clip(quat_from_matrix(local), root, VIRTUAL_OFFSETS, 60.0))])
    return tmp_path / "clips.npz"


def test_a_clip_file_comes_back(clip_file):
    local, root = walk(40)
    (clip,) = read_clips(clip_file, ["one"])
    assert np.degrees(geodesic_angle(matrix_from_quat(clip.quat), local).max()) < 0.05
    np.testing.assert_allclose(clip.root, root, atol=1e-6)
    assert read_index(clip_file)[0]["subject"] == "1"


def rewrite(path, **changes):
    with np.load(path) as archive:
        arrays = {key: archive[key] for key in archive.files}
    np.savez(path, **(arrays | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joint_names": np.array(["a"])}, "on another skeleton"),
        ({"one/quat": np.zeros((40, 21, 4), np.int16)}, "clip one is damaged"),
        ({"one/root": np.zeros((39, 3))}, "clip one is damaged"),
        ({"one/fps": np.array(0.0)}, "clip one is damaged"),
        ({"one/root": np.full((40, 3), np.nan)}, "not finite"),
        ({"one/quat": np.empty((0, 22, 4), np.int16), "one/root": np.empty((0, 3))}, "clip one is damaged"),
    ],
)
def test_damaged_clips_are_named(clip_file, changes, message):
    rewrite(clip_file, **changes)
    with pytest.raises(VtmError, match=message):
        read_clips(clip_file, ["one"])


def test_damaged_files_are_named(clip_file):
    with pytest.raises(VtmError, match="lacks two/quat"):
        read_clips(clip_file, ["two"])
    clip_file.write_bytes(clip_file.read_bytes()[:500])
    with pytest.raises(VtmError, match="is not a clip file"):
        read_clips(clip_file, ["one"])
    index = clip_file.with_name("index.csv")
    index.write_text("clip,split\none,test\n")
    with pytest.raises(VtmError, match="index.csv, line 2: a clip and its split"):
        read_index(clip_file)
    index.unlink()
    with pytest.raises(VtmError, match="index.csv is missing"):
        read_index(clip_file)


def test_the_index_is_plain_csv(clip_file):
    with clip_file.with_name("index.csv").open(newline="") as file:
        assert next(csv.reader(file)) == [
            "clip",
            "source",
            "subject",
            "frames",
            "seconds",
            "split",
            "scale",
            "height_m",
            "legs",
        ]
