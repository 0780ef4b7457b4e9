"""A robot with weight and motors that are not endlessly strong follows, and stays within its limits."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.vtm_robot.conftest import HANGING, standing
from tests.vtm_robot.teleop import RATE, World
from vtm_robot.teleop.machine import State

pytest.importorskip("mujoco", reason="the simulator is in requirements/simulation.txt")
sys.path.insert(0, str(Path(__file__).parents[5] / "scripts"))

from simulated_body import SimulatedBody  # noqa: E402

ARMS = ("left_upper_arm", "left_forearm", "right_upper_arm", "right_forearm")


def test_a_simulated_robot_follows_within_its_limits(robot, urdf_path) -> None:
    model = robot("jvrc1")
    body = SimulatedBody(urdf_path("jvrc1"))
    columns = [body.names.index(name) for name in model.tree.names]
    world = World(model)
    world.follows = False
    clearances, torques = [], []

    def live(seconds: float) -> None:
        for _ in range(round(seconds * RATE)):
            world.q = body.q[columns]
            order = world.tick()
            if order.sent:
                body.wanted[columns] = order.command.positions
            body.advance(1 / RATE)
            clearances.append(model.pairs.nearest(model.tree.pose(body.q[columns])).distance.min())
            torques.append(np.abs(body.torque).max())

    world.person = standing(**HANGING)
    live(1.0)
    world.held = True
    world.teleop.intent.engage(True)
    live(2.0)
    for lifted in range(0, 90, 10):
        world.person = standing(left_shoulder=(-80 + lifted, 0, -20), left_elbow=(0, 0, -60), right_shoulder=(80, 0, 0))
        live(0.1)
    live(1.0)
    assert world.teleop.state is State.FOLLOW
    targets, pose = world.teleop.follower.targets, model.tree.pose(body.q[columns])
    away = np.degrees(
        np.linalg.norm(targets.errors(targets.turns(pose), targets.goal(world.person).turns)[:, 1:], axis=-1)
    )
    assert max(away[targets.segments.index(arm)] for arm in ARMS) < 8
    assert min(clearances) > 0 and max(torques) <= body.effort.max()
    beyond = np.maximum(model.tree.lower - body.q[columns], body.q[columns] - model.tree.upper)
    assert beyond.max() < 1e-3
