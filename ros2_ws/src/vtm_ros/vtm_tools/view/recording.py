"""Scenes in a viewer or in a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rerun as rr

from vtm_tools.view.blueprint import blueprint
from vtm_tools.view.scene import Scene
from vtm_tools.view.viewer import Viewer

NAME = "vtm"


@contextmanager
def saved(path: Path, timed: bool = True, hands: bool = False) -> Iterator[Scene]:
    """A scene that is written to a file with its layout.

    Args:
        path: The .rrd file.
        timed: The scene tells how long the stages take.
        hands: Somebody looks at the hands.
    """
    recording = rr.RecordingStream(NAME)
    recording.save(path, default_blueprint=blueprint(live=False, timed=timed, hands=hands))
    try:
        yield Scene(recording)
    finally:
        recording.disconnect()


@contextmanager
def shown(web: bool, live: bool = True, hands: bool = False) -> Iterator[tuple[Scene, Viewer]]:
    """A scene in a viewer of its own, which is ended with the block.

    Args:
        web: For the browser.
        live: It is being captured, instead of captured before.
        hands: Somebody looks at the hands.

    Raises:
        VtmError: The viewer does not start.
    """
    viewer = Viewer(web)
    recording = rr.RecordingStream(NAME)
    try:
        recording.connect_grpc(viewer.data_url, default_blueprint=blueprint(live, live, hands))
        yield Scene(recording), viewer
    finally:
        recording.disconnect()
        viewer.close()
