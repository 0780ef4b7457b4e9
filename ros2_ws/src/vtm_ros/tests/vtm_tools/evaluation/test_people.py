"""Scenes made up from what the program itself sees in the beginning of a clip."""

import cv2
import numpy as np
import pytest
from rich.console import Console

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import scaled_offsets
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.crowd_file import CrowdTruth
from vtm.types import Frame, Motion
from vtm_tools.evaluation.people import judge, scenes_in
from vtm_tools.evaluation.people_report import document, show
from vtm_tools.evaluation.people_sheet import draw_sheet
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.person_stream import MotionStream

FRAMES, FPS, SIZE = 8, 60, (270, 480)
LENS = Intrinsics.from_fov(*SIZE)


class OnePerson:
    """Follows the first person who is found, under a number that changes in the middle if asked."""

    def __init__(self) -> None:
        self.stream, self.changes, self.frame = MotionStream(PoseTracker("lite")), False, 0

    def reset(self) -> None:
        self.stream.reset()
        self.frame = 0

    def step(self, frame: Frame) -> list[Motion]:
        motion = self.stream.step(frame)
        self.frame += 1
        number = 2 if self.changes and self.frame > FRAMES // 2 else 1
        return [] if motion is None else [Motion(**{**vars(motion), "person_id": number})]


@pytest.fixture(scope="module")
def follower() -> OnePerson:
    return OnePerson()


@pytest.fixture(scope="module")
def folder(clips, follower, tmp_path_factory):
    """A scene of the clip's man, as the program sees him, and of somebody who is outside the picture."""
    folder = tmp_path_factory.mktemp("scenes")
    capture = cv2.VideoCapture(str(clips / "pose2sim/cam03.mp4"))
    for name in ("clip.mp4", "clip.alone1.mp4"):
        capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
        writer = cv2.VideoWriter(str(folder / name), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE)
        for _ in range(FRAMES):
            writer.write(cv2.resize(capture.read()[1], SIZE))
        writer.release()
    film, seconds = cv2.VideoCapture(str(folder / "clip.mp4")), np.arange(FRAMES) / FPS
    motions = [
        motion for second in seconds for motion in follower.step(Frame(film.read()[1], round(second * 1e9), LENS))
    ]
    local = matrix_from_quat(np.array([motion.quat_local for motion in motions], float))
    ratio = motions[-1].bone_ratio.astype(float)
    rotations, joints = forward_kinematics(local, scaled_offsets(ratio), np.array([one.root_cam for one in motions]))
    keypoints = np.array([motion.observation.keypoints for motion in motions])
    CrowdTruth(
        lens=np.array([*SIZE, LENS.fx, LENS.fy, LENS.cx, LENS.cy]),
        seconds=seconds,
        joints=np.stack([joints, joints + (5, 0, 0)]),
        rotations=np.stack([rotations, rotations]),
        ratio=np.stack([ratio, ratio]),
        keypoints=np.stack([keypoints, keypoints + 1000]),
        visible=np.stack([np.ones(FRAMES), np.zeros(FRAMES)]),
        covered=np.zeros((2, FRAMES)),
    ).save(folder / "clip.npz")
    return folder


def test_who_is_followed_all_the_time(folder, follower):
    (scene,) = scenes_in(folder)
    assert scene.fps == pytest.approx(FPS) and scene.size == SIZE
    judged = judge(follower, scene)
    assert judged.counts.held == judged.counts.visible == judged.counts.tracked == FRAMES
    assert judged.errors[1] is None and judged.counts.switches == judged.counts.false == 0
    found = document([judged])
    row = found["scenes"]["clip"]
    assert row["held_percent"] == 100 and row["mpjpe_mm"] < 20 and row["mpjae_local_deg"] < 0.5 and row["people"] == 2
    assert found["beside_alone"][""]["mpjpe_mm"] == pytest.approx(1, abs=1e-6)
    assert set(found["scenes"]["clip"]["by_person"]["1"]) >= {"together", "alone", "together_clear", "alone_clear"}
    console = Console(record=True, width=200)
    show(console, found)
    text = console.export_text()
    assert "clip" in text and "in company / alone" in text


def test_a_sheet_shows_where_the_number_changed(folder, tmp_path):
    follower = OnePerson()
    follower.changes = True
    judged = judge(follower, *scenes_in(folder))
    assert judged.counts.switches == 1
    draw_sheet(tmp_path / "worst.png", [judged])
    assert cv2.imread(str(tmp_path / "worst.png")).shape[1] >= SIZE[0]


def test_user_faults(folder, follower, tmp_path):
    with pytest.raises(VtmError, match="render_people"):
        scenes_in(tmp_path)
    (scene,) = scenes_in(folder)
    (tmp_path / "clip.npz").write_bytes((folder / "clip.npz").read_bytes())
    with pytest.raises(VtmError, match="there is no video"):
        judge(follower, *scenes_in(tmp_path))
    scene.truth.seconds.resize(FRAMES + 2, refcheck=False)
    with pytest.raises(VtmError, match="shorter than its truth"):
        judge(follower, scene)
