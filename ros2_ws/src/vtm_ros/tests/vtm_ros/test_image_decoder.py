import array

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import Image

from vtm.errors import VtmError
from vtm_ros.inputs.image_decoder import ENCODINGS, decode_image

SIDES = st.integers(1, 12)


def image(pixels: np.ndarray, encoding: str, width: int, height: int, padding: int = 0) -> Image:
    """A message whose rows are `pixels` (rows, bytes), each followed by `padding` stray bytes."""
    padded = np.pad(pixels, ((0, 0), (0, padding)), constant_values=77)
    message = Image(width=width, height=height, encoding=encoding, step=padded.shape[1])
    message.data = array.array("B", padded.tobytes())
    return message


def picture(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(SIDES, SIDES, st.integers(0, 5), st.sampled_from(["bgr8", "8UC3", "rgb8", "bgra8", "8UC4", "rgba8"]))
def test_colour_comes_back_exactly(width, height, padding, encoding):
    original = picture(width, height)
    channels = {"rgb8": cv2.COLOR_BGR2RGB, "bgra8": cv2.COLOR_BGR2BGRA, "8UC4": cv2.COLOR_BGR2BGRA}
    conversion = {**channels, "rgba8": cv2.COLOR_BGR2RGBA}.get(encoding)
    sent = original if conversion is None else cv2.cvtColor(original, conversion)
    decoded = decode_image(image(sent.reshape(height, -1), encoding, width, height, padding))
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, original)


@given(SIDES, SIDES, st.integers(0, 5))
def test_grey_fills_the_three_channels(width, height, padding):
    grey = picture(width, height)[..., 0]
    decoded = decode_image(image(grey, "mono8", width, height, padding))
    np.testing.assert_array_equal(decoded, np.repeat(grey[..., None], 3, axis=-1))


LUMA, BLUE_CHROMA, RED_CHROMA = 120, 90, 180
"""BT.601 in video range, the colour that OpenCV's formulas give for it below."""
COLOUR = np.array([
    1.164 * (LUMA - 16) + 2.018 * (BLUE_CHROMA - 128),
    1.164 * (LUMA - 16) - 0.391 * (BLUE_CHROMA - 128) - 0.813 * (RED_CHROMA - 128),
    1.164 * (LUMA - 16) + 1.596 * (RED_CHROMA - 128),
])  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "quad"),
    [
        ("uyvy", (BLUE_CHROMA, LUMA, RED_CHROMA, LUMA)),
        ("yuv422", (BLUE_CHROMA, LUMA, RED_CHROMA, LUMA)),
        ("yuyv", (LUMA, BLUE_CHROMA, LUMA, RED_CHROMA)),
        ("yuv422_yuy2", (LUMA, BLUE_CHROMA, LUMA, RED_CHROMA)),
    ],
)
def test_yuv422_has_the_right_colour(encoding, quad):
    rows = np.tile(np.array(quad, np.uint8), (6, 4))
    decoded = decode_image(image(rows, encoding, 8, 6, padding=3))
    assert decoded.shape == (6, 8, 3)
    np.testing.assert_allclose(decoded, np.broadcast_to(COLOUR, (6, 8, 3)), atol=2)


@pytest.mark.parametrize(
    ("encoding", "pair"), [("nv12", (BLUE_CHROMA, RED_CHROMA)), ("nv21", (RED_CHROMA, BLUE_CHROMA))]
)
def test_planar_yuv_has_the_right_colour(encoding, pair):
    luma = np.full((6, 8), LUMA, np.uint8)
    chroma = np.tile(np.array(pair, np.uint8), (3, 4))
    decoded = decode_image(image(np.vstack([luma, chroma]), encoding, 8, 6, padding=2))
    assert decoded.shape == (6, 8, 3)
    np.testing.assert_allclose(decoded, np.broadcast_to(COLOUR, (6, 8, 3)), atol=2)


@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_bayer_has_the_right_colour(pattern):
    colour = {"b": 40, "g": 110, "r": 220}
    mosaic = np.tile(np.array([colour[letter] for letter in pattern], np.uint8).reshape(2, 2), (5, 5))
    decoded = decode_image(image(mosaic, f"bayer_{pattern}8", 10, 10, padding=1))
    np.testing.assert_array_equal(decoded[2:-2, 2:-2], np.broadcast_to([40, 110, 220], (6, 6, 3)))


@pytest.mark.parametrize("big_endian", [0, 1])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_of_16_bits_those_in_use_are_taken(bits, big_endian):
    grey = picture(7, 5)[..., 0]
    grey[0, 0] = 255
    deep = (grey.astype(np.uint16) << (bits - 8)).astype(">u2" if big_endian else "<u2")
    message = image(deep.view(np.uint8), "mono16", 7, 5, padding=3)
    message.is_bigendian = big_endian
    np.testing.assert_array_equal(decode_image(message), np.repeat(grey[..., None], 3, axis=-1))


@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_deep_bayer_has_the_right_colour(pattern):
    colour = {"b": 40, "g": 110, "r": 220}
    mosaic = np.tile(np.array([colour[letter] for letter in pattern], "<u2").reshape(2, 2) << 8, (5, 5))
    decoded = decode_image(image(mosaic.view(np.uint8), f"bayer_{pattern}16", 10, 10, padding=1))
    np.testing.assert_array_equal(decoded[2:-2, 2:-2], np.broadcast_to([40, 110, 220], (6, 6, 3)))


@pytest.mark.parametrize("encoding", ["bgr16", "rgb16", "bgra16", "rgba16", "16UC3"])
def test_deep_colour(encoding):
    original = picture(6, 4)
    original[0, 0] = 255
    order = [2, 1, 0] if encoding.startswith("rgb") else [0, 1, 2]
    sent = original[..., order + [1] * ("a" in encoding)].astype("<u2") << 8
    decoded = decode_image(image(sent.reshape(4, -1).view(np.uint8), encoding, 6, 4))
    np.testing.assert_array_equal(decoded, original)


def test_a_blank_step_means_no_padding():
    original = picture(5, 4)
    message = image(original.reshape(4, -1), "bgr8", 5, 4)
    message.step = 0
    np.testing.assert_array_equal(decode_image(message), original)


def test_unknown_encoding_names_the_known_ones():
    with pytest.raises(VtmError, match="'32FC1'.*bgr8.*nv12"):
        decode_image(Image(width=2, height=2, encoding="32FC1", step=8, data=array.array("B", bytes(16))))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_empty_and_truncated_pictures_are_refused(encoding):
    with pytest.raises(VtmError, match="empty"):
        decode_image(Image(encoding=encoding))
    with pytest.raises(VtmError, match="truncated"):
        decode_image(Image(width=640, height=480, encoding=encoding, step=640 * 4, data=array.array("B", bytes(1000))))


@settings(max_examples=500, deadline=None)
@given(
    st.integers(0, 9), st.integers(0, 9), st.integers(0, 40),
    st.sampled_from([*ENCODINGS, "", "mono16", "bgr16", "jpeg", "\x00"]), st.binary(max_size=400),
)  # fmt: skip
def test_any_message_gives_a_picture_or_a_clear_refusal(width, height, step, encoding, data):
    message = Image(width=width, height=height, encoding=encoding, step=step, data=array.array("B", data))
    try:
        decoded = decode_image(message)
    except VtmError:
        return
    assert decoded.shape == (height, width, 3)
    assert decoded.dtype == np.uint8
