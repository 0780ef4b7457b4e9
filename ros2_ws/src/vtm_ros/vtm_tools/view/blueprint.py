"""How the viewer is laid out."""

import rerun as rr
import rerun.blueprint as rrb

from vtm_tools.view.scene import CAPTION, IMAGE, PELVIS, PLOTS, TIME

LATEST_S = 10.0
"""How much of a capture that goes on the plots show."""
EYE, LOOKED_AT = (0.6, -2.6, 1.9), (2.5, 0.0, 0.9)
"""How the person is first looked at, metres: half from the side of the camera, a little from above."""
SHARES = ("confidence", "contacts", "hands")
"""Plots from 0 to 1."""
ANGLES = {
    "hip": ("left_hip", "right_hip"),
    "knee": ("left_knee", "right_knee"),
    "ankle": ("left_ankle", "right_ankle"),
    "foot": ("left_foot", "right_foot"),
    "collar": ("left_collar", "right_collar"),
    "shoulder": ("left_shoulder", "right_shoulder"),
    "elbow": ("left_elbow", "right_elbow"),
    "wrist": ("left_wrist", "right_wrist"),
    "trunk": ("spine1", "spine2", "spine3", "neck", "head"),
}
FINGERS = {"fingers": ("left_fingers", "right_fingers")}
"""How far each is bent in all."""


def blueprint(live: bool, timed: bool, hands: bool = False) -> rrb.Blueprint:
    """Image and body above, plots below: times, angles, bones and contacts.

    Args:
        live: The newest is shown as it comes, instead of the whole again and again.
        timed: The times that the stages take are told, too.
        hands: There are plots of the hands, too.
    """
    angles, sure = (ANGLES | FINGERS, [_plot("hands", "hands", live)]) if hands else (ANGLES, [])
    times = [_plot("milliseconds", "time per frame [ms]", live)] if timed else []
    return rrb.Blueprint(
        rrb.Vertical(
            rrb.Horizontal(
                rrb.Spatial2DView(origin=IMAGE, name="camera"),
                rrb.Vertical(
                    rrb.Spatial3DView(
                        origin="world",
                        name="body",
                        line_grid=rrb.LineGrid3D(visible=True, spacing=0.5),
                        background=(250, 250, 250),
                        eye_controls=rrb.EyeControls3D(position=EYE, look_target=LOOKED_AT, tracking_entity=PELVIS),
                    ),
                    rrb.TextDocumentView(origin=CAPTION, name="which way is up", titlebar=False),
                    row_shares=[9, 1],
                ),
                column_shares=[2, 3],
            ),
            rrb.Horizontal(
                rrb.Tabs(
                    *times,
                    _plot("confidence", "confidence", live),
                    *sure,
                    _plot("frames_per_second", "frames/s", live),
                ),
                rrb.Tabs(
                    *(
                        _plot("angles", name, live, [f"+ {PLOTS}/angles/{joint}" for joint in joints])
                        for name, joints in angles.items()
                    ),
                    name="joint angles",
                ),
                rrb.Tabs(
                    _plot("contacts", "contacts", live),
                    _plot("bones", "bones [m]", live),
                    _plot("stature", "stature [m]", live),
                ),
                column_shares=[4, 6, 4],
            ),
            row_shares=[3, 2],
        ),
        rrb.TimePanel(
            timeline=TIME,
            state="collapsed",
            play_state="following" if live else "playing",
            loop_mode="off" if live else "all",
        ),
        rrb.SelectionPanel(state="hidden"),
        rrb.BlueprintPanel(state="hidden"),
    )


def _plot(what: str, name: str, live: bool, contents: list[str] | None = None) -> rrb.TimeSeriesView:
    """Of a capture that goes on the latest, of a recording all."""
    boundary = rr.TimeRangeBoundary
    if live:
        start, end = boundary.cursor_relative(seconds=-LATEST_S), boundary.cursor_relative()
    else:
        start, end = boundary.infinite(), boundary.infinite()
    return rrb.TimeSeriesView(
        origin="/" if contents else f"{PLOTS}/{what}",
        contents=contents or "$origin/**",
        name=name,
        plot_legend=rrb.Corner2D.LeftTop,
        axis_x=rrb.TimeAxis(view_range=rr.TimeRange(start=boundary.infinite(), end=boundary.infinite())),
        axis_y=rrb.ScalarAxis(range=(0.0, 1.0)) if what in SHARES else None,
        time_ranges=[rr.VisibleTimeRange(TIME, start=start, end=end)],
    )
