"""What is logged to Rerun: the one place that turns frames and motions into its entities."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import rerun as rr

from vtm.body.body_shape import CONTACT_NAMES, CONTACT_POINTS, parts_of, shape_points
from vtm.body.hand import SIDES, finger_bend
from vtm.body.joint_angles import angles_from_quats
from vtm.body.skeleton import JOINT_NAMES, bone_lengths, person_scale, scaled_offsets, stature
from vtm.camera import Intrinsics
from vtm.types import CameraPose, Motion
from vtm_tools.draw.hand_figure import finger_lines
from vtm_tools.draw.overlay import NEAREST_M
from vtm_tools.draw.resized import resized_lens, resized_motion, small_image
from vtm_tools.draw.stick_figure import BONES, COLOURS, KEYPOINT_COLOUR, figure_points, side_of
from vtm_tools.view.capsules import capsules
from vtm_tools.view.curves import LIMBS, styles
from vtm_tools.view.other_people import OtherPeople
from vtm_trt.postprocess.floor import LEVEL, Floor
from vtm_trt.postprocess.gravity import told_by
from vtm_trt.postprocess.upright import level_axes

TIME = "time"
LONGEST_SIDE = 960
"""Images are logged no larger than this, pixels, as JPEG."""
JPEG_QUALITY = 80
FRUSTUM_M = 0.6
"""How far from the camera its image is shown."""
UNKNOWN_HEIGHT_M = 1.2
"""Where a level camera is shown until a motion tells its pose."""
WAY_S = 5.0
STANDS = 0.5
SEEN = 0.3
CAMERA, IMAGE, BODY, PLOTS, CAPTION = "world/camera", "world/camera/image", "world/body", "plots", "caption"
OTHERS = "world/people"
PELVIS = f"{BODY}/pelvis"
"""What the eye follows."""


class Scene:
    """Logs to `recording`: the camera's image, the 2D and the 3D body, the ground at z = 0, and plots over time.

    The world has z up. Time starts at the first stamp.
    """

    def __init__(self, recording: rr.RecordingStream):
        self._log, self._set_time, self._flush = recording.log, recording.set_time, recording.flush
        self._floor = Floor()
        self._began_ns: int | None = None
        self._last_ns: int | None = None
        self._angles: np.ndarray | None = None
        self._way: deque[tuple[int, np.ndarray]] = deque()
        self._shown, self._caption = False, ""
        self._lens: Intrinsics | None = None
        self._camera = CameraPose(level_axes(LEVEL), np.array([0.0, 0.0, UNKNOWN_HEIGHT_M]))
        self._others = OtherPeople(recording, IMAGE, OTHERS, LONGEST_SIDE)
        self._log("world", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
        for place, style in styles().items():
            self._log(f"{PLOTS}/{place}", style, static=True)

    def show_image(self, image: np.ndarray, stamp_ns: int, lens: Intrinsics) -> None:
        """Show the camera's image.

        Args:
            image: (H, W, 3) uint8 BGR.
            stamp_ns: When it was taken, nanoseconds.
            lens: The camera's.
        """
        self._at(stamp_ns)
        small = small_image(image, LONGEST_SIDE)
        self._show_lens(resized_lens(lens, small.shape[1], small.shape[0]))
        _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        self._log(IMAGE, rr.EncodedImage(contents=data.tobytes(), media_type="image/jpeg"))

    def show_motion(self, motion: Motion) -> None:
        """The person at the motion's stamp; where nothing told the camera's pose, standing feet do."""
        self._at(motion.stamp_ns)
        camera = (motion if motion.camera else self._floor(motion)).camera
        assert camera is not None, "Floor tells a camera"
        self._show_caption(told_by(camera).caption)
        camera = replace(camera, position=camera.position - [0.0, 0.0, camera.floor], floor=0.0)
        self._camera = camera
        self._log(CAMERA, rr.Transform3D(translation=camera.position, mat3x3=camera.rotation))
        self._show_2d(motion)
        self._show_3d(motion, camera)
        self._plot(motion)
        self._shown = True

    def show_other(self, number: int, motion: Motion) -> None:
        """Show another person at the motion's stamp, in the world that the last `show_motion` told."""
        self._at(motion.stamp_ns)
        self._others.show(number, motion, self._camera)

    def leave_out_others(self, stamp_ns: int, since_ns: int) -> None:
        """Show from this stamp on, nanoseconds, none of the others who were not seen since `since_ns`."""
        self._at(stamp_ns)
        self._others.leave_out_since(since_ns)

    def show_nobody(self, stamp_ns: int) -> None:
        """Show nobody from this stamp on, nanoseconds."""
        self._at(stamp_ns)
        if self._shown:
            for place in (BODY, f"{IMAGE}/person"):
                self._log(place, rr.Clear(recursive=True))
            self._shown, self._last_ns, self._angles = False, None, None
            self._way.clear()

    def show_times(self, stamp_ns: int, milliseconds: Mapping[str, float]) -> None:
        """Plot how long each stage took, milliseconds, for the frame of this stamp, nanoseconds."""
        self._at(stamp_ns)
        for stage, value in milliseconds.items():
            self._log(f"{PLOTS}/milliseconds/{stage}", rr.Scalars(value))

    def flush(self) -> None:
        """Wait until everything is on its way."""
        self._flush()

    def _at(self, stamp_ns: int) -> None:
        begins = self._began_ns is None
        self._began_ns = stamp_ns if self._began_ns is None else self._began_ns
        self._set_time(TIME, duration=(stamp_ns - self._began_ns) * 1e-9)
        if begins:
            self._log(CAMERA, rr.Transform3D(translation=[0.0, 0.0, UNKNOWN_HEIGHT_M], mat3x3=level_axes(LEVEL)))

    def _show_lens(self, lens: Intrinsics) -> None:
        """For all times: what lies in the image has its place in space even where no image is shown."""
        if lens != self._lens:
            self._lens = lens
            self._log(IMAGE, rr.Pinhole(
                image_from_camera=lens.matrix, width=lens.width, height=lens.height, camera_xyz=rr.ViewCoordinates.RDF,
                image_plane_distance=FRUSTUM_M,
            ), static=True)  # fmt: skip

    def _show_caption(self, caption: str) -> None:
        if caption != self._caption:
            self._caption = caption
            self._log(CAPTION, rr.TextDocument(caption))

    def _show_2d(self, motion: Motion) -> None:
        lens = motion.observation.intrinsics
        share = min(1.0, LONGEST_SIDE / max(lens.width, lens.height))
        motion = resized_motion(motion, round(lens.width * share), round(lens.height * share))
        points = figure_points(motion.quat_local, scaled_offsets(motion.bone_ratio), motion.root_cam.astype(float))
        self._show_lens(motion.observation.intrinsics)
        pixels = motion.observation.intrinsics.project(points)
        lines = [pixels[list(bone)] for bone in BONES if (points[list(bone), 2] > NEAREST_M).all()]
        colours = [COLOURS[side_of(bone[1])] for bone in BONES if (points[list(bone), 2] > NEAREST_M).all()]
        self._log(f"{IMAGE}/person/skeleton", rr.LineStrips2D(lines, colors=[_rgb(one) for one in colours], radii=2.0))
        if motion.hands:
            self._show_fingers_2d(motion)
        seen = motion.observation.confidence > SEEN
        keypoints = motion.observation.keypoints[seen]
        self._log(f"{IMAGE}/person/keypoints", rr.Points2D(keypoints, colors=_rgb(KEYPOINT_COLOUR), radii=3.0))

    def _show_fingers_2d(self, motion: Motion) -> None:
        lens, lines, colours = motion.observation.intrinsics, [], []
        for side, fingers in finger_lines(motion).items():
            if (fingers[..., 2] > NEAREST_M).all():
                lines += list(lens.project(fingers.reshape(-1, 3)).reshape(5, 5, 2))
                colours += [_rgb(COLOURS[side])] * 5
        self._log(f"{IMAGE}/person/fingers", rr.LineStrips2D(lines, colors=colours, radii=1.0))

    def _show_3d(self, motion: Motion, camera: CameraPose) -> None:
        points = shape_points(motion) @ camera.rotation.T + camera.position
        scale = float(person_scale(motion.bone_ratio))
        lengths, radii, places, quats, sides = capsules(parts_of(points), points, scale)
        colours = [_rgb(COLOURS[side]) for side in sides]
        self._log(f"{BODY}/shape", rr.Capsules3D(
            lengths=lengths, radii=radii, translations=places, quaternions=quats, colors=colours,
            fill_mode="solid",
        ))  # fmt: skip
        joints = points[: len(JOINT_NAMES)]
        self._log(f"{BODY}/joints", rr.Points3D(
            joints, colors=_confidence_colours(motion.confidence), radii=0.06 * scale, labels=JOINT_NAMES,
            show_labels=False,
        ))  # fmt: skip
        self._log(PELVIS, rr.Points3D(joints[:1], radii=0.01))
        standing = points[CONTACT_POINTS][motion.contacts > STANDS] * [1.0, 1.0, 0.0]
        self._log(f"{BODY}/contacts", rr.Points3D(standing, colors=(40, 190, 90), radii=0.05 * scale))
        self._way.append((motion.stamp_ns, joints[0]))
        while motion.stamp_ns - self._way[0][0] > WAY_S * 1e9:
            self._way.popleft()
        way = np.stack([place for _, place in self._way])
        self._log(f"{BODY}/way", rr.LineStrips3D([way * [1, 1, 0]], colors=(110, 110, 110), radii=0.008))

    def _plot(self, motion: Motion) -> None:
        offsets = scaled_offsets(motion.bone_ratio)
        self._angles = angles_from_quats(motion.quat_local, self._angles)
        for joint, angles in zip(JOINT_NAMES[1:], np.degrees(self._angles).reshape(-1, 3), strict=True):
            self._log(f"{PLOTS}/angles/{joint}", rr.Scalars(angles))
        lengths = dict(zip(JOINT_NAMES[1:], bone_lengths(offsets), strict=True))
        for joint in LIMBS:
            self._log(f"{PLOTS}/bones/to_{joint}", rr.Scalars(lengths[joint]))
        self._log(f"{PLOTS}/stature", rr.Scalars(stature(offsets)))
        for name, contact in zip(CONTACT_NAMES, motion.contacts, strict=True):
            self._log(f"{PLOTS}/contacts/{name}", rr.Scalars(contact))
        if motion.hands:
            for side, angles, sure in zip(SIDES, motion.hands.angles, motion.hands.confidence, strict=True):
                self._log(f"{PLOTS}/angles/{side}_fingers", rr.Scalars(np.degrees(finger_bend(angles))))
                self._log(f"{PLOTS}/hands/{side}", rr.Scalars(sure))
        self._log(f"{PLOTS}/confidence", rr.Scalars(motion.confidence.mean()))
        if self._last_ns is not None and motion.stamp_ns > self._last_ns:
            self._log(f"{PLOTS}/frames_per_second", rr.Scalars(1e9 / (motion.stamp_ns - self._last_ns)))
        self._last_ns = motion.stamp_ns


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _confidence_colours(confidence: np.ndarray) -> np.ndarray:
    """(N, 3) uint8: red for 0 by way of yellow to green for 1."""
    sure = np.clip(confidence, 0, 1)[:, None]
    return (np.concatenate([np.minimum(1, 2 - 2 * sure), np.minimum(1, 2 * sure), 0 * sure], -1) * 230).astype(np.uint8)
