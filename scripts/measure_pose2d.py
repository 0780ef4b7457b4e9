"""Measures the shipped 2D network on rendered people: where its keypoints sit on a body and how it errs.

    measure_pose2d.py render --clips CLIPS.npz --count 220 --raw out/recorded.npz
    measure_pose2d.py render --clips CLIPS.npz --count 60 --raw out/postures.npz --postures --seed 5000
    measure_pose2d.py fit --raw out/recorded.npz --raw out/postures.npz
    measure_pose2d.py errors --raw out/recorded.npz --raw out/postures.npz

`render` films people in motion from the training split, or in named postures, and runs the network over each clip as
over a video. `fit` prints the table for vtm/body/keypoint_offsets.py; `errors` stores what is left about that table.

What `render` writes is training material, too (`vtm train --renders`); with `--split val` it judges (`--val-renders`).
"""

import json
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
import typer
from rich.progress import track

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.pose_features import POSE_CHANNELS
from vtm.body.skeleton import person_scale
from vtm.samples import augment
from vtm.samples.clips import Clips
from vtm.samples.postures import POSTURES, through
from vtm.samples.renders.clip import RenderedClip
from vtm.samples.renders.errors import error_tracks, save_tracks, summary
from vtm.samples.renders.filmed import Filmed
from vtm.samples.renders.keypoint_fit import Found, fit_offsets
from vtm.types import Frame
from vtm_trt.pose2d.tracker import PoseTracker

ROOT = Path(__file__).resolve().parent.parent
LEARN = ROOT / "ros2_ws/src/vtm_ros/vtm/learn"
FRAMES, RATE = 48, 30
SIZES = ((480, 360), (360, 480), (448, 448), (640, 360))
app = typer.Typer(add_completion=False, help=__doc__)


def recorded(clips: Clips, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """local (1, 48, 22, 3, 3) and root (1, 48, 3) in virtual-skeleton metres: mirrored and recombined recordings."""

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        clip = torch.multinomial(clips.length.float(), 1, generator=generator)
        start = (torch.rand(1, generator=generator) * clips.length[clip]).long()
        rows = clips.rows(clip, start, torch.full((1, FRAMES), 2))
        size = float(person_scale(clips.limb_ratio[clip[0]].numpy()))
        return clips.local[rows], clips.root[rows] / size

    (local, root), (other, _) = draw(), draw()
    mirrored, recombined = (torch.rand(2, generator=generator) < torch.tensor([0.5, 0.3])).tolist()
    if mirrored:
        local, root = augment.mirror(local, root)
    return (augment.recombine(local, other) if recombined else local), root


def postured(generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """The same for a person who takes three named postures: sitting, lying, leaning and so on."""
    last = (FRAMES - 1) / RATE
    chosen = torch.randint(len(POSTURES), (3,), generator=generator).tolist()
    local, root, _ = through([(list(POSTURES)[which], last * part / 2) for part, which in enumerate(chosen)], RATE)
    return torch.from_numpy(local)[None].float(), torch.from_numpy(root)[None].float()


def varied(local: torch.Tensor, root: torch.Tensor, generator: torch.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The motion, local (48, 22, 3, 3) and root (48, 3), with small slow changes and in a random direction."""
    local = augment.perturb(local, torch.arange(FRAMES)[None] / RATE, 0.1, generator)
    local, root = augment.heading(local, root, generator)
    return local[0].double().numpy(), root[0].double().numpy()


def observe(tracker: PoseTracker, clip: RenderedClip) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (T, 23, 2), confidence (T, 23) and features (T, 70) that the network finds; 0 where it sees nobody."""
    pixels, confidence = np.zeros((len(clip), NUM_KEYPOINTS, 2)), np.zeros((len(clip), NUM_KEYPOINTS))
    image = np.zeros((len(clip), POSE_CHANNELS))
    tracker.reset()
    for index, picture in enumerate(clip):
        stamp = round(clip.truth.seconds[index] * 1e9)
        if (seen := tracker.step(Frame(picture, stamp, clip.truth.intrinsics))) is not None:
            pixels[index], confidence[index], image[index] = seen.keypoints, seen.confidence, seen.image
    return pixels, confidence, image


@app.command()
def render(
    clips: Annotated[Path, typer.Option(help="Motion clips (npz), beside their index.csv.")],
    raw: Annotated[Path, typer.Option(help="Where to write what was found.")],
    count: Annotated[int, typer.Option(help="Clips of 48 frames.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the first clip.")] = 0,
    postures: Annotated[bool, typer.Option(help="Named postures in place of recordings.")] = False,
    split: Annotated[str, typer.Option(help="Which recordings: train or val.")] = "train",
) -> None:
    """Render clips and run the 2D network over them."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    motions, tracker, rows = Clips(clips, split), PoseTracker("full", threads=1), []
    raw.parent.mkdir(parents=True, exist_ok=True)
    for index in track(range(seed, seed + count), "rendering"):
        rng = np.random.default_rng((index, 1))
        generator = torch.Generator().manual_seed(index)
        local, root = varied(*(postured(generator) if postures else recorded(motions, generator)), generator)
        size = SIZES[rng.integers(len(SIZES))]
        clip = RenderedClip(local, root, np.arange(FRAMES) / RATE, index, size, occluded=bool(rng.random() < 0.25))
        truth, camera = clip.truth, clip.truth.intrinsics
        pixels, confidence, image = observe(tracker, clip)
        lens = np.array([camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy])
        seen = (pixels, confidence, truth.joints, truth.rotations, truth.ratio, lens)
        rows.append((*seen, image, clip.shot.rotation, clip.shot.centre, np.float32(RATE)))
        if len(rows) % 20 == 0 or len(rows) == count:
            Filmed(*(np.stack(column).astype(np.float32) for column in zip(*rows, strict=True))).save(raw)


RAW = Annotated[list[Path], typer.Option(help="What `render` wrote, any number of files.")]


@app.command()
def fit(raw: RAW) -> None:
    """Print where the keypoints sit: the table of vtm/body/keypoint_offsets.py."""
    for name, entry in fit_offsets(Found.joined([Found.load(path) for path in raw])).items():
        print(f'    "{name}": ("{entry.base}", "{entry.frame}", {entry.offset}),')


@app.command()
def errors(raw: RAW) -> None:
    """Keep the errors about that table: vtm/samples/pose2d_errors.npz, benchmarks/results/pose2d_errors.json."""
    tracks = error_tracks(Found.joined([Found.load(path) for path in raw]))
    save_tracks(tracks, LEARN / "pose2d_errors.npz")
    table = summary(tracks)
    (ROOT / "benchmarks/results/pose2d_errors.json").write_text(json.dumps(table, indent=1) + "\n")
    for name, row in table["keypoints"].items():
        print(f"{name:16}", " ".join(f"{key} {value:7.4f}" for key, value in row.items()))


if __name__ == "__main__":
    app()
