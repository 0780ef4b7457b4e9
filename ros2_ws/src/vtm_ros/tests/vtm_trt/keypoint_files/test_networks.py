"""Keypoints as the 2D networks of the field write them: each read as what it is, or refused with the cause."""

import json
from dataclasses import replace

import numpy as np
import pytest

from vtm.body.conventions import CONVENTIONS
from vtm.body.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm_trt.keypoint_files.keypoint_file import KeypointClip
from vtm_trt.keypoint_files.reading import Reading

FRAMES, SIZE = 12, (1280, 720)
GIVEN = Reading(fps=25.0, size=SIZE)
STANDING = {
    "nose": (0, 60), "left_eye": (8, 52), "right_eye": (-8, 52), "left_ear": (18, 58), "right_ear": (-18, 58),
    "left_shoulder": (50, 110), "right_shoulder": (-50, 110), "left_elbow": (70, 190), "right_elbow": (-70, 190),
    "left_wrist": (80, 260), "right_wrist": (-80, 260), "left_hip": (30, 270), "right_hip": (-30, 270),
    "left_knee": (35, 400), "right_knee": (-35, 400), "left_ankle": (38, 530), "right_ankle": (-38, 530),
    "left_heel": (36, 545), "right_heel": (-36, 545), "left_big_toe": (55, 550), "right_big_toe": (-55, 550),
    "mid_hip": (0, 270), "neck": (0, 110),
}  # fmt: skip
"""Somebody who faces the camera, px; the person's left is on the right of the picture."""


def person(frame: int = 0, at: float = 640.0, scale: float = 1.0) -> np.ndarray:
    """(23, 3) canonical keypoints."""
    places = np.array([STANDING[name] for name in KEYPOINT_NAMES], float) * scale + (at + 3 * frame, 60)
    return np.column_stack([places, np.linspace(0.5, 0.95, 23)])


def as_network(points: np.ndarray, convention: str) -> np.ndarray:
    """(P, 3) of a network that sees the same; what we do not know lies in the corner, and is sure."""
    names = CONVENTIONS[convention].names
    rows = np.array([points[KEYPOINT_INDEX[name]] if name in KEYPOINT_INDEX else (1.0, 1.0, 1.0) for name in names])
    return rows[:, [1, 0, 2]] if CONVENTIONS[convention].row_first else rows


def clip_of(convention: str, frames: int = FRAMES) -> np.ndarray:
    return np.stack([as_network(person(frame), convention) for frame in range(frames)])


def check(clip: KeypointClip, convention: str, rows=range(FRAMES)) -> None:
    """Every point that the network has is where it was seen, and all others are unseen."""
    names = CONVENTIONS[convention].names
    for row in rows:
        for name, index in KEYPOINT_INDEX.items():
            middle = {"neck": ("left_shoulder", "right_shoulder"), "mid_hip": ("left_hip", "right_hip")}.get(name)
            if name in names or middle:
                np.testing.assert_allclose(clip.keypoints[row, index, :2], person(row)[index, :2], atol=0.01)
                pair = [person(row)[KEYPOINT_INDEX[one], 2] for one in middle or (name,)]
                if convention != "vtm23":
                    assert clip.keypoints[row, index, 2] == pytest.approx(min(pair), abs=0.01)
            else:
                assert clip.keypoints[row, index, 2] == 0, name


def write(tmp_path, document, name="k.json"):
    (tmp_path / name).write_text(json.dumps(document))
    return tmp_path / name


def folder(tmp_path, frames: dict[int, list], name="clip_{:012d}_keypoints.json", **also):
    for number, people in frames.items():
        seen = [{"person_id": [-1], "pose_keypoints_2d": np.round(p, 3).ravel().tolist()} for p in people]
        (tmp_path / name.format(number)).write_text(json.dumps({"version": 1.3, "people": seen, **also}))
    return tmp_path


@pytest.mark.parametrize("convention", list(CONVENTIONS))
def test_arrays_of_every_network(tmp_path, convention):
    points = clip_of(convention)
    np.save(tmp_path / "k.npy", points)
    asked = convention if not CONVENTIONS[convention].guessed else None
    clip = KeypointClip.load(tmp_path / "k.npy", replace(GIVEN, convention=asked))
    check(clip, convention)
    assert clip.stamps_ns == [40_000_000 * frame for frame in range(FRAMES)]
    assert (clip.intrinsics.width, clip.intrinsics.height) == SIZE
    assert clip.keypoint_convention == CONVENTIONS[convention].keypoint_convention
    assert asked or convention == "vtm23" or CONVENTIONS[convention].title in " ".join(clip.notes)


