"""Two people on one floor."""

from dataclasses import replace

import numpy as np

from tests.vtm_trt.postprocess.people import CAMERA_HEIGHT, bent_legs, pelvis_height, standing
from vtm_trt.postprocess.common_floor import CommonFloor
from vtm_trt.postprocess.postprocess import PostprocessConfig, Postprocessor

HEIGHT = pelvis_height(bent_legs(10.0))
NOT_STANDING = np.zeros(4)


def of(person: int, index: int, x: float, sunk: float = 0.0, contacts: np.ndarray | None = None):
    place = np.array([x, person - 1.0, HEIGHT - sunk])
    stands = {} if contacts is None else {"contacts": contacts}
    return replace(standing(index * 33_000_000, place=place, **stands), person_id=person)


def test_who_stands_teaches_and_all_stand_on_it():
    floor = CommonFloor()
    for index in range(60):
        first = floor(of(1, index, 3.0))
        second = floor(of(2, index, 5.0, sunk=0.2, contacts=NOT_STANDING))
    assert abs(first.camera.floor - second.camera.floor) < 1e-9
    assert abs(first.camera.floor + CAMERA_HEIGHT - first.camera.position[2]) < 0.02
    np.testing.assert_array_equal(first.camera.rotation, second.camera.rotation)
    np.testing.assert_array_equal(first.camera.position, second.camera.position)


def test_the_next_one_teaches_when_the_teacher_has_left():
    floor = CommonFloor()
    for index in range(60):
        floor(of(1, index, 3.0))
    before = floor(of(1, 60, 3.0)).camera.floor
    assert abs(floor(of(2, 60, 5.0, sunk=0.2)).camera.floor - before) < 1e-9
    floor.leave(1)
    for index in range(61, 361):
        after = floor(of(2, index, 5.0, sunk=0.2))
    assert 0.1 < before - after.camera.floor < 0.21


def test_somebody_new_does_not_make_it_forgotten():
    floor, config = CommonFloor(), PostprocessConfig(smoothing="off")
    first = Postprocessor(config, floor=floor)
    for index in range(30):
        known = first(of(1, index, 3.0)).camera
    new = Postprocessor(config, floor=floor)(of(2, 30, 5.0, contacts=NOT_STANDING)).camera
    assert abs(new.floor - known.floor) < 1e-6 and new.source == "contacts"
