"""docs/architecture.md names every room of the house."""

import site_api

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "architecture.md"


def test_every_room_is_named():
    text = PAGE.read_text()
    rooms = [f"{floor}/{room}" for floor in site_api.FLOORS for room in site_api.rooms(floor)]
    assert len(rooms) > 25
    missing = [room for room in rooms if f"ros2_ws/src/vtm_ros/{room})" not in text]
    assert not missing, f"architecture.md names no {', '.join(missing)}"
