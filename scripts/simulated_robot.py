"""A simulated robot as a ROS 2 node, to try teleoperation on: python simulated_robot.py ROBOT.urdf [--ros-args ...].

It speaks as ros2_control does: `joint_states` a hundred times a second, `robot_description`, and
`joint_trajectory_controller/joint_trajectory`, of which it takes what that controller takes by default: a last point
without speed, for joints that it knows. It moves there in a straight line from where it was told to be.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from simulated_body import SimulatedBody
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory

PERIOD_S = 0.01
LONGEST_S = 0.05
"""A machine that halts for longer lets the robot's time stand still."""
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class SimulatedRobot(Node):
    """The body and its controller."""

    def __init__(self, urdf: Path):
        super().__init__("simulated_robot")
        self._body = SimulatedBody(urdf)
        self._column = {name: column for column, name in enumerate(self._body.names)}
        self._from = self._to = self._body.wanted.copy()
        self._began, self._takes = time.monotonic(), PERIOD_S
        self._last = time.monotonic()
        self._states = self.create_publisher(JointState, "joint_states", 10)
        self._description = self.create_publisher(String, "robot_description", LATCHED)
        self._description.publish(String(data=urdf.read_text()))
        self.create_subscription(
            JointTrajectory, "joint_trajectory_controller/joint_trajectory", self._on_trajectory, 1
        )
        self.create_timer(PERIOD_S, self._tick)

    def _on_trajectory(self, message: JointTrajectory) -> None:
        """One point; anything else is refused."""
        point = message.points[-1] if message.points else None
        unknown = [name for name in message.joint_names if name not in self._column]
        if point is None or unknown or any(point.velocities) or len(point.positions) != len(message.joint_names):
            self.get_logger().error(f"trajectory refused; unknown joints: {unknown}")
            return
        takes = point.time_from_start.sec + point.time_from_start.nanosec * 1e-9
        if not np.isfinite(point.positions).all() or takes <= 0:
            self.get_logger().error("trajectory refused: it is no motion")
            return
        self._from = self._body.wanted.copy()
        self._to = self._from.copy()
        self._to[[self._column[name] for name in message.joint_names]] = point.positions
        self._began, self._takes = time.monotonic(), takes

    def _tick(self) -> None:
        now = time.monotonic()
        share = min(1.0, (now - self._began) / self._takes)
        self._body.wanted = self._from + share * (self._to - self._from)
        self._body.advance(min(now - self._last, LONGEST_S))
        self._last = now
        state = JointState(name=self._body.names, position=self._body.q.tolist(), velocity=self._body.velocity.tolist())
        state.effort = self._body.torque.tolist()
        state.header.stamp = self.get_clock().now().to_msg()
        self._states.publish(state)


def main() -> int:
    parser = argparse.ArgumentParser(description="A simulated robot as a ROS 2 node.")
    parser.add_argument("urdf", type=Path)
    options = parser.parse_args(rclpy.utilities.remove_ros_args(sys.argv)[1:])
    rclpy.init(args=sys.argv)
    try:
        rclpy.spin(SimulatedRobot(options.urdf))
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
