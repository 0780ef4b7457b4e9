"""One person, seen by several cameras that stand: what they tell at an instant in, one motion out."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.keypoint_offsets import BASE, SITED
from vtm.body.keypoints import KEYPOINT_INDEX, NUM_KEYPOINTS
from vtm.body.rotations import geodesic_angle, matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import NUM_JOINTS, person_scale
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import HALF_SURE_M, CameraPose, Motion, Observation
from vtm_trt.bundle_adjustment.body import TURNED
from vtm_trt.fusion.body_fit import Body, fit_body
from vtm_trt.fusion.bones import Bones
from vtm_trt.fusion.pose_prior import mean_rotations
from vtm_trt.fusion.sides import put_right, strangers
from vtm_trt.fusion.triangulation import EXPECTED, Places, triangulate
from vtm_trt.fusion.view import View, view_of
from vtm_trt.postprocess.root_error import root_covariance

LONGEST_S = 0.3
"""Seconds after which it is not expected that the person is where they were."""
FIRST_ROUNDS = 5
"""So often the first frame is fitted: the bones are not known yet."""
GUESSED = 0.05
"""How much the places count that the cameras' own bodies have: one camera guesses depth."""
LEAST_ERROR_M = 0.015
NEAREST = 0.1
"""Metres in front of the camera that the motion is told from, within which no keypoint is shown."""

_LIMBS = 0b011
"""Bits of the legs and the arms among `vtm_trt.pose2d.exchange.GROUPS`."""
_BETWEEN = {"mid_hip": ("left_hip", "right_hip"), "neck": ("left_shoulder", "right_shoulder")}


@dataclass(frozen=True, eq=False)
class Seat:
    """The camera that the common motion is told from, as if it alone had seen it.

    Attributes:
        camera: Its pose in the common axes.
        lens: Of its pictures.
        name: Of it.
    """

    camera: CameraPose
    lens: Intrinsics
    name: str = ""


@dataclass(frozen=True, eq=False)
class Fused:
    """The motion of an instant, without hands where several told it, and who did.

    Attributes:
        motion: Seen from the seat.
        heard: Which of the given motions it was made of.
        covariance: (6, 6) of the pelvis' place (m) and of its rotation about the seat's axes (rad): as the rays of the
            cameras meet, or as one camera alone guesses.
        exchanged: Those whose left and right were put right.
        strangers: Those that follow somebody else, or whose camera is not where it is thought.
        off_m: Mean distance of the keypoints' rays from the body, weighted by confidence; NaN of one camera alone.
        turned_rad: From the pelvis of the body to that of the camera's own motion which is turned furthest from it.
    """

    motion: Motion
    heard: tuple[int, ...]
    covariance: np.ndarray
    exchanged: tuple[int, ...] = ()
    strangers: tuple[int, ...] = ()
    off_m: float = float("nan")
    turned_rad: float = float("nan")


