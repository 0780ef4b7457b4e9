"""Are the published messages consistent? Evaluation with XML and SciPy alone, nothing of the package."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import numpy as np
from scipy.spatial.transform import Rotation

SAME_M, SAME_TURN, UNIT = 1e-3, 1e-3, 1e-6
TOPICS_RACE_NS = 100_000_000
"""A description may overtake, or be overtaken by, a joint state sent at the same time."""
SEEN_SHARE = 0.95


class CheckFailed(Exception):
    """A check of the demo that failed, in one sentence."""


def require(condition: bool, complaint: str) -> None:
    if not condition:
        raise CheckFailed(complaint)


class Joint:
    """One revolute joint of a URDF."""

    def __init__(self, element: ElementTree.Element):
        def attribute(part: str, name: str) -> np.ndarray:
            return np.array(element.find(part).get(name).split(), dtype=float)

        self.name = element.get("name")
        self.parent, self.child = (element.find(end).get("link") for end in ("parent", "child"))
        self.offset, self.axis = attribute("origin", "xyz"), attribute("axis", "xyz")
        self.turn = Rotation.from_euler("xyz", attribute("origin", "rpy")).as_matrix()
        (self.low,), (self.high,) = attribute("limit", "lower"), attribute("limit", "upper")


class Urdf:
    """A robot description that can do forward kinematics."""

    def __init__(self, text: str):
        robot = ElementTree.fromstring(text)
        self.links = {link.get("name") for link in robot.iter("link")}
        self.joints = [Joint(element) for element in robot.iter("joint")]
        children = {joint.child for joint in self.joints}
        require(len(children) == len(self.joints), "a link of the URDF has two parents")
        (self.base,) = self.links - children

    def places(self, angles: dict[str, float]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Position (3,) and rotation (3, 3) of every link in the base link for these joint angles."""
        found = {self.base: (np.zeros(3), np.eye(3))}
        for joint in self.joints:
            position, turn = found[joint.parent]
            own = joint.turn @ Rotation.from_rotvec(angles[joint.name] * joint.axis).as_matrix()
            found[joint.child] = position + turn @ joint.offset, turn @ own
        return found


def check(heard, frames: int) -> Iterator[str]:
    """What holds, line by line. Raises CheckFailed at the first thing that does not."""
    require(bool(heard.joint_states), "no joint state has arrived")
    require(bool(heard.descriptions), "no robot description has arrived")
    yield check_stamps(heard, frames)
    urdfs = [Urdf(text) for text in heard.descriptions]
    yield check_joint_states(heard, urdfs)
    trees = [tree(message) for message in heard.transforms]
    yield check_trees(heard, trees)
    yield check_kinematics(heard, urdfs, trees)


def stamp_of(header) -> tuple[int, int]:
    return header.stamp.sec, header.stamp.nanosec


def check_stamps(heard, frames: int) -> str:
    images = [stamp_of(info.header) for info in heard.camera_infos]
    require(len(images) >= SEEN_SHARE * frames, f"the camera's stamps: only {len(images)} of {frames} have arrived")
    poses = [stamp_of(message.header) for message in heard.joint_states]
    require(len(set(poses)) == len(poses), "two joint states have the same stamp")
    require(set(poses) <= set(images), "a joint state has a stamp that no image has")
    for topic, stamps in (
        ("/tf", [stamp_of(message.transforms[0].header) for message in heard.transforms]),
        ("root_pose", [stamp_of(message.header) for message in heard.root_poses]),
    ):
        require(stamps == poses, f"the stamps on {topic} are not those of the joint states")
    require(len(heard.contacts) == len(poses), "contacts and joint states differ in number")
    return f"{len(poses)} joint states, TF messages and root poses bear the stamps of their images"


