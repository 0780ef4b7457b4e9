"""What a recording holds, and the motion files made from it."""

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.assemble import assemble
from vtm.files.atomic_file import atomic_file
from vtm.files.bvh import write_bvh
from vtm.files.motion_file import MotionClip
from vtm.files.whole_body import whole_body
from vtm.types import Motion
from vtm_trt.session_log import captured_frame
from vtm_trt.session_log.lock import refuse_written
from vtm_trt.session_log.losses import Losses
from vtm_trt.session_log.mcap_file import McapFile, messages

PERSON = re.compile(r"/person_(\d+)$")
"""The end of a topic with the frames of one of several people."""
OPERATOR = 0
"""Nobody's number, which are from 1 up: the motions of the operator, or of the only person."""
LEAST_S = 0.5
"""Seconds for which one of several is seen at least to have a file."""
USUAL_FPS = 30.0
LONGEST_PAUSE_S = 5.0
"""A longer time without frames is this long in BVH, which has a row for every instant."""


@dataclass(frozen=True)
class Session:
    """What was recorded.

    Attributes:
        frames: The camera of every frame that was captured, by its stamp in nanoseconds, in order of time.
        motions: In order of time; each bears the stamp of one of the frames. Of several people the operator's.
        people: Likewise the motions of each of several people, by number.
    """

    frames: dict[int, Intrinsics]
    motions: list[Motion]
    people: dict[int, list[Motion]] = field(default_factory=dict)

    @property
    def fps(self) -> float:
        """Frames per second at the usual distance between two frames."""
        return 1e9 / float(np.median(np.diff(list(self.frames)))) if len(self.frames) > 1 else USUAL_FPS

    def clip(self, person: int | None = None) -> MotionClip:
        """The session as one clip, seen by the last camera: keypoints of earlier ones are put where it sees them.

        Args:
            person: The number of one of several people, None for the operator, or the only one.
        """
        camera, motions = list(self.frames.values())[-1], self.motions if person is None else self.people[person]
        return assemble([_seen_by(camera, motion) for motion in motions], list(self.frames), self.fps, camera)

    def person_files(self, recording: Path) -> dict[int, Path]:
        """The motion file of each of several people who was seen for long enough, by number."""
        kept = sorted(number for number, motions in self.people.items() if len(motions) / self.fps >= LEAST_S)
        return {number: recording.with_name(f"{recording.stem}.person_{number}.npz") for number in kept}


def read_session(path: Path) -> Session:
    """The session of a recording, of one that was cut off or damaged all that can be read.

    Of two frames with the same stamp, as when a bag is played twice, the later counts.

    Args:
        path: The recording (.mcap).

    Raises:
        VtmError: It is no recording of the capture node.
    """
    frames: dict[int, Intrinsics] = {}
    people: dict[int, dict[int, Motion]] = {OPERATOR: {}}
    found = False
    for topic, _, data in messages(path):
        if topic.type != captured_frame.TYPE:
            found = True
            continue
        try:
            stamp_ns, camera, motion = captured_frame.decode(data)
        except ValueError as fault:
            raise VtmError(f"{path} holds frames of another version of vtm ({fault}); read it with that one") from fault
        frames[stamp_ns] = camera
        if motion is not None:
            person = PERSON.search(topic.name)
            people.setdefault(int(person[1]) if person else OPERATOR, {})[stamp_ns] = motion
    if found and not frames:
        raise VtmError(f"{path} holds no captured frame; record with the service ~/record of the node capture")
    in_order = {number: [motions[stamp] for stamp in sorted(motions)] for number, motions in people.items()}
    return Session(dict(sorted(frames.items())), in_order.pop(OPERATOR), in_order)


def write_motion_files(recording: Path) -> list[Path]:
    """Write motion (.npz) and BVH beside a recording; of several people these are the operator's, and each has an .npz.

    Returns:
        The paths written, none without a frame, no BVH when nobody was seen.

    Raises:
        VtmError: They cannot be written.
    """
    session = read_session(recording)
    if not session.frames:
        return []
    clip = session.clip()
    written = [recording.with_suffix(".npz")]
    clip.save(written[0])
    if session.motions:
        written.append(recording.with_suffix(".bvh"))
        rows, body = even_rows(clip.stamps, session.fps), whole_body(clip)
        quats = body.quat_local[rows]
        write_bvh(written[1], quats, clip.root_cam[rows], body.offsets, session.fps, skeleton=body.skeleton)
    for number, path in session.person_files(recording).items():
        session.clip(number).save(path)
        written.append(path)
    return written


def even_rows(stamps: np.ndarray, fps: float) -> np.ndarray:
    """The frames nearest to the instants of a steady rate.

    Args:
        stamps: (T,) s, increasing.
        fps: Frames/s.

    Returns:
        Indices (N,).
    """
    seconds = np.concatenate([[0.0], np.cumsum(np.minimum(np.diff(stamps), LONGEST_PAUSE_S))])
    instants = np.arange(round(seconds[-1] * fps) + 1) / fps
    return np.searchsorted((seconds[1:] + seconds[:-1]) / 2, instants)


class Recovery(NamedTuple):
    """What a recovery wrote, the recording first, and what was lost."""

    files: list[Path]
    losses: Losses


def recover(recording: Path, out: Path | None = None) -> Recovery:
    """Write all that can be read of a recording that was cut off or damaged into a new file with its index.

    Beside it are the motion files; the recording itself stays as it is.

    Args:
        recording: The recording (.mcap).
        out: By default NAME.recovered.mcap beside NAME.mcap.

    Raises:
        VtmError: There is nothing in it, it is still being written, or a file of that name exists; nothing is written.
    """
    out = out or recording.with_suffix(".recovered.mcap")
    refuse_written(recording)
    session = read_session(recording)
    if not session.frames:
        raise VtmError(f"{recording} holds nothing that can be read; take it from a backup, or record again")
    for path in (out, out.with_suffix(".npz"), out.with_suffix(".bvh"), *session.person_files(out).values()):
        if os.path.lexists(path):
            raise VtmError(f"cannot write {path}: it exists; move it away, or choose another name with --out")
    losses = Losses()
    with atomic_file(out, durable=True) as temporary, temporary.open("wb") as file:
        whole = McapFile(file)
        for topic, time_ns, data in messages(recording, losses):
            whole.add(topic, time_ns, data)
        whole.finish()
    return Recovery([out, *write_motion_files(out)], losses)


def _seen_by(camera: Intrinsics, motion: Motion) -> Motion:
    seen = motion.observation
    if seen.intrinsics == camera:
        return motion
    keypoints = camera.project(np.concatenate([seen.rays, np.ones((len(seen.rays), 1))], axis=1))
    return replace(motion, observation=replace(seen, intrinsics=camera, keypoints=keypoints.astype(np.float32)))
