#!/usr/bin/env python3
"""Hands of rendered people as the hand networks see them: what `vtm train-hands` learns from. No picture is kept.

    .venv/bin/pip install --no-deps -r requirements/render.txt
    .venv/bin/python scripts/hands/make_data.py --clips clips.npz --networks models/ --out data/train0.npz --seed 0

Every file holds sequences of FRAMES frames; people, clothes, rooms, light, cameras and motions are others in each. The
arrays are those of a right hand in the camera's axes: of the left hands, which half of the sequences are, everything is
mirrored.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from film import SIZE, Crop, HandFilm, crop_from_points
from people import BONES, random_hander
from rich.progress import track

from vtm.samples.clips import Clips
from vtm.samples.renders.renderer import Renderer

FRAMES = 16
NETWORKS, SHARES = ("full", "lite"), (0.6, 0.4)
GIVEN_UP = 0.35
"""Below this presence in its first frames a film of the split train is left out."""
RATES = (30.0, 30.0, 15.0, 10.0)
"""Frames a second, by turns."""


def arguments() -> argparse.Namespace:
    """What the user asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="file of motion clips (vtm data import)")
    parser.add_argument("--split", default="train", help="train or val")
    parser.add_argument("--networks", type=Path, required=True, help="folder of hand_landmark_{full,lite}.onnx")
    parser.add_argument("--network", choices=NETWORKS, help="in place of both by turns")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--sequences", type=int, default=100, help="how many")
    parser.add_argument("--seed", type=int, required=True, help="another one for every file")
    parser.add_argument("--rate", type=float, help="frames a second, in place of several by turns")
    parser.add_argument("--still", action="store_true", help="nobody moves, for measure.py")
    parser.add_argument("--sheet", type=Path, help="also write a picture of crops with points, to look at")
    return parser.parse_args()


def network(path: Path):
    """A hand network: picture (224, 224, 3) uint8 -> points (21, 3), presence, right, world (21, 3)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def look(picture: np.ndarray):
        points, presence, right, world = session.run(None, {name: picture[None].astype(np.float32) / 255})
        return points.reshape(21, 3), presence.item(), right.item(), world.reshape(21, 3)

    return look


def watch(film: HandFilm, looks: list, rng: np.random.Generator, patient: bool, shown: list | None) -> list[dict]:
    """What each network says of a film, and the truth; crops follow the hand that the first sees, as in the product.

    Nothing where the first frames show that one no hand, unless it is to be `patient`.
    """
    left = rng.random() < 0.5
    crop, told = None, [[] for _ in looks]
    for frame in range(FRAMES):
        crop = crop or film.first_crop(frame)
        picture = film.picture(frame, crop)
        row = {
            "frame": frame,
            "middle": crop.middle,
            "side": crop.side,
            "turn": crop.turn,
            "pixels": crop.pixels(film.rays[frame]),
        }
        picture = np.ascontiguousarray(picture[:, ::-1]) if left else picture
        for look, rows in zip(looks, told, strict=True):
            points, presence, right, world = look(picture)
            if left:
                points, world, right = points * [-1, 1, 1] + [SIZE, 0, 0], world * [-1, 1, 1], 1 - right
            seen = {"points": points, "world": world, "presence": presence, "agrees": right}
            rows.append(row | seen)
        row = told[0][-1]
        if shown is not None and frame % 5 == 4:
            shown.append((picture[:, ::-1] if left else picture, row))
        follow = crop_from_points(crop.rays(row["points"][:, :2])) if row["presence"] > 0.5 else None
        crop = follow if follow is not None and near(follow, film.first_crop(frame)) else None
        if frame == 1 and not patient and max(row["presence"] for row in told[0]) < GIVEN_UP:
            return []
    stacked = [{key: np.array([row[key] for row in rows], np.float32) for key in rows[0]} for rows in told]
    truth = {"angles": film.angles, "hand": film.hand, "elbow": film.elbow, "wrist": film.points[:, 0]}
    per_film = {"scale": film.scale, "focal": film.focal, "length": film.length, "left": left, "hidden": film.hidden}
    known = {k: v.astype(np.float32) for k, v in truth.items()}
    known |= {k: np.full(FRAMES, v, np.float32) for k, v in per_film.items()}
    return [one | known for one in stacked]


def near(crop: Crop, other: Crop) -> bool:
    """Whether a crop still agrees with the body's: MediaPipe's rule."""
    turned = abs((crop.turn - other.turn + np.pi) % (2 * np.pi) - np.pi)
    moved = np.abs(crop.middle - other.middle).max() / other.side
    return bool(turned < 0.7 and moved < 0.2 and abs(crop.side / other.side - 1) < 0.4)


def drawn(picture: np.ndarray, row: dict) -> np.ndarray:
    """The crop with the true points green and the network's red."""
    picture = picture.copy()
    for points, colour in ((row["pixels"], (0, 255, 0)), (row["points"], (255, 0, 0))):
        for number, (x, y) in enumerate(points[:, :2].tolist()):
            cv2.circle(picture, (round(x), round(y)), 3 if number in (2, 3, 4) else 2, colour, -1)
    label = f"{row['presence']:.2f} {row['agrees']:.2f}"
    return cv2.putText(picture, label, (3, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1)


def main() -> None:
    """Make one file."""
    args = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(args.seed)
    clips = Clips(args.clips, args.split)
    networks = {name: network(args.networks / f"hand_landmark_{name}.onnx") for name in NETWORKS}
    renderer = Renderer(SIZE, SIZE, BONES)
    films: list[dict[str, np.ndarray]] = []
    shown: list | None = [] if args.sheet else None
    for number in track(range(args.sequences), description=args.out.name):
        seed = args.seed * 1_000_000 + number
        if number % 4 == 0:
            hander = random_hander(seed, rng)
        clip = torch.from_numpy(rng.choice(len(clips), 1, p=(clips.length / clips.length.sum()).double().numpy()))
        rate = args.rate or RATES[rng.integers(len(RATES))]
        start = torch.from_numpy(rng.integers(0, clips.length[clip].numpy()))
        step = max(round(float(clips.fps[clip]) / rate), 1)
        frames = clips.rows(clip, start, torch.full((1, FRAMES), step))[0]
        seconds = np.arange(FRAMES) / rate
        if args.still:
            frames, seconds = frames[:1].expand(FRAMES), 0 * seconds
        local, root = clips.local[frames].double().numpy(), clips.root[frames].double().numpy()
        film = HandFilm(hander, local, root, seconds, seed, renderer)
        first = args.network or rng.choice(NETWORKS, p=SHARES)
        names = [first] if args.network else sorted(NETWORKS, key=lambda name: name != first)
        if film.good:
            seen = watch(film, [networks[name] for name in names], rng, args.split != "train", shown)
            for name, one in zip(names, seen, strict=bool(seen)):
                same = {"interval": 1 / rate, "full": name == "full"}
                films.append(one | {k: np.full(FRAMES, v, np.float32) for k, v in same.items()})
    np.savez(args.out, **{key: np.stack([film[key] for film in films]) for key in films[0]})
    if shown:
        crops = [drawn(*one) for one in shown]
        rows = [np.hstack(crops[first : first + 9]) for first in range(0, min(len(crops) // 9 * 9, 72), 9)]
        cv2.imwrite(str(args.sheet), np.vstack(rows)[..., ::-1])


if __name__ == "__main__":
    main()
