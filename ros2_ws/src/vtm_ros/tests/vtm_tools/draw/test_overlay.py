from dataclasses import replace

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vtm.body.body_shape import shape_points
from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX
from vtm.camera import Intrinsics
from vtm.types import HandPoses, Motion, Observation
from vtm_tools.draw.overlay import draw_overlay
from vtm_tools.draw.stick_figure import KEYPOINT_COLOUR

CAMERA = Intrinsics.from_fov(320, 240)
FACING_THE_CAMERA = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])
GREY = np.full((240, 320, 3), 128, np.uint8)


def person(root=(0.0, 0.0, 3.0), keypoints=None, confidence=0.0) -> Motion:
    quats = np.tile(np.array([0.0, 0, 0, 1], np.float32), (22, 1))
    quats[0] = quat_from_matrix(FACING_THE_CAMERA)
    points = np.zeros((23, 2), np.float32) if keypoints is None else keypoints
    seen = Observation(0, CAMERA, points, np.full(23, confidence, np.float32))
    ones = np.ones(22, np.float32)
    return Motion(0, quats, np.array(root, np.float32), ones[1:], ones, np.zeros(4, np.float32), seen)


def blue_and_orange(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    blue, _, red = picture[..., 0].astype(int), picture[..., 1], picture[..., 2].astype(int)
    return np.argwhere(blue - red > 100), np.argwhere(red - blue > 100)


def test_left_is_blue_and_lies_on_the_right_of_a_picture_of_who_faces_the_camera():
    blue, orange = blue_and_orange(draw_overlay(GREY, person()))
    assert len(blue) > 50 and len(orange) > 50
    assert blue[:, 1].min() >= 158 and orange[:, 1].max() <= 162


def test_fingers_hang_from_the_hands_they_belong_to():
    bare = person()
    fingers = replace(bare, hands=HandPoses(np.zeros((2, 21), np.float32), np.float32([0.9, 0.9])))
    changed = np.argwhere((draw_overlay(GREY, fingers) != draw_overlay(GREY, bare)).any(-1))
    left, right = changed[changed[:, 1] > 160], changed[changed[:, 1] <= 160]
    wrists = shape_points(bare)[[JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]]
    for side, wrist in zip((left, right), CAMERA.project(wrists), strict=True):
        assert len(side) > 20 and np.linalg.norm(side[:, ::-1] - wrist, axis=1).max() < 30
    more, less = blue_and_orange(draw_overlay(GREY, fingers)), blue_and_orange(draw_overlay(GREY, bare))
    assert all(len(one) > len(other) for one, other in zip(more, less, strict=True))
    assert more[0][:, 1].min() >= 158 and more[1][:, 1].max() <= 162
    unseen = replace(fingers, hands=replace(fingers.hands, confidence=np.float32([0.0, 0.1])))
    assert (draw_overlay(GREY, unseen) == draw_overlay(GREY, bare)).all()


def test_the_picture_given_is_left_as_it_was():
    image = GREY.copy()
    image.flags.writeable = False
    drawn = draw_overlay(image, person())
    assert (image == GREY).all() and (drawn != GREY).any()


def test_sure_keypoints_are_drawn_where_they_are():
    places = np.tile(np.array([[40.0, 30.0]], np.float32), (23, 1))
    drawn = draw_overlay(GREY, person(keypoints=places, confidence=0.9))
    assert bytes(drawn[30, 40, ::-1].tolist()).hex() == KEYPOINT_COLOUR[1:]
    unsure = draw_overlay(GREY, person(keypoints=places, confidence=0.1))
    assert (unsure[30, 40] == 128).all()


@given(*[st.floats(-1e6, 1e6, width=32)] * 3)
def test_a_person_anywhere_is_no_fault(x, y, z):
    drawn = draw_overlay(GREY, person((x, y, z)))
    assert drawn.shape == GREY.shape


def test_it_is_fast_enough_for_every_frame():
    image = np.zeros((720, 1280, 3), np.uint8)
    start = cv2.getTickCount()
    for _ in range(20):
        draw_overlay(image, person())
    assert (cv2.getTickCount() - start) / cv2.getTickFrequency() / 20 < 0.05
