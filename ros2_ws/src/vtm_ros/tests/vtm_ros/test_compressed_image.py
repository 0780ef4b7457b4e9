import array
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import CompressedImage

from vtm.errors import VtmError
from vtm_ros.inputs.compressed_image import decode_compressed

PICTURE = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8), (9, 9), 3)
FILES = {kind: cv2.imencode(kind, PICTURE)[1].tobytes() for kind in (".jpg", ".png")}


def message(data: bytes, form: str = "bgr8; jpeg compressed bgr8") -> CompressedImage:
    return CompressedImage(format=form, data=array.array("B", data))


def test_png_comes_back_exactly_and_jpeg_nearly():
    np.testing.assert_array_equal(decode_compressed(message(FILES[".png"], "png")), PICTURE)
    np.testing.assert_allclose(decode_compressed(message(FILES[".jpg"])).astype(int), PICTURE, atol=30)


def test_grey_16_bit_and_transparent_pictures_have_three_channels_of_8_bits():
    grey = PICTURE[..., 0]
    for stored in (grey, grey.astype(np.uint16) * 257, np.dstack([grey, grey, grey, np.full_like(grey, 9)])):
        decoded = decode_compressed(message(cv2.imencode(".png", stored)[1].tobytes(), "png"))
        assert decoded.dtype == np.uint8
        np.testing.assert_array_equal(decoded, np.repeat(grey[..., None], 3, axis=-1))


def test_channels_that_went_in_as_rgb_are_put_right():
    decoded = decode_compressed(message(FILES[".png"], "rgb8; png compressed rgb8"))
    np.testing.assert_array_equal(decoded, PICTURE[..., ::-1])


def test_a_camera_that_turns_its_pictures_by_exif_is_not_followed():
    turned = b"\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06"
    turned += bytes(6)
    jpeg = FILES[".jpg"][:2] + turned + FILES[".jpg"][2:]
    assert decode_compressed(message(jpeg)).shape == PICTURE.shape


def test_zeros_after_the_end_are_no_fault():
    assert decode_compressed(message(FILES[".jpg"] + bytes(100))).shape == PICTURE.shape


@pytest.mark.parametrize("kind", FILES)
@given(st.data())
def test_what_is_cut_off_is_refused(kind, data):
    whole = FILES[kind]
    with pytest.raises(VtmError, match="no whole JPEG or PNG.*image_transport"):
        decode_compressed(message(whole[: data.draw(st.integers(0, len(whole) - 1))]))


def test_a_header_that_promises_too_much_is_refused():
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(VtmError, match="no whole"):
        decode_compressed(message(bomb))


@settings(max_examples=600, deadline=None)
@given(st.sampled_from([*FILES.values()]), st.integers(0, 2**32 - 1), st.integers(1, 8), st.binary(max_size=3))
def test_any_damage_gives_a_picture_or_a_refusal(whole, seed, count, after):
    random, damaged = np.random.default_rng(seed), np.frombuffer(whole, np.uint8).copy()
    damaged[random.integers(0, len(whole), count)] = random.integers(0, 256, count)
    try:
        decoded = decode_compressed(message(damaged.tobytes() + after))
    except VtmError:
        return
    assert decoded.ndim == 3 and decoded.shape[2] == 3 and decoded.dtype == np.uint8
