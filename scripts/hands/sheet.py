#!/usr/bin/env python3
"""A sheet of hands with what the lifter makes of them: green the truth, red the lifter. Worst first, then at random.

    .venv/bin/python scripts/hands/sheet.py --clips clips.npz --networks models/ --out sheet.png

Left hands are shown and lifted as left hands, through the very code that runs live.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from film import SIZE, HandFilm
from make_data import FRAMES, network, watch
from people import BONES, random_hander
from rich.progress import track

from vtm.body.hand import finger_rotations, hand_points
from vtm.body.rotations import geodesic_angle
from vtm.camera import Intrinsics
from vtm.samples.clips import Clips
from vtm.samples.renders.renderer import Renderer
from vtm.types import HandLandmarks
from vtm_trt.pose2d.roi import Roi
from vtm_trt.stream.hand_lifter import LENGTH, HandLifter, hand_network

FLIP, REFLECT = np.array([-1.0, 1.0, 1.0]), np.array([1.0, -1.0, 1.0])
BONES_DRAWN = [(0, 1), (0, 5), (0, 17), (5, 9), (9, 13), (13, 17), *((k, k + 1) for k in range(1, 20) if k % 4)]
COLUMNS, ROWS = 8, 3


def lifted(film: HandFilm, seen: dict, shown: list, runner) -> list[tuple[float, float, np.ndarray]]:
    """Error of fingers and hand, degrees, and the drawn crop, of every frame shown that has a hand."""
    left = bool(seen["left"][0])
    side, flip, reflect = ("left", FLIP, REFLECT) if left else ("right", np.ones(3), np.ones(3))
    lifter, camera, results = HandLifter(runner, side), Intrinsics(1, 1, film.focal, film.focal, 0.0, 0.0), []
    for frame in range(FRAMES):
        if seen["presence"][frame] < 0.5:
            continue
        roi = Roi(*seen["middle"][frame].tolist(), float(seen["side"][frame]), float(seen["turn"][frame]))
        affine = roi.to_image(SIZE)
        rays = seen["points"][frame, :, :2] @ affine[:, :2].T + affine[:, 2]
        world = np.c_[seen["world"][frame, :, :2] @ roi.rotation.T, seen["world"][frame, :, 2]] * flip
        right = float(seen["agrees"][frame])
        hand = HandLandmarks(
            rays * flip[:2] * film.focal, seen["points"][frame, :, 2] * roi.side / SIZE * film.focal, world,
            float(seen["presence"][frame]), 1 - right if left else right,
        )  # fmt: skip
        stamp = round(frame * float(seen["interval"][0]) * 1e9)
        told = lifter.step(
            stamp,
            hand,
            camera,
            flip[:, None] * film.elbow[frame] * reflect,
            float(film.points[frame, 0, 2]),
            film.scale,
        )
        assert told is not None
        local, true = finger_rotations(told.angles.astype(float), side), finger_rotations(film.angles[frame], side)
        rotation = flip[:, None] * film.hand[frame] * reflect
        off = np.degrees([geodesic_angle(local, true).mean(), geodesic_angle(told.rotation, rotation)])
        picture, points = next((p for f, p in shown if f == frame), None), film.points[frame] * flip
        if picture is None:
            continue
        picture = np.ascontiguousarray(picture[:, ::-1] if left else picture)
        guess = hand_points(local, side, film.length / LENGTH) @ told.rotation.T + points[0]
        for values, colour in ((points, (0, 255, 0)), (guess, (255, 0, 0))):
            pixels = ((values[:, :2] / values[:, 2:] * flip[:2]) - affine[:, 2]) @ np.linalg.inv(affine[:, :2]).T
            pixels = pixels * flip[:2] + ([SIZE, 0] if left else [0, 0])
            for start, end in BONES_DRAWN:
                cv2.line(
                    picture, *(np.rint(pixels[k]).astype(int).tolist() for k in (start, end)), colour, 1, cv2.LINE_AA
                )
            for joint in (2, 3, 4):
                cv2.circle(picture, np.rint(pixels[joint]).astype(int).tolist(), 3, colour, -1)
        label = f"{side} {off[0]:.0f} {off[1]:.0f}"
        cv2.putText(picture, label, (3, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1)
        results.append((float(off[0]), float(off[1]), picture))
    return results


def main() -> None:
    """Make the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="file of motion clips (vtm data import)")
    parser.add_argument("--networks", type=Path, required=True, help="folder of hand_landmark_full.onnx")
    parser.add_argument("--lifter", type=Path, help="in place of the shipped one")
    parser.add_argument("--out", type=Path, required=True, help="picture to write")
    parser.add_argument("--films", type=int, default=30, help="how many")
    parser.add_argument("--seed", type=int, default=950, help="of people and motions")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rng, clips = np.random.default_rng(args.seed), Clips(args.clips, "val")
    look, runner = network(args.networks / "hand_landmark_full.onnx"), hand_network("onnxruntime", args.lifter)
    renderer, results = Renderer(SIZE, SIZE, BONES), []
    for number in track(range(args.films), description=args.out.name):
        seed = args.seed * 1_000_000 + number
        hander = random_hander(seed, rng)
        clip, start = torch.tensor([int(rng.integers(len(clips)))]), torch.tensor([int(rng.integers(1000))])
        frames = clips.rows(clip, start, torch.full((1, FRAMES), max(round(float(clips.fps[clip]) / 30), 1)))[0]
        local, root = clips.local[frames].double().numpy(), clips.root[frames].double().numpy()
        film = HandFilm(hander, local, root, np.arange(FRAMES) / 30, seed, renderer)
        shown: list = []
        for seen in watch(film, [look], rng, False, shown) if film.good else []:
            pictures = [(row["frame"], picture) for picture, row in shown]
            results += lifted(film, seen | {"interval": np.full(FRAMES, 1 / 30)}, pictures, runner)
    worst = sorted(results, key=lambda one: -one[0] - one[1])[: COLUMNS * ROWS]
    others = [results[k] for k in rng.permutation(len(results))[: COLUMNS * ROWS]]
    pictures = [one[2] for one in worst + others]
    rows = [np.hstack(pictures[k : k + COLUMNS]) for k in range(0, len(pictures) // COLUMNS * COLUMNS, COLUMNS)]
    cv2.imwrite(str(args.out), np.vstack(rows)[..., ::-1])
    fingers, hand = np.mean([one[:2] for one in results], axis=0)
    print(f"{len(results)} hands, fingers {fingers:.1f}, hand {hand:.1f}")


if __name__ == "__main__":
    main()
