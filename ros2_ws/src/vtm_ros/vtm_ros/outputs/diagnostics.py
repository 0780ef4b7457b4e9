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

    fault: why the node could not be configured, empty when it could.  progress: how far a long call has come.
    backend: as asked for.  engine: what runs the networks.  calibration, camera_pose: warnings, empty when all is well.
    bones: where their lengths come from.  world_alignment: what tells which way is up.  quality: GOOD, DEGRADED or
    LOST, and why.  smoothing_lag_ms, prediction_ms: how late and how far ahead postprocessing makes the motion.
    last_refusal: why the last refused image was refused.  timings: milliseconds per stage of the last step.
    recording: the file being written, if any.  recording_fault: why the last one was cut off, empty when it was not.
    faults: of the motions, by kind.  restarts: why the motion started anew, and how often.  last_restart: the last
    reason.  exchanged: frames whose labels of left and right were put right.
    hri_residual_deg: how far the REP-155 body is from ours, NaN before there is one, None when it is not published.
    """

    lifecycle: str
    fault: str
    progress: str
    backend: str
    engine: str
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
    """One status named `name` of the hardware `camera_frame`."""
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
