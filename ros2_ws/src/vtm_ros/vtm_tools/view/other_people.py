"""The others beside the one whom the viewer's plots are about: as lines in colours of their own, with numbers."""

import numpy as np
import rerun as rr

from vtm.body.skeleton import scaled_offsets
from vtm.types import CameraPose, Motion
from vtm_tools.draw.hand_figure import finger_lines
from vtm_tools.draw.overlay import NEAREST_M
from vtm_tools.draw.people import person_colour
from vtm_tools.draw.resized import resized_motion
from vtm_tools.draw.stick_figure import BONES, figure_points


class OtherPeople:
    """Logs people to `recording`.

    Args:
        recording: Of Rerun.
        image: The entity of the camera's image.
        body: The entity in space whose children they are.
        longest_side: Of the image as it is shown, pixels.
    """

    def __init__(self, recording: rr.RecordingStream, image: str, body: str, longest_side: int):
        self._log, self._places = recording.log, (f"{image}/people", body)
        self._longest_side = longest_side
        self._seen: dict[int, int] = {}

    def show(self, number: int, motion: Motion, camera: CameraPose) -> None:
        """Show the person with this number as `motion` has it, in the world of `camera`."""
        in_image, in_space = (f"{place}/{number}" for place in self._places)
        lens = motion.observation.intrinsics
        share = min(1.0, self._longest_side / max(lens.width, lens.height))
        motion = resized_motion(motion, round(lens.width * share), round(lens.height * share))
        points = figure_points(motion.quat_local, scaled_offsets(motion.bone_ratio), motion.root_cam.astype(float))
        pixels = motion.observation.intrinsics.project(points)
        colour = tuple(bytes.fromhex(person_colour(number).removeprefix("#")))
        drawn = [list(bone) for bone in BONES if (points[list(bone), 2] > NEAREST_M).all()]
        self._log(f"{in_image}/skeleton", rr.LineStrips2D([pixels[bone] for bone in drawn], colors=colour, radii=3.0))
        places = points @ camera.rotation.T + camera.position
        bones = [places[list(bone)] for bone in BONES]
        self._log(f"{in_space}/skeleton", rr.LineStrips3D(bones, colors=colour, radii=0.02))
        if motion.hands:
            fingers = [line for lines in finger_lines(motion).values() for line in lines]
            seen = [motion.observation.intrinsics.project(line) for line in fingers if (line[:, 2] > NEAREST_M).all()]
            self._log(f"{in_image}/fingers", rr.LineStrips2D(seen, colors=colour, radii=1.0))
            lines = [line @ camera.rotation.T + camera.position for line in fingers]
            self._log(f"{in_space}/fingers", rr.LineStrips3D(lines, colors=colour, radii=0.006))
        top = places[np.argmax(places[:, 2])][None]
        self._log(f"{in_space}/number", rr.Points3D(top, colors=colour, radii=0.03, labels=f"{number}"))
        self._seen[number] = motion.stamp_ns

    def leave_out_since(self, stamp_ns: int) -> None:
        """Show nobody any more who was not seen since this stamp, nanoseconds."""
        for number in [number for number, seen_ns in self._seen.items() if seen_ns < stamp_ns]:
            del self._seen[number]
            for place in self._places:
                self._log(f"{place}/{number}", rr.Clear(recursive=True))
