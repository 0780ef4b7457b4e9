"""Made-up motion, and writers of foreign files that show it: skeletons of other names, rest poses, axes and units."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, PARENTS, VIRTUAL_OFFSETS

FPS = 60.0
Y_UP = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
"""Our world to one with y up, in which our forward is z and our left is x."""


def walk(frames: int = 90, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """local (T, 22, 3, 3) and root (T, 3) of a person who walks and waves: every joint turns, hinges about one axis."""
    rng = np.random.default_rng(seed)
    time = np.arange(frames) / FPS
    turns = np.zeros((frames, NUM_JOINTS, 3))
    for joint in range(NUM_JOINTS):
        swing = np.sin(2 * np.pi * rng.uniform(0.3, 1.0, 3) * time[:, None] + rng.uniform(0, 6.28, 3))
        turns[:, joint] = 0.25 * swing
    bend = 0.6 + 0.5 * np.sin(2 * np.pi * 0.8 * time)
    for name, axis in (("left_knee", (0, 1, 0)), ("right_knee", (0, 1, 0)),
                       ("left_elbow", (0, 0, -1)), ("right_elbow", (0, 0, 1))):  # fmt: skip
        turns[:, JOINT_INDEX[name]] = bend[:, None] * np.array(axis)
    local = Rotation.from_rotvec(turns.reshape(-1, 3)).as_matrix().reshape(frames, NUM_JOINTS, 3, 3)
    for name, down in (("left_shoulder", -60), ("right_shoulder", 60)):
        local[:, JOINT_INDEX[name]] = Rotation.from_euler("x", down, True).as_matrix() @ local[:, JOINT_INDEX[name]]
    root = np.stack([1.2 * time, 0.1 * np.sin(5 * time), 0.95 + 0.02 * np.sin(9 * time)], 1)
    return local, root


def t_pose() -> np.ndarray:
    return np.broadcast_to(np.eye(3), (NUM_JOINTS, 3, 3)).copy()


def a_pose() -> np.ndarray:
    """local (22, 3, 3): arms 50 degrees down, elbows bent forward, legs spread, collars raised."""
    local = t_pose()
    for side, s in (("left", 1), ("right", -1)):
        for part, axes, degrees in (
            ("collar", "x", s * 12), ("shoulder", "x", -s * 62), ("elbow", "z", -s * 15), ("hip", "x", s * 8)
        ):  # fmt: skip
            local[JOINT_INDEX[f"{side}_{part}"]] = Rotation.from_euler(axes, degrees, True).as_matrix()
    return local


@dataclass
class Foreign:
    """A skeleton of other joints than ours that moves as ours does.

    names: ours -> theirs; joints of ours without a name are missing.  rest: local (22, 3, 3), the pose of ours in which
    theirs has no rotation.  world (3, 3): our world to theirs.  unit: theirs per metre.  tips: further joints, by name,
    ours from which each hangs and where it is in its frame, m.
    """

    names: dict[str, str]
    rest: np.ndarray = field(default_factory=t_pose)
    world: np.ndarray = field(default_factory=lambda: Y_UP)
    unit: float = 100.0
    offsets: np.ndarray = field(default_factory=lambda: VIRTUAL_OFFSETS)
    tips: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)

    def parent(self, joint: int) -> int:
        """The nearest joint above that theirs has, -1 for the pelvis."""
        above = PARENTS[joint]
        while above >= 0 and JOINT_NAMES[above] not in self.names:
            above = PARENTS[above]
        return above

    def joints(self) -> list[int]:
        return [joint for joint in range(NUM_JOINTS) if JOINT_NAMES[joint] in self.names]

    def stood(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations and positions of ours in the rest pose of theirs."""
        return forward_kinematics(self.rest, self.offsets, np.zeros(3))

    def place(self, joint: int) -> np.ndarray:
        """Their offset."""
        position = self.stood()[1]
        start = position[self.parent(joint)] if joint else position[0]
        return self.unit * self.world @ (position[joint] - start)

    def turned(self, local: np.ndarray) -> np.ndarray:
        """Their parent-relative rotations (T, 22, 3, 3) for ours."""
        moving = forward_kinematics(local, self.offsets, np.zeros((len(local), 3)))[0]
        world = self.world @ moving @ np.swapaxes(self.stood()[0], -1, -2) @ self.world.T
        theirs = world.copy()
        for joint in self.joints():
            if joint:
                theirs[:, joint] = np.swapaxes(world[:, self.parent(joint)], -1, -2) @ world[:, joint]
        return theirs