def mmpose(frame: int) -> dict:
    seen = as_network(person(frame), "wholebody133")
    return {"keypoints": seen[:, :2].tolist(), "keypoint_scores": seen[:, 2].tolist(), "bbox": [[0, 0, 9, 9]]}


def flat(frame: int, convention: str) -> list[float]:
    return as_network(person(frame), convention).ravel().tolist()


COCO_IMAGES = [{"id": 70 + 3 * n, "file_name": f"a/{n:05d}.jpg", "width": 1280, "height": 720} for n in range(FRAMES)]
MEDIAPIPE = [
    [{"x": x / 1280, "y": y / 720, "z": -0.1, "visibility": c} for x, y, c in as_network(person(n), "mediapipe33")]
    for n in range(FRAMES)
]
DOCUMENTS = {
    "mmpose inferencer": ("wholebody133", [{"frame_id": n, "instances": [mmpose(n)]} for n in range(FRAMES)]),
    "mmpose demo": ("wholebody133", {
        "meta_info": {"dataset_name": "coco_wholebody"},
        "instance_info": [{"frame_id": n + 1, "instances": [mmpose(n)]} for n in range(FRAMES)]}),
    "mmpose before 1.0": ("halpe26", [
        [{"keypoints": as_network(person(n), "halpe26").tolist(), "bbox": [0, 0, 9, 9, 1]}] for n in range(FRAMES)]),
    "alphapose": ("halpe26", [{"image_id": f"{n}.jpg", "category_id": 1, "keypoints": flat(n, "halpe26"), "score": 2.9,
                               "box": [0, 0, 9, 9], "idx": [0.0]} for n in reversed(range(FRAMES))]),
    "openpifpaf's lines": ("coco17", [
        {"frame": n + 1, "predictions": [{"keypoints": flat(n, "coco17"), "id_": 3}]} for n in range(FRAMES)]),
    "mediapipe's tasks": ("mediapipe33", [{"timestamp_ms": 40, "pose_landmarks": [one]} for one in MEDIAPIPE]),
    "alphapose open": ("openpose18", {f"{n}.jpg": {"version": 0.1, "people": [
        {"pose_keypoints_2d": flat(n, "openpose18")}]} for n in range(FRAMES)}),
    "coco results": ("coco17", [{"image_id": n, "category_id": 1, "keypoints": flat(n, "coco17"), "score": 0.9}
                                for n in range(FRAMES)]),
    "coco dataset": ("body25", {
        "images": COCO_IMAGES[::-1], "categories": [{"name": "person", "keypoints": list(CONVENTIONS["body25"].names)}],
        "annotations": [{"id": n, "image_id": 70 + 3 * n, "keypoints": flat(n, "body25")} for n in range(FRAMES)]}),
    "ultralytics": ("coco17", [[{
        "name": "person", "class": 0, "confidence": 0.9, "box": {"x1": 0, "y1": 0}, "track_id": 1,
        "keypoints": dict(zip(("x", "y", "visible"), as_network(person(n), "coco17").T.tolist(), strict=True)),
    }] for n in range(FRAMES)]),
    "tfjs": ("coco17", [[{"score": 0.9, "keypoints": [
        {"x": x, "y": y, "score": c, "name": name} for name, (x, y, c) in zip(
            KEYPOINT_NAMES[:17], as_network(person(n), "coco17").tolist(), strict=True)]}] for n in range(FRAMES)]),
    "mediapipe": ("mediapipe33", MEDIAPIPE),
    "mediapipe by frames": ("mediapipe33", [{"frame": n, "landmarks": one} for n, one in enumerate(MEDIAPIPE)]),
    "points by name": ("coco17", [
        {name: dict(zip(("x", "y", "score"), point, strict=True)) for name, point in zip(
            KEYPOINT_NAMES, as_network(person(n), "coco17").tolist(), strict=False)} for n in range(FRAMES)]),
    "mmpose inferencer's predictions": ("wholebody133", {"predictions": [[mmpose(n)] for n in range(FRAMES)]}),
    "nested lists": ("body25", clip_of("body25").tolist()),
    "a mapping of arrays": ("halpe26", {"keypoints": clip_of("halpe26").tolist(), "fps": 25, "image_size": SIZE}),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(DOCUMENTS))
