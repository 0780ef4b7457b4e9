"""The lifecycle node that ours are."""

from rclpy.lifecycle import LifecycleNode


class ManagedNode(LifecycleNode):
    """Leaves the graph when it is destroyed.

    rclpy's own stays in it, with the services of its state machine, until Python collects the object; a later node of
    the same name is then taken for it.
    """

    def destroy_node(self) -> None:
        super().destroy_node()
        self._state_machine.destroy_when_not_in_use()
