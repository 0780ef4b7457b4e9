"""Videos whose pictures say which they are, and which way is up."""

import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vtm_trt.sources.capture import Capture

FPS = 25.0
STEP = 20


def picture(number: int, width: int = 96, height: int = 64) -> np.ndarray:
    """Grey that rises with the number, a red spot in the corner at the top left."""
    image = np.full((height, width, 3), 10 + STEP * number, np.uint8)
    image[: height // 4, : height // 4] = (0, 0, 255)
    return image


def number_of(image: np.ndarray) -> int:
    return round((float(np.median(image)) - 10) / STEP)


def spot(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle (x, y) and size of the red spot as shares of the picture's size."""
    blue, _, red = np.moveaxis(image.astype(int), -1, 0)
    y, x = np.nonzero(red - blue > 100)
    places = np.stack([x, y], 1)
    size = np.array(image.shape[1::-1])
    return (places.mean(0) + 0.5) / size, np.ptp(places, axis=0) + 1


def write(path: Path, count: int = 10, codec: str = "mp4v", width: int = 96, height: int = 64, fps=FPS) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (width, height))
    assert writer.isOpened()
    for number in range(count):
        writer.write(picture(number, width, height))
    writer.release()
    return path


def damage(path: Path, share: float = 0.1) -> Path:
    """Zeros in the middle of the file, in so large a part of it."""
    content = path.read_bytes()
    start, size = len(content) // 2, round(share * len(content))
    path.write_bytes(content[:start] + bytes(size) + content[start + size :])
    return path


def packets(path: Path) -> list[bytes]:
    """The encoded pictures of a file."""
    capture, found = Capture(str(path)), []
    assert capture.packets()
    while (packet := capture.packet()) is not None:
        found.append(packet[0])
    capture.close()
    return found


def write_ivf(path: Path, codec: bytes, pictures: list[bytes], every: int = 1) -> Path:
    """The simplest container, with a picture at every so many steps of its clock."""
    head = struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, codec, 96, 64, int(FPS), 1, every * len(pictures), 0)
    content = head + b"".join(
        struct.pack("<IQ", len(data), every * number) + data for number, data in enumerate(pictures)
    )
    path.write_bytes(content)
    return path


def write_av1(path: Path, count: int = 4) -> Path:
    """AV1, each picture by itself, out of AVIF pictures."""
    encoded = []
    for number in range(count):
        still = path.with_suffix(".avif")
        Image.fromarray(picture(number)[..., ::-1]).save(still, quality=90, subsampling="4:2:0")
        content = still.read_bytes()
        place = content.index(b"mdat") - 4
        encoded.append(content[place + 8 : place + int.from_bytes(content[place : place + 4], "big")])
        still.unlink()
    return write_ivf(path, b"AV01", encoded)