def test_json_of_every_network(tmp_path, kind):
    convention, document = DOCUMENTS[kind]
    path = write(tmp_path, document)
    if "lines" in kind:
        path.write_text("\n".join(map(json.dumps, document)))
    clip = KeypointClip.load(path, GIVEN)
    check(clip, convention)
    assert clip.stamps_ns == [40_000_000 * frame for frame in range(FRAMES)]


def test_names_go_before_the_number(tmp_path):
    order = [3, 1, 0, 2, *range(4, 17)][::-1]
    names = [KEYPOINT_NAMES[index].replace("left_", "L").replace("right_", "R") for index in order]
    entries = [{"id": n, "image_id": 70 + 3 * n, "keypoints": as_network(person(n), "coco17")[order].ravel().tolist()}
               for n in range(FRAMES)]  # fmt: skip
    document = {"images": COCO_IMAGES, "annotations": entries, "categories": [{"keypoints": names}]}
    check(KeypointClip.load(write(tmp_path, document), Reading(fps=25)), "coco17")


def test_openpose_folder_with_gaps_and_several_people(tmp_path):
    large, small = (lambda n: as_network(person(n), "body25")), (lambda n: as_network(person(n, 200, 0.5), "body25"))
    frames = {n: [small(n), large(n)] if n % 2 else [large(n), small(n)] for n in range(FRAMES) if n not in (4, 5)}
    frames[8] = []
    clip = KeypointClip.load(folder(tmp_path, frames, canvas_width=1280, canvas_height=720), Reading(fps=25.0))
    rows = [n for n in range(FRAMES) if n not in (4, 5, 8)]
    check(clip, "body25", rows)
    assert not clip.keypoints[[4, 5, 8], :, 2].any() and clip.stamps_ns[6] == 240_000_000
    assert any("2 people" in note and "1 is taken, the largest" in note for note in clip.notes), clip.notes
    other = KeypointClip.load(tmp_path, replace(GIVEN, person=2))
    np.testing.assert_allclose(other.keypoints[0, :17, :2], person(0, 200, 0.5)[:17, :2], atol=0.01)
    with pytest.raises(VtmError, match="no person 3; give --person one of: 1 in 9 frames, 2 in 9 frames"):
        KeypointClip.load(tmp_path, replace(GIVEN, person=3))


def test_tracks_of_the_file_are_honoured(tmp_path):
    def entry(n: int, track: int, at: float, scale: float) -> dict:
        points = as_network(person(n, at, scale), "coco17").ravel().tolist()
        return {"image_id": f"img_{n}.png", "keypoints": points, "score": 1, "idx": track}

    crossing = [entry(n, 7, 400 + 40 * n, 1.0) for n in range(FRAMES)] + [
        entry(n, 3, 840 - 40 * n, 0.9) for n in range(FRAMES)
    ]
    path = write(tmp_path, crossing)
    for number, at, scale in ((7, 400, 1.0), (3, 840, 0.9)):
        clip = KeypointClip.load(path, replace(GIVEN, person=number))
        step = 40 if number == 7 else -40
        for row in range(FRAMES):
            np.testing.assert_allclose(
                clip.keypoints[row, :17, :2], person(row, at + step * row, scale)[:17, :2], atol=0.01
            )
    assert "7 is taken" in " ".join(KeypointClip.load(path, GIVEN).notes)


def test_frames_numbered_by_fives_and_from_one(tmp_path):
    entries = [{"image_id": 5 * n, "keypoints": flat(n, "coco17")} for n in range(FRAMES)]
    clip = KeypointClip.load(write(tmp_path, entries), GIVEN)
    assert (clip.fps, len(clip.stamps_ns), clip.stamps_ns[1]) == (5.0, FRAMES, 200_000_000)
    assert "every 5th of the film" in " ".join(clip.notes)
    (tmp_path / "one").mkdir()
    clip = KeypointClip.load(
        folder(tmp_path / "one", {n + 1: [as_network(person(n), "body25")] for n in range(3)}), GIVEN
    )
    assert clip.stamps_ns == [0, 40_000_000, 80_000_000]


SHARES = clip_of("coco17") / (*SIZE, 1)


def saved(tmp_path, **arrays):
    np.savez(tmp_path / "k.npz", **arrays)
    return tmp_path / "k.npz"


