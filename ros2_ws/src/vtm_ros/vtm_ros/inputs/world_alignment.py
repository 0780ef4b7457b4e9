"""Where the camera is at the time of an image: TF tells, or an IMU tells its rotation."""

from typing import Protocol

from rclpy.node import Node

from vtm.types import CameraPose
from vtm_ros.inputs.imu_alignment import ImuAlignment
from vtm_ros.inputs.tf_listener import TfListener
from vtm_ros.parameters import BodyParameters, CaptureParameters


class WorldAlignment(Protocol):
    """A source of the camera's pose, asked by a thread other than the executor's."""

    def camera(self, camera_frame: str, stamp_ns: int) -> CameraPose | None:
        """The pose of a camera.

        Args:
            camera_frame: Its optical axes.
            stamp_ns: Nanoseconds.

        Returns:
            None where the person's feet must tell which way is up.

        Raises:
            NoTransform: TF does not tell it.
        """

    def close(self) -> None:
        """Unsubscribe."""


class TfAlignment:
    """The pose of the camera in the parameter world_frame. An image waits for it up to tf_timeout."""

    def __init__(self, node: Node, parameters: BodyParameters):
        self._poses = TfListener(node)
        self._world_frame, self._timeout_s = parameters.world_frame, parameters.tf_timeout

    def camera(self, camera_frame: str, stamp_ns: int) -> CameraPose:
        """The pose of a camera in world_frame.

        Args:
            camera_frame: Its optical axes.
            stamp_ns: Nanoseconds.

        Raises:
            NoTransform: TF does not tell it in time.
        """
        pose = self._poses.lookup(self._world_frame, camera_frame, stamp_ns, self._timeout_s)
        return CameraPose(pose.rotation, pose.translation, source="tf")

    def close(self) -> None:
        """Unsubscribe."""
        self._poses.close()


def world_alignment_of(node: Node, parameters: CaptureParameters) -> WorldAlignment | None:
    """What the parameters name: TF before the IMU; None where the person's feet must tell."""
    if parameters.world_frame:
        return TfAlignment(node, parameters)
    return ImuAlignment(node) if parameters.imu else None
