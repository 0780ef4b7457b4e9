"""The capture node's state as a diagnostic_msgs/DiagnosticArray: pure builders."""

from dataclasses import dataclass, field

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from std_msgs.msg import Header

from vtm_ros.outputs.statistics import Report
from vtm_trt.postprocess.plausibility import Kind

COUNTS = (
    "received", "published", "dropped", "refused", "repeated", "resets", "non-finite", "failed", "without camera pose",
)  # fmt: skip


@dataclass(frozen=True)
class CaptureState:
    """What the node knows beside its statistics.

    Attributes:
        lifecycle: The state of the node.
        fault: Why the node could not be configured, empty when it could.
        progress: How far a long call has come.
        backend: As asked for.
        engine: What runs the networks.
        people: Who is followed, where several may be.
        hands: How sure it is of the operator's, where somebody looks at hands.
        calibration: A warning, empty when all is well.
        camera_pose: A warning, empty when all is well.
        bones: Where their lengths come from.
        world_alignment: What tells which way is up.
        quality: GOOD, DEGRADED or LOST, and why.
        smoothing_lag_ms: How late post-processing makes the motion.
        prediction_ms: How far ahead it makes the motion.
        last_refusal: Why the last refused image was refused.
        tracking: Whether a person is tracked.
        lookahead: Frames.
        timeout_s: Seconds after which a person is lost.
        dropped: Images that were replaced by newer ones.
        timings: Milliseconds per stage of the last step.
        faults: Of the motions, by kind.
        restarts: Why the motion started anew, and how often.
        last_restart: The last reason.
        exchanged: Frames whose labels of left and right were put right.
        recording: The file being written, if any.
        recording_fault: Why the last one was cut off, empty when it was not.
        hri_residual_deg: How far the REP-155 body is from ours, NaN before there is one, None when it is not published.
    """

    lifecycle: str
    fault: str
    progress: str
    backend: str
    engine: str
    people: str
    hands: str
    calibration: str
    camera_pose: str
    bones: str
    world_alignment: str
    quality: str
    smoothing_lag_ms: float
    prediction_ms: int
    last_refusal: str
    tracking: bool
    lookahead: int
    timeout_s: float
    dropped: int
    timings: dict[str, float]
    faults: dict[str, int] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    last_restart: str = ""
    exchanged: int = 0
    recording: str = ""
    recording_fault: str = ""
    hri_residual_deg: float | None = None


def diagnostics(stamp: Time, name: str, camera_frame: str, state: CaptureState, report: Report) -> DiagnosticArray:
    """One status of the capture node.

    Args:
        stamp: Of the message.
        name: Of the status.
        camera_frame: The hardware it is about.
        state: What the node knows.
        report: Its statistics.
    """
    level, message = _verdict(state, report)
    counts = {**report.counts, "dropped": state.dropped}
    lookahead = f"{1000 * state.lookahead / report.fps_in:.0f}" if report.fps_in else "unknown"
    values = {
        "lifecycle": state.lifecycle,
        "tracking": "person" if state.tracking and report.silent_s <= state.timeout_s else "nobody",
        "fps in": f"{report.fps_in:.1f}",
        "fps out": f"{report.fps_out:.1f}",
        "latency p50 [ms]": f"{report.latency_p50_ms:.1f}",
        "latency p95 [ms]": f"{report.latency_p95_ms:.1f}",
        "look-ahead [frames]": str(state.lookahead),
        "look-ahead [ms]": lookahead,
        **{f"images {key}": str(counts.get(key, 0)) for key in COUNTS},
        "backend": state.backend,
        "engine": state.engine,
        "people": state.people,
        "hands": state.hands,
        "calibration": state.calibration or "camera_info",
        "bones": state.bones,
        "world alignment": state.world_alignment,
        "quality": state.quality,
        **{f"faults {kind.value}": str(state.faults.get(kind.value, 0)) for kind in Kind},
        "left and right exchanged": str(state.exchanged),
        "started anew": "; ".join(f"{reason}: {count}" for reason, count in state.restarts.items()),
        "last start": state.last_restart,
        "smoothing lag [ms]": f"{state.smoothing_lag_ms:.0f}",
        "prediction [ms]": str(state.prediction_ms),
        "camera pose": state.camera_pose,
        "last refusal": state.last_refusal,
        "recording": state.recording_fault or state.recording,
        **{f"stage {stage} [ms]": f"{spent:.1f}" for stage, spent in state.timings.items()},
    }
    if state.hri_residual_deg is not None:
        values["hri residual [deg]"] = f"{state.hri_residual_deg:.1f}"
    status = DiagnosticStatus(
        level=level,
        name=name,
        message=message,
        hardware_id=camera_frame,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )
    return DiagnosticArray(header=Header(stamp=stamp), status=[status])


def _verdict(state: CaptureState, report: Report) -> tuple[bytes, str]:
    if state.progress:
        return DiagnosticStatus.WARN, f"{state.lifecycle}: {state.progress}"
    if state.fault:
        return DiagnosticStatus.ERROR, state.fault
    if state.lifecycle != "active":
        return DiagnosticStatus.WARN, f"{state.lifecycle}: configure and activate the node to capture"
    if state.recording_fault:
        return DiagnosticStatus.ERROR, state.recording_fault
    if report.silent_s > state.timeout_s:
        return DiagnosticStatus.STALE, "no image comes; check the camera and the topic `image`"
    if state.camera_pose:
        return DiagnosticStatus.WARN, state.camera_pose
    if report.lost_s > state.timeout_s:
        return DiagnosticStatus.STALE, state.last_refusal or "nobody is seen in the picture"
    if state.calibration:
        return DiagnosticStatus.WARN, state.calibration
    return DiagnosticStatus.OK, "tracking"
