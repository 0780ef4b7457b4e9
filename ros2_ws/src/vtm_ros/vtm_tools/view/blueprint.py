"""How the viewer is laid out."""

import rerun.blueprint as rrb

from vtm_tools.view.scene import CAPTION, IMAGE, PLOTS, TIME

LATEST_S = 10.0
GROUPS = {
    "leg": ("hip", "knee", "ankle", "foot"),
    "arm": ("collar", "shoulder", "elbow", "wrist"),
}
TRUNK = ("spine1", "spine2", "spine3", "neck", "head")


def blueprint() -> rrb.Blueprint:
    """Image and body above, plots below: times, angles, bones and contacts."""
    angles = {
        f"{side} {group}": [f"+ {PLOTS}/angles/{side}_{joint}" for joint in joints]
        for group, joints in GROUPS.items()
        for side in ("left", "right")
    } | {"trunk": [f"+ {PLOTS}/angles/{joint}" for joint in TRUNK]}
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
                    ),
                    rrb.TextDocumentView(origin=CAPTION, name="which way is up"),
                    row_shares=[9, 1],
                ),
                column_shares=[2, 3],
            ),
            rrb.Horizontal(
                rrb.Tabs(
                    rrb.TimeSeriesView(origin=f"{PLOTS}/milliseconds", name="time per frame [ms]"),
                    rrb.TimeSeriesView(origin=f"{PLOTS}/frames_per_second", name="frames/s"),
                    rrb.TimeSeriesView(origin=f"{PLOTS}/confidence", name="confidence"),
                ),
                rrb.Tabs(
                    *(rrb.TimeSeriesView(origin="/", contents=what, name=name) for name, what in angles.items()),
                    name="joint angles",
                ),
                rrb.Tabs(
                    rrb.TimeSeriesView(origin=f"{PLOTS}/bones", name="bones [m]"),
                    rrb.TimeSeriesView(origin=f"{PLOTS}/stature", name="stature [m]"),
                    rrb.TimeSeriesView(origin=f"{PLOTS}/contacts", name="contacts"),
                ),
            ),
            row_shares=[3, 2],
        ),
        rrb.TimePanel(timeline=TIME, state="collapsed"),
        rrb.SelectionPanel(state="hidden"),
        rrb.BlueprintPanel(state="hidden"),
    )