def write_foreign_bvh(
    path: Path, person: Foreign, local: np.ndarray, root: np.ndarray, fps: float = FPS, order: str = "ZXY"
) -> Path:
    turned = person.turned(local)
    columns: list[np.ndarray] = []

    def joint_text(joint: int, indent: str) -> str:
        channels = [f"{axis}rotation" for axis in order]
        angles = Rotation.from_matrix(turned[:, joint]).as_euler(order.upper(), degrees=True)
        if joint == 0:
            channels = ["Xposition", "Yposition", "Zposition", *channels]
            columns.append(person.unit * root @ person.world.T)
        columns.append(angles)
        children = [child for child in person.joints() if child and person.parent(child) == joint]
        inner = "".join(joint_text(child, indent + "  ") for child in children)
        for name, (above, place) in person.tips.items():
            if above == JOINT_NAMES[joint]:
                place = " ".join(map(str, person.unit * person.world @ person.stood()[0][joint] @ place))
                inner += f"{indent}  JOINT {name}\n{indent}  {{\n{indent}    OFFSET {place}\n{indent}  }}\n"
        inner = inner or f"{indent}  End Site\n{indent}  {{\n{indent}    OFFSET 0 0 1\n{indent}  }}\n"
        head = f"{'JOINT' if joint else 'ROOT'} {person.names[JOINT_NAMES[joint]]}"
        offset = " ".join(f"{value:.7f}" for value in person.place(joint))
        lines = [head, "{", f"  OFFSET {offset}", f"  CHANNELS {len(channels)} {' '.join(channels)}"]
        return "".join(f"{indent}{line}\n" for line in lines) + inner + f"{indent}}}\n"

    text = "HIERARCHY\n" + joint_text(0, "")
    rows = "\n".join(" ".join(f"{value:.6f}" for value in row) for row in np.concatenate(columns, 1))
    path.write_text(f"{text}MOTION\nFrames: {len(local)}\nFrame Time: {1 / fps:.8f}\n{rows}\n")
    return path


def write_foreign_asf_amc(path: Path, person: Foreign, local: np.ndarray, root: np.ndarray, seed: int = 0) -> Path:
    """`path` is the .amc; every bone turns about axes of its own. Bones begin where the bone above ends."""
    axes = Rotation.random(NUM_JOINTS, random_state=seed).as_matrix()
    bones, tree = [], {}
    ends = {joint: [] for joint in person.joints()}
    for joint in person.joints():
        if joint:
            ends[person.parent(joint)].append(joint)
    amc = ["#!made up", ":FULLY-SPECIFIED", ":DEGREES"]
    turned = person.turned(local)
    for joint in person.joints():
        # a bone that forks gets one bone without freedom to each of its children, as CMU's hip joints are
        forks = ends[joint] if len(ends[joint]) != 1 or joint == 0 else []
        name = person.names[JOINT_NAMES[joint]] if joint else "root"
        tip = person.place(ends[joint][0]) if len(ends[joint]) == 1 and joint else np.zeros(3)
        if joint:
            bones.append((name, tip, axes[joint], True))
        tree[name] = []
        for child in ends[joint]:
            child_name = person.names[JOINT_NAMES[child]]
            if forks:
                bones.append((f"to{child_name}", person.place(child), np.eye(3), False))
                tree[name].append(f"to{child_name}")
                tree[f"to{child_name}"] = [child_name]
            else:
                tree[name].append(child_name)
    asf = [":version 1.10", ":units", f"  length {person.unit * 0.0254:.8f}", "  angle deg", ":root",
           "  order TX TY TZ RX RY RZ", "  axis XYZ", "  orientation 0 0 0", ":bonedata"]  # fmt: skip
    for name, tip, axis, free in bones:
        length = np.linalg.norm(tip)
        direction = tip / length if length else np.array([1.0, 0, 0])
        turn = Rotation.from_matrix(axis).as_euler("xyz", degrees=True)
        asf += ["  begin", f"    name {name}", f"    direction {_row(direction)}", f"    length {length:.8f}",
                f"    axis {_row(turn)}  XYZ", *(["    dof rx ry rz"] if free else []), "  end"]  # fmt: skip
    asf += [
        ":hierarchy",
        "  begin",
        *(f"    {name} {' '.join(below)}" for name, below in tree.items() if below),
        "  end",
    ]
    path.with_suffix(".asf").write_text("\n".join(asf) + "\n")
    for frame in range(len(local)):
        amc.append(str(frame + 1))
        place = person.unit * person.world @ root[frame]
        amc.append(f"root {_row(place)} {_row(_angles(turned[frame, 0], np.eye(3)))}")
        for joint in person.joints()[1:]:
            name = person.names[JOINT_NAMES[joint]]
            amc.append(f"{name} {_row(_angles(turned[frame, joint], axes[joint]))}")
    path.write_text("\n".join(amc) + "\n")
    return path


def _angles(turn: np.ndarray, axis: np.ndarray) -> np.ndarray:
    return Rotation.from_matrix(axis.T @ turn @ axis).as_euler("xyz", degrees=True)


def _row(values: Sequence[float] | np.ndarray) -> str:
    return " ".join(f"{value:.7f}" for value in values)


def _sided(**parts: str) -> dict[str, str]:
    return {f"{side.lower()}_{part}": name.format(side) for side in ("Left", "Right") for part, name in parts.items()}