@pytest.mark.parametrize(
    ("values", "reading", "convention"),
    [
        (SHARES, replace(GIVEN, normalised=True), "coco17"),
        (SHARES[..., [1, 0, 2]], replace(GIVEN, convention="movenet"), "coco17"),
        (SHARES[:, None, None][..., [1, 0, 2]], replace(GIVEN, convention="movenet"), "coco17"),
        (np.concatenate([SHARES[..., [1, 0, 2]].reshape(FRAMES, 1, 51), np.zeros((FRAMES, 1, 5))], -1),
         replace(GIVEN, convention="movenet"), "coco17"),
        (clip_of("mediapipe33") / (*SIZE, 1), GIVEN, "mediapipe33"),
        (np.insert(clip_of("mediapipe33") / (*SIZE, 1), 2, -0.3, axis=-1), GIVEN, "mediapipe33"),
        (clip_of("coco17")[:, None], GIVEN, "coco17"),
        (np.stack([0 * SHARES, clip_of("coco17"), np.nan * SHARES], 1), GIVEN, "coco17"),
        (clip_of("halpe26").astype(np.float16).astype(np.float32), GIVEN, None),
    ],
)  # fmt: skip
def test_shapes_and_shares(tmp_path, values, reading, convention):
    clip = KeypointClip.load(saved(tmp_path, keypoints=values), reading)
    assert clip.keypoints.shape == (FRAMES, 23, 3)
    if convention:
        check(clip, convention)


def test_scores_beside_the_places_and_none_at_all(tmp_path):
    points = clip_of("coco17")
    check(KeypointClip.load(saved(tmp_path, keypoints=points[..., :2], scores=points[..., 2]), GIVEN), "coco17")
    places = points[..., :2].copy()
    places[3, 9] = 0
    bare = KeypointClip.load(saved(tmp_path, keypoints=places), GIVEN)
    assert bare.keypoints[3, 9, 2] == 0 and bare.keypoints[3, 10, 2] == 1


def test_scores_are_clipped_and_visibility_understood(tmp_path):
    points = clip_of("coco17")
    points[2, 4, 2], points[3, 5, 2] = 1.6, -0.2
    clip = KeypointClip.load(saved(tmp_path, keypoints=points), GIVEN)
    assert (clip.keypoints[2, 4, 2], clip.keypoints[3, 5, 2]) == (1, 0) and "1.6 are clipped" in " ".join(clip.notes)
    points[..., 2] = 2
    points[0, 0, 2], points[0, 1, 2] = 1, 0
    clip = KeypointClip.load(saved(tmp_path, keypoints=points), GIVEN)
    assert clip.keypoints[0, :3, 2].tolist() == [0.5, 0, 1]


def test_what_the_user_says_of_the_camera(tmp_path):
    path = saved(tmp_path, keypoints=clip_of("coco17"))
    lens = Intrinsics(1280, 720, 900.0, 910.0, 640.0, 350.0, (0.1, 0.0, 0.0, 0.0), True)
    assert KeypointClip.load(path, Reading(fps=25, intrinsics=lens)).intrinsics == lens
    assert KeypointClip.load(path, replace(GIVEN, fov=90.0)).intrinsics.fx == pytest.approx(640)
    assert "60 degrees is assumed" in " ".join(KeypointClip.load(path, GIVEN).notes)
    wide = dict(K=lens.matrix, image_size=SIZE, fps=25, distortion=lens.distortion, fisheye=True)
    wide = saved(tmp_path, keypoints=clip_of("coco17"), **wide)
    assert KeypointClip.load(wide).intrinsics == lens


H36M = np.stack([clip_of("vtm23")[:, [21, 12, 14, 16, 11, 13, 15, 21, 22, 0, 0, 5, 7, 9, 6, 8, 10]]], 0)[0]
FOR_PORTRAIT = clip_of("coco17") * (0.5, 1.6, 1)
K = np.array([[900.0, 0, 640], [0, 900, 360], [0, 0, 1]])