class Fusion:
    """Holds what is known of one person: the bones, and where the body was a moment ago.

    Args:
        seat: Where the motion is told from.
    """

    def __init__(self, seat: Seat):
        self.seat = seat
        self.reset()

    def reset(self) -> None:
        """Another person comes next."""
        self._bones: Bones | None = None
        self._learns = True
        self._begin()

    def measured(self) -> None:
        """The same person once more, from the start, with the bones as they are known now."""
        self._learns = self._bones is None
        self._begin()

    def _begin(self) -> None:
        self._place: np.ndarray | None = None
        self._turn: np.ndarray = np.zeros((len(TURNED), 3))
        self._stamp_ns = 0

    def __call__(self, motions: Sequence[Motion], stamp_ns: int) -> Fused:
        """The common motion.

        Args:
            motions: Of the cameras that see the person, about the same instant, each with its camera's pose.
            stamp_ns: The instant, nanoseconds.

        Raises:
            VtmError: There is no motion, or one has no camera's pose.
        """
        if not motions:
            raise VtmError("no camera sees anybody; nothing can be fused")
        views = [view_of(motion) for motion in motions]
        if len(views) == 1:
            return Fused(*self._alone(views[0], 0, stamp_ns))
        expected, trusted = self._expected(views, stamp_ns)
        kept = [*range(len(views))]
        put, exchanged, places = _put_right(views, expected, trusted)
        if odd := strangers(put, places):
            kept = [camera for camera in kept if camera not in odd]
            if len(kept) < 2:
                best = kept[0] if kept else self._nearest(put, expected)
                odd = [camera for camera in range(len(views)) if camera != best]
                return Fused(*self._alone(put[best], best, stamp_ns), (), tuple(odd))
            put, exchanged, places = _put_right([views[camera] for camera in kept], expected, trusted)
        views, mended = put, tuple(camera for camera, groups in zip(kept, exchanged, strict=True) if groups)
        says = np.array([float(not groups & _LIMBS) for groups in exchanged])
        body = self._fitted(views, places, says if says.any() else np.ones(len(kept)))
        self._place, self._turn, self._stamp_ns = places.place, body.turn, stamp_ns
        off = float((places.sure * places.heard * places.off).sum() / max((places.sure * places.heard).sum(), 1e-9))
        sure = _turned_to(self.seat.camera.rotation.T, body.covariance)
        told = self._told(views, places, body, stamp_ns)
        return Fused(told, tuple(kept), sure, mended, tuple(odd), off, _turned(views, body))

    def would_tell(self, motions: Sequence[Motion], stamp_ns: int) -> Fused:
        """What a call would give; nothing is learned of it."""
        other = copy(self)
        other._learns = False
        return other(motions, stamp_ns)

    def _expected(self, views: Sequence[View], stamp_ns: int) -> tuple[np.ndarray, float]:
        """About where the keypoints are (21, 3), and how much that counts."""
        if self._place is not None and 0 <= stamp_ns - self._stamp_ns < LONGEST_S * 1e9:
            return self._place, EXPECTED
        self._turn = np.zeros_like(self._turn)
        own = np.median([view.points() for view in views], axis=0)
        found = triangulate(views, own, GUESSED)
        return found.place, GUESSED

    def _nearest(self, views: Sequence[View], expected: np.ndarray) -> int:
        """The camera whose own body is nearest to where the person was; without one, the surest."""
        if self._place is None:
            return int(np.argmax([view.motion.confidence.mean() for view in views]))
        return int(np.argmin([np.linalg.norm(view.points() - expected, axis=-1).mean() for view in views]))

    def _fitted(self, views: Sequence[View], places: Places, says: np.ndarray) -> Body:
        motions = [view.motion for view in views]
        quat = mean_rotations(motions, says)
        root = np.mean([view.shared(view.motion.root_cam.astype(np.float64)) for view in views], axis=0)
        convention = float(np.mean([motion.observation.keypoint_convention for motion in motions]))
        rounds = 1
        if self._bones is None:
            logs = np.log([motion.bone_ratio for motion in motions]).astype(np.float64)
            self._bones, rounds = Bones(np.exp(logs.mean(0))), FIRST_ROUNDS
        for again in range(rounds):
            body = fit_body(quat, root, self._bones.log_ratio, places, convention, self._turn)
            if self._learns:
                self._bones.learn(body.told, anew=again > 0)
        return body

    def _told(self, views: Sequence[View], places: Places, body: Body, stamp_ns: int) -> Motion:
        assert self._bones is not None
        motions = [view.motion for view in views]
        error = np.hypot(body.spread, LEAST_ERROR_M)
        off = np.zeros(NUM_JOINTS)
        np.maximum.at(off, BASE, np.where(places.seen_twice, body.off, 0.0))
        feet = np.stack([motion.contacts for motion in motions]).astype(np.float64)
        shown = np.stack([view.sure[17:21][[0, 2, 1, 3]] for view in views]) + 1e-6
        seen = self._seen(places, motions[0].observation.keypoint_convention, stamp_ns)
        return self._from_seat(body.quat, body.root, Motion(
            stamp_ns=stamp_ns,
            quat_local=body.quat,
            root_cam=body.root,
            bone_ratio=self._bones.ratio.astype(np.float32),
            confidence=(1 / (1 + np.hypot(error, off) / HALF_SURE_M)).astype(np.float32),
            contacts=((shown * feet).sum(0) / shown.sum(0)).astype(np.float32),
            observation=seen,
        ))  # fmt: skip

    def _alone(self, view: View, row: int, stamp_ns: int) -> tuple[Motion, tuple[int], np.ndarray]:
        """What one camera says, at the size that they all have measured before: nothing moves in its picture."""
        motion, ratio, scale = view.motion, view.motion.bone_ratio, 1.0
        if self._bones is not None:
            scale = float(person_scale(self._bones.ratio) / person_scale(ratio))
            ratio = self._bones.ratio.astype(np.float32)
        quat = motion.quat_local.astype(np.float64)
        quat[0] = quat_from_matrix(view.rotation @ matrix_from_quat(quat[0]))
        root = view.shared(motion.root_cam.astype(np.float64) * scale)
        own = motion.observation
        points = view.centre + view.rays @ view.rotation.T * float(motion.root_cam[2]) * scale
        seen = self._observed(points, own.confidence[:SITED], own.keypoint_convention, stamp_ns)
        self._turn = np.zeros_like(self._turn)
        sure = _turned_to(self.seat.camera.rotation.T @ view.rotation, root_covariance(motion))
        motion = replace(motion, stamp_ns=stamp_ns, bone_ratio=ratio, observation=seen)
        return self._from_seat(quat, root, motion), (row,), sure

    def _from_seat(self, quat: np.ndarray, root: np.ndarray, motion: Motion) -> Motion:
        camera = self.seat.camera
        quat = quat.copy()
        quat[0] = quat_from_matrix(camera.rotation.T @ matrix_from_quat(quat[0]))
        place = camera.rotation.T @ (root - camera.position)
        return replace(
            motion, quat_local=quat.astype(np.float32), root_cam=place.astype(np.float32), camera=camera, forecast=None,
            person_id=0,
        )  # fmt: skip

    def _seen(self, places: Places, convention: float, stamp_ns: int) -> Observation:
        return self._observed(places.place, (places.sure * places.heard).max(0), convention, stamp_ns)

    def _observed(self, points: np.ndarray, sure: np.ndarray, convention: float, stamp_ns: int) -> Observation:
        """What the seat's camera would see of points (21, 3) m."""
        camera = self.seat.camera
        local = (points - camera.position) @ camera.rotation
        shown = local[:, 2] > NEAREST
        keypoints, confidence = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
        if shown.any():
            keypoints[:SITED][shown] = self.seat.lens.project(local[shown])
        confidence[:SITED] = np.where(shown, sure, 0)
        for name, pair in _BETWEEN.items():
            ends = [KEYPOINT_INDEX[end] for end in pair]
            keypoints[KEYPOINT_INDEX[name]] = keypoints[ends].mean(0)
            confidence[KEYPOINT_INDEX[name]] = confidence[ends].min()
        return Observation(
            stamp_ns, self.seat.lens, keypoints, confidence, keypoint_convention=convention, camera=camera,
            camera_id=self.seat.name,
        )  # fmt: skip


def _put_right(views: Sequence[View], expected: np.ndarray, trusted: float) -> tuple[list[View], list[int], Places]:
    """The cameras with the left and right on which they agree, which groups of each were exchanged, the keypoints."""
    places = triangulate(views, expected, trusted)
    right, exchanged = put_right(views, places, expected)
    return right, exchanged, triangulate(right, expected, trusted) if any(exchanged) else places


def _turned(views: Sequence[View], body: Body) -> float:
    own = np.stack([view.rotation @ matrix_from_quat(view.motion.quat_local[0].astype(np.float64)) for view in views])
    return float(geodesic_angle(own, matrix_from_quat(body.quat[:1])).max())


def _turned_to(axes: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """A covariance (6, 6) of place and rotation in other axes."""
    turn = np.kron(np.eye(2), axes)
    return turn @ covariance @ turn.T