MIXAMO = {
    "pelvis": "mixamorig:Hips", "spine1": "mixamorig:Spine", "spine2": "mixamorig:Spine1", "spine3": "mixamorig:Spine2",
    "neck": "mixamorig:Neck", "head": "mixamorig:Head",
    **_sided(hip="mixamorig:{}UpLeg", knee="mixamorig:{}Leg", ankle="mixamorig:{}Foot", foot="mixamorig:{}ToeBase",
             collar="mixamorig:{}Shoulder", shoulder="mixamorig:{}Arm", elbow="mixamorig:{}ForeArm",
             wrist="mixamorig:{}Hand"),
}  # fmt: skip
XSENS = {
    "pelvis": "Hips", "spine1": "Chest", "spine2": "Chest2", "spine3": "Chest4", "neck": "Neck", "head": "Head",
    **_sided(hip="{}Hip", knee="{}Knee", ankle="{}Ankle", foot="{}Toe", collar="{}Collar", shoulder="{}Shoulder",
             elbow="{}Elbow", wrist="{}Wrist"),
}  # fmt: skip
SMPL = {
    "pelvis": "Pelvis", "spine1": "Spine1", "spine2": "Spine2", "spine3": "Spine3", "neck": "Neck", "head": "Head",
    **{f"{side}_{part}": f"{side[0].upper()}_{name}" for side in ("left", "right") for part, name in (
        ("hip", "Hip"), ("knee", "Knee"), ("ankle", "Ankle"), ("foot", "Foot"), ("collar", "Collar"),
        ("shoulder", "Shoulder"), ("elbow", "Elbow"), ("wrist", "Wrist"))},
}  # fmt: skip
BANDAI = {
    "pelvis": "Hips", "spine1": "Spine", "spine3": "Chest", "neck": "Neck", "head": "Head",
    **{f"{side}_{part}": f"{name}_{side[0].upper()}" for side in ("left", "right") for part, name in (
        ("hip", "UpperLeg"), ("knee", "LowerLeg"), ("ankle", "Foot"), ("foot", "Toes"), ("collar", "Shoulder"),
        ("shoulder", "UpperArm"), ("elbow", "LowerArm"), ("wrist", "Hand"))},
}  # fmt: skip
UNREAL = {
    "pelvis": "pelvis", "spine1": "spine_01", "spine2": "spine_02", "spine3": "spine_03", "neck": "neck_01",
    "head": "head",
    **{f"{side}_{part}": f"{name}_{side[0]}" for side in ("left", "right") for part, name in (
        ("hip", "thigh"), ("knee", "calf"), ("ankle", "foot"), ("foot", "ball"), ("collar", "clavicle"),
        ("shoulder", "upperarm"), ("elbow", "lowerarm"), ("wrist", "hand"))},
}  # fmt: skip
BLENDER = {
    "pelvis": "hips", "spine1": "spine", "spine3": "chest", "neck": "neck", "head": "head",
    **{f"{side}_{part}": f"{name}.{side[0].upper()}" for side in ("left", "right") for part, name in (
        ("hip", "thigh"), ("knee", "shin"), ("ankle", "foot"), ("foot", "toe"), ("collar", "shoulder"),
        ("shoulder", "upper_arm"), ("elbow", "forearm"), ("wrist", "hand"))},
}  # fmt: skip
POSER = {
    "pelvis": "hip", "spine1": "abdomen", "spine3": "chest", "neck": "neck", "head": "head",
    **{f"{side}_{part}": f"{side[0]}{name}" for side in ("left", "right") for part, name in (
        ("hip", "Thigh"), ("knee", "Shin"), ("ankle", "Foot"), ("collar", "Collar"), ("shoulder", "Shldr"),
        ("elbow", "ForeArm"), ("wrist", "Hand"))},
}  # fmt: skip
BIPED = {
    "pelvis": "Bip01 Pelvis", "spine1": "Bip01 Spine", "spine3": "Bip01 Spine1", "neck": "Bip01 Neck",
    "head": "Bip01 Head",
    **{f"{side}_{part}": f"Bip01 {side[0].upper()} {name}" for side in ("left", "right") for part, name in (
        ("hip", "Thigh"), ("knee", "Calf"), ("ankle", "Foot"), ("foot", "Toe0"), ("collar", "Clavicle"),
        ("shoulder", "UpperArm"), ("elbow", "Forearm"), ("wrist", "Hand"))},
}  # fmt: skip
CMU = {
    "pelvis": "root", "spine1": "lowerback", "spine2": "upperback", "spine3": "thorax", "neck": "lowerneck",
    "head": "head",
    **{f"{side}_{part}": f"{side[0]}{name}" for side in ("left", "right") for part, name in (
        ("hip", "femur"), ("knee", "tibia"), ("ankle", "foot"), ("foot", "toes"), ("collar", "clavicle"),
        ("shoulder", "humerus"), ("elbow", "radius"), ("wrist", "hand"))},
}  # fmt: skip
DEEPMIMIC = {name: MIXAMO[name] for name in MIXAMO if not name.endswith(("collar", "foot", "neck"))
             and name not in ("spine1", "spine2")}  # fmt: skip
SKELETONS = {
    "Mixamo": MIXAMO, "Xsens": XSENS, "SMPL": SMPL, "Bandai Namco": BANDAI, "Unreal": UNREAL, "Blender": BLENDER,
    "Poser": POSER, "Biped": BIPED, "few joints": DEEPMIMIC,
}  # fmt: skip