def check_joint_states(heard, urdfs: list[Urdf]) -> str:
    limits = {joint.name: (joint.low, joint.high) for urdf in urdfs for joint in urdf.joints}
    for message in heard.joint_states:
        require(set(message.name) == set(limits), "the names in a joint state are not the joints of the URDF")
        angles = np.array(message.position)
        require(len(angles) == len(message.name) and bool(np.isfinite(angles).all()), "a joint angle is no number")
        low, high = np.array([limits[name] for name in message.name]).T
        require(bool(((angles >= low) & (angles <= high)).all()), "a joint angle is outside the limits of the URDF")
    return f"{len(limits)} joint angles, finite and within the limits of {len(urdfs)} URDF(s)"


def tree(message) -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    """Child frame -> parent frame, translation, quaternion."""
    return {
        one.child_frame_id: (
            one.header.frame_id,
            np.array([getattr(one.transform.translation, axis) for axis in "xyz"]),
            np.array([getattr(one.transform.rotation, axis) for axis in "xyzw"]),
        )
        for one in message.transforms
    }


def check_trees(heard, trees: list[dict]) -> str:
    camera = heard.camera_infos[0].header.frame_id
    frames = set(trees[0])
    for message, transforms in zip(heard.transforms, trees, strict=True):
        require(set(transforms) == frames and len(message.transforms) == len(frames), "TF lacks or repeats a frame")
        for frame, (_, translation, quat) in transforms.items():
            require(bool(np.isfinite(translation).all()), f"the translation of {frame} is no number")
            require(abs(np.linalg.norm(quat) - 1) < UNIT, f"the quaternion of {frame} is not of unit length")
            ancestors = {frame}
            while frame != camera:
                frame = transforms[frame][0] if frame in transforms else ""
                require(
                    bool(frame) and frame not in ancestors, f"TF does not lead from {sorted(ancestors)} to {camera}"
                )
                ancestors.add(frame)
    return f"TF: {len(frames)} frames, one tree under {camera}, unit quaternions"


def check_kinematics(heard, urdfs: list[Urdf], trees: list[dict]) -> str:
    worst_m = worst_turn = 0.0
    for message, arrival, transforms in zip(heard.joint_states, heard.joint_states_at, trees, strict=True):
        angles = dict(zip(message.name, message.position, strict=True))
        errors = [difference(urdfs[k].places(angles), urdfs[k].base, transforms) for k in in_force(heard, arrival)]
        metres, turn = min(errors, default=(np.inf, np.inf))
        worst_m, worst_turn = max(worst_m, metres), max(worst_turn, turn)
    require(worst_m < SAME_M, f"forward kinematics of the URDF is {1000 * worst_m:.2f} mm away from TF")
    require(worst_turn < SAME_TURN, f"forward kinematics of the URDF is turned from TF by {worst_turn:.4f} rad")
    return f"forward kinematics of the URDF with the joint states equals TF within {1000 * worst_m:.1g} mm"


def in_force(heard, arrival: int) -> list[int]:
    """Indices of the descriptions that may belong to a joint state: the last before it and those just after."""
    before = [k for k, at in enumerate(heard.descriptions_at) if at <= arrival]
    around = [k for k, at in enumerate(heard.descriptions_at) if abs(at - arrival) <= TOPICS_RACE_NS]
    return sorted({*before[-1:], *around})


def difference(places: dict, base: str, transforms: dict) -> tuple[float, float]:
    """Largest distance (m) and turn (rad) between the links and the TF frames of the same names, both in the base."""
    by_name = {frame.split("/")[-1]: (parent.split("/")[-1], *place) for frame, (parent, *place) in transforms.items()}
    found = {base: (np.zeros(3), np.eye(3))}

    def place(name: str) -> tuple[np.ndarray, np.ndarray]:
        if name not in found:
            parent, translation, quat = by_name[name]
            position, turn = place(parent)
            found[name] = position + turn @ translation, turn @ Rotation.from_quat(quat).as_matrix()
        return found[name]

    metres = [np.linalg.norm(place(name)[0] - places[name][0]) for name in by_name]
    turns = [Rotation.from_matrix(place(name)[1].T @ places[name][1]).magnitude() for name in by_name]
    return max(metres), max(turns)
