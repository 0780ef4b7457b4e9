"""A robot in MuJoCo, out of its URDF: fixed at its base, its joints driven by springs as strong as the motors are."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import mujoco
import numpy as np

STEP_S = 0.002
FULL_EFFORT_RAD = 0.1
"""A joint that is so far from where it should be pushes as hard as it may."""
INSIDE_RAD = 0.05
"""It stands in the beginning at zero, or so far from the end of a range."""
WEAKEST = 5.0
"""Nm or N, of joints whose effort the URDF does not tell."""


class SimulatedBody:
    """names: of the n joints that move.  q: (n,) rad or m.  wanted: (n,) where they should be.  limits: (n, 2) of the
    URDF.  effort: (n,) the most of each drive.
    """

    def __init__(self, urdf: Path):
        self._model = _spec(urdf).compile()
        self._data = mujoco.MjData(self._model)
        self.names = [self._model.joint(joint).name for joint in range(self._model.njnt)]
        self.limits = self._model.jnt_range.copy()
        self.effort = self._model.actuator_forcerange[:, 1].copy()
        self.wanted = np.clip(np.zeros(len(self.names)), *(self.limits + [INSIDE_RAD, -INSIDE_RAD]).T)
        self._data.qpos[:] = self.wanted
        mujoco.mj_forward(self._model, self._data)
        self._dampen()

    @property
    def q(self) -> np.ndarray:
        return self._data.qpos.copy()

    @property
    def velocity(self) -> np.ndarray:
        return self._data.qvel.copy()

    @property
    def torque(self) -> np.ndarray:
        """(n,) of the drives."""
        return self._data.actuator_force.copy()

    def advance(self, seconds: float) -> None:
        """Let time pass, in steps of STEP_S."""
        for _ in range(round(seconds / STEP_S)):
            self._data.ctrl[:] = self.wanted
            mujoco.mj_step(self._model, self._data)

    def _dampen(self) -> None:
        """Critical damping for the inertia that each joint feels here."""
        inertia = np.zeros((self._model.nv, self._model.nv))
        mujoco.mj_fullM(self._model, self._data, inertia)
        stiffness = self._model.actuator_gainprm[:, 0]
        self._model.actuator_biasprm[:, 2] = -2 * np.sqrt(stiffness * np.diag(inertia))


def _spec(urdf: Path) -> mujoco.MjSpec:
    """The URDF without its meshes and contacts, with a drive at each joint."""
    robot = ElementTree.parse(urdf).getroot()
    efforts = {}
    for link in robot.findall("link"):
        for shape in [*link.findall("visual"), *link.findall("collision")]:
            link.remove(shape)
    for joint in robot.findall("joint"):
        if joint.get("type") == "floating":
            joint.set("type", "fixed")
        if joint.get("type") in ("revolute", "prismatic", "continuous"):
            limit = joint.find("limit")
            efforts[joint.get("name")] = float(limit.get("effort", 0)) if limit is not None else 0.0
    extension = ElementTree.SubElement(robot, "mujoco")
    settings = dict(
        fusestatic="false", discardvisual="false", balanceinertia="true", boundmass="0.01", boundinertia="1e-4"
    )
    ElementTree.SubElement(extension, "compiler", settings)
    spec = mujoco.MjSpec.from_string(ElementTree.tostring(robot, encoding="unicode"))
    spec.option.timestep = STEP_S
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    for joint in spec.joints:
        most = efforts.get(joint.name) or WEAKEST
        drive = spec.add_actuator(name=joint.name, target=joint.name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        drive.gaintype, drive.biastype = mujoco.mjtGain.mjGAIN_FIXED, mujoco.mjtBias.mjBIAS_AFFINE
        drive.gainprm[0], drive.biasprm[1] = most / FULL_EFFORT_RAD, -most / FULL_EFFORT_RAD
        drive.forcelimited, drive.forcerange = True, [-most, most]
    return spec