@pytest.mark.parametrize(
    ("arrays", "reading", "reason"),
    [
        (dict(keypoints=SHARES), GIVEN, "within 0..1.*--normalised, or --convention movenet"),
        (dict(keypoints=clip_of("body25") / (*SIZE, 1)), GIVEN, "within 0..1.*--normalised$"),
        (dict(keypoints=clip_of("coco17")), replace(GIVEN, normalised=True), "leave out --normalised"),
        (dict(keypoints=SHARES * (2, 2, 1) - (1, 1, 0)), replace(GIVEN, normalised=True), "-1..1"),
        (dict(keypoints=H36M), GIVEN, "are no body.*--convention"),
        (dict(keypoints=clip_of("coco23")), GIVEN, "not between the shoulders.*coco23"),
        (dict(keypoints=clip_of("trtpose18")), replace(GIVEN, convention="openpose18"), "are no body"),
        (dict(keypoints=clip_of("openpose18")), GIVEN, "several orders.*openpose18 or trtpose18 or skeleton2d"),
        (dict(keypoints=clip_of("coco17")[:, :16]), GIVEN, "P of 17, 23, 25, 26, 33, 133, 136"),
        (dict(keypoints=clip_of("coco17").transpose(1, 2, 0)), GIVEN, "shape"),
        (dict(keypoints=clip_of("coco17")), replace(GIVEN, convention="halpe26"), "has 17 keypoints; halpe26 has 26"),
        (dict(keypoints=clip_of("coco17")), replace(GIVEN, convention="coco"), "no convention 'coco'"),
        (dict(keypoints=clip_of("coco17") * (1, 1, 100)), GIVEN, "goes up to.*percent"),
        (dict(keypoints=clip_of("coco17") * (1, 1, -1)), GIVEN, "below 0.*depth"),
        (dict(keypoints=clip_of("coco17")), replace(GIVEN, fps=None), "lacks fps.*--fps.*--video"),
        (dict(keypoints=clip_of("coco17")), replace(GIVEN, size=None), "lacks image_size.*--size.*--video"),
        (dict(keypoints=FOR_PORTRAIT), GIVEN, "width and height were exchanged"),
        (dict(keypoints=clip_of("coco17") * (3, 3, 1)), GIVEN, "give the size of the picture"),
        (dict(keypoints=clip_of("coco17"), image_size=(640, 480)), GIVEN, "different sizes"),
        (dict(keypoints=clip_of("coco17"), K=np.eye(3)), GIVEN, "K is the identity.*pixels"),
        (dict(keypoints=clip_of("coco17"), K=K[[1, 0, 2]][:, [1, 0, 2]]), GIVEN, "width and height are exchanged"),
        (dict(keypoints=clip_of("coco17"), K=np.diag([3, 3, 1]) @ K), GIVEN, "K is of another size"),
        (dict(keypoints=clip_of("coco17"), K=K, distortion=np.zeros(3)), GIVEN, "3 coefficients"),
        (dict(keypoints=clip_of("coco17"), scores=np.zeros((FRAMES, 17))), GIVEN, "3D"),
        (dict(keypoints=clip_of("coco17")[..., :2], scores=np.zeros((FRAMES, 16))), GIVEN, "one for each"),
        (dict(one=np.zeros(3), two=np.zeros(3)), GIVEN, "lacks keypoints; it has one, two"),
    ],
)  # fmt: skip
def test_arrays_that_are_refused(tmp_path, arrays, reading, reason):
    with pytest.raises(VtmError, match=reason.removesuffix("$")):
        KeypointClip.load(saved(tmp_path, **arrays), reading)


BODY = {"pose_keypoints_2d": flat(0, "body25")}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "no JSON of keypoints"),
        ([], "holds nobody"),
        ({"people": []}, "holds nobody"),
        ([1, 2], "neither people nor frames"),
        ({"people": [{"pose_keypoints_2d": [1, 2, 3, 4]}]}, "4 numbers for a person"),
        ({"people": [BODY, {"pose_keypoints_2d": flat(0, "coco17")}]}, "people of 17, 25 keypoints"),
        ([{"image_id": "a.jpg", "keypoints": flat(0, "coco17")}], "without a number"),
        ([{"image_id": n, "keypoints": flat(0, "coco17")} for n in (37777, 397133, 458755)], "no frame numbers"),
        ([{"image_id": 1, "keypoints": flat(0, "coco17")}, {"keypoints": flat(0, "coco17")}], "with and without"),
        ([{"frame_id": 0, "instances": [{"keypoints": [[1, 2, 3]] * 17, "keypoint_scores": [1] * 17}]}], "3D"),
        ({"images": COCO_IMAGES, "annotations": [{"image_id": 1, "keypoints": flat(0, "coco17")}]}, "does not list"),
        ({"images": [*COCO_IMAGES, {"id": 1, "file_name": "0.jpg"}], "annotations": []}, "several images of one"),
        ([{"image_id": float("nan"), "keypoints": flat(0, "coco17")}], "cannot be understood"),
        ([{"frame": None, "keypoints": flat(0, "coco17")}], "without the number of its frame"),
        ({"images": [{"id": 1}], "annotations": []}, "without the number of its frame"),
        ([{"image_id": 0, "keypoints": ["a", "b", "c"] * 17}], "cannot be read"),
        ([[{"keypoints": [{"x": 1, "y": 2, "z": 3}] * 33}]], "visibility"),
    ],
)
def test_json_that_is_refused(tmp_path, document, reason):
    with pytest.raises(VtmError, match=reason):
        KeypointClip.load(write(tmp_path, document), GIVEN)


