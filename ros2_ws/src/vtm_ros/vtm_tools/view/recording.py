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
def saved(path: Path) -> Iterator[Scene]:
    """A scene that is written to the .rrd file `path`, with its layout."""
    recording = rr.RecordingStream(NAME)
    recording.save(path, default_blueprint=blueprint())
    try:
        yield Scene(recording)
    finally:
        recording.disconnect()


@contextmanager
def shown(web: bool) -> Iterator[tuple[Scene, Viewer]]:
    """A scene in a viewer of its own, which is ended with the block. web: for the browser. Raises VtmError."""
    viewer = Viewer(web)
    recording = rr.RecordingStream(NAME)
    try:
        recording.connect_grpc(viewer.data_url, default_blueprint=blueprint())
        yield Scene(recording), viewer
    finally:
        recording.disconnect()
        viewer.close()
