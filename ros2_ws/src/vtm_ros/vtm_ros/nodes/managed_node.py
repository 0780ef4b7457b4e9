"""The lifecycle node that ours are."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from vtm.errors import VtmError

Managed = TypeVar("Managed", bound="ManagedNode")
Transition = Callable[[Managed, LifecycleState], TransitionCallbackReturn]


def recoverable(transition: Transition[Managed]) -> Transition[Managed]:
    """An exception is logged and leads to on_error, after which the node can be configured again; rclpy is silent."""

    @wraps(transition)
    def run(node: Managed, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            return transition(node, state)
        except Exception as fault:
            node.report_fault(fault)
            return TransitionCallbackReturn.ERROR

    return run


class ManagedNode(LifecycleNode):
    """Calls `_free`, which a subclass gives, when it is cleaned up, shut down or destroyed, and after an error.

    It leaves the graph when it is destroyed. rclpy's own stays in it, with the services of its state machine, until
    Python collects the object; a later node of the same name is then taken for it.
    """

    def autostart(self) -> None:
        """Configure and activate, when the parameter `autostart` says so."""
        if self.get_parameter("autostart").value and self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def _free(self) -> None:
        """Undo what configuring and activating did, as far as they came; again when nothing is left does nothing."""

    def report_fault(self, fault: Exception) -> str:
        """Log why a transition failed, and keep it for those who tell it until the next one succeeds.

        Returns:
            The reason.
        """
        self._fault = str(fault) if isinstance(fault, VtmError) else f"{type(fault).__name__}: {fault}"
        self.get_logger().error(f"{self._state_machine.current_state[1]} failed: {self._fault}")
        return self._fault

    @recoverable
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free what was configured."""
        self._free()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free what was configured."""
        self._free()
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leaves an unconfigured node; reached only by an exception in a transition, which has been reported."""
        self._free()
        return super().on_error(state)

    def destroy_node(self) -> None:
        """Free what was configured, and leave the graph."""
        self._free()
        super().destroy_node()
        self._state_machine.destroy_when_not_in_use()