def test_folders_and_files_that_are_refused(tmp_path):
    with pytest.raises(VtmError, match="without .json files.*--write_json"):
        KeypointClip.load(tmp_path, GIVEN)
    folder(tmp_path, {0: [as_network(person(0), "body25")]})
    folder(tmp_path, {0: [as_network(person(0), "body25")]}, "other_{:03d}_keypoints.json")
    with pytest.raises(VtmError, match="two files of frame 0"):
        KeypointClip.load(tmp_path, GIVEN)
    (tmp_path / "other_000_keypoints.json").unlink()
    (tmp_path / "clip_000000000001_keypoints.json").write_text('{"people": [')
    with pytest.raises(VtmError, match="clip_000000000001_keypoints.json is not JSON"):
        KeypointClip.load(tmp_path, GIVEN)
    for name, content, reason in (
        ("a.json", b"{", "not JSON"), ("a.npy", b"\x93NUMPY", "damaged .npy"), ("a.bin", b"\x80\x04", "numpy.savez"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        with pytest.raises(VtmError, match=reason):
            KeypointClip.load(tmp_path / name, GIVEN)


def test_a_size_that_may_be_exchanged_is_said(tmp_path):
    path = saved(tmp_path, keypoints=clip_of("body25") * (0.5, 1.0, 1.0))
    assert "is it that?" in " ".join(KeypointClip.load(path, replace(GIVEN, size=(720, 600))).notes)
    assert "is it that?" not in " ".join(KeypointClip.load(path, replace(GIVEN, size=(600, 720))).notes)


@pytest.mark.parametrize(
    ("change", "note"),
    [((-1, -1, 1), "does y go up"), ((1, -1, 1), "does y go up!"), ((-1, 1, 1), "is it mirrored"), ((1, 1, 1), "")],
)
def test_what_is_odd_is_said(tmp_path, change, note):
    points = clip_of("coco17") * change + (720 * (change[0] < 0), 720 * (change[1] < 0), 0)
    if note.endswith("!"):
        points[:, 1:5, 2] = 0  # no face: it may be a handstand
    reading = replace(GIVEN, size=(1400, 1400), convention="coco17" if note.endswith("!") else None)
    notes = " ".join(KeypointClip.load(saved(tmp_path, keypoints=points), reading).notes)
    assert note.strip("!") in notes and bool(note) == ("nearly every frame" in notes)


def test_backs_are_not_taken_for_mirrors_where_faces_are_always_seen(tmp_path):
    points = clip_of("mediapipe33") * (-1, 1, 1) + (720, 0, 0)
    assert not any("mirror" in note for note in KeypointClip.load(saved(tmp_path, keypoints=points), GIVEN).notes)


@pytest.mark.parametrize(("face", "reason"), [(True, "height minus y; docs"), (False, "or name the --convention")])
def test_y_that_goes_up_is_refused(tmp_path, face, reason):
    points = clip_of("coco17") * (1, -1, 1) + (0, 720, 0)
    points[:, 1:5, 2] *= face
    with pytest.raises(VtmError, match=f"does y go up.*{reason}"):
        KeypointClip.load(saved(tmp_path, keypoints=points), GIVEN)


@pytest.mark.parametrize(
    "arrays",
    [
        {"pose2d": clip_of("coco17"), "names": np.zeros(3)},
        {"keypoint": clip_of("coco17")[None, ..., :2], "keypoint_score": clip_of("coco17")[None, ..., 2]},
        {"xy": clip_of("coco17")[..., :2], "conf": clip_of("coco17")[..., 2]},
        {"keypoints": clip_of("coco17").reshape(FRAMES, 51)},
        {"keypoints": clip_of("coco17"), "fps": np.array([[25.0]]), "image_size": np.array([SIZE])},
    ],
)
def test_arrays_by_other_names_and_in_other_shapes(tmp_path, arrays):
    check(KeypointClip.load(saved(tmp_path, **arrays), GIVEN), "coco17")
