"""Films scenes of two to four rendered people whose paths cross, with the exact truth of each, for `vtm eval --people`.

    render_people.py --clips CLIPS.npz --out scenes/

Each scene becomes NAME.mp4 and NAME.npz; those of `--alone` once more with each person alone in the same room, as
NAME.alone1.mp4 and so on. The same seed films the same scenes.
"""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import cv2
import torch
import typer
from rich.console import Console

from vtm.errors import VtmError
from vtm.samples.crowd_scenes import SCENES, film_scene
from vtm.samples.renders.film import Film
from vtm_tools.render.files import write_film

app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def render(
    clips: Annotated[Path, typer.Option(help="Motion capture (cmu_clips.npz), with index.csv beside it.")],
    out: Annotated[Path, typer.Option(help="Folder for the scenes.")],
    scene: Annotated[list[str] | None, typer.Option(help=f"Only this one of {', '.join(SCENES)}.")] = None,
    alone: Annotated[list[str] | None, typer.Option(help="Film the people of this scene alone as well.")] = None,
    width: Annotated[int, typer.Option(min=160, help="Of the pictures; their height is 9/16 of it.")] = 640,
    fps: Annotated[float, typer.Option(min=5, help="Frames per second.")] = 20.0,
    seed: Annotated[int, typer.Option(min=0, help="Of people, clothes, rooms and light.")] = 28,
) -> None:
    """Render the scenes."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    alone = ["cross", "sit"] if alone is None else alone
    if unknown := {*(scene or ()), *alone} - SCENES.keys():
        raise VtmError(f"there is no scene {', '.join(sorted(unknown))}; there are {', '.join(SCENES)}")
    console = Console()
    for number, name in enumerate(SCENES):
        if scene and name not in scene:
            continue
        began = perf_counter()
        film = film_scene(name, clips, seed + number, (width, round(width * 9 / 16)), fps)
        told = perf_counter()
        write(film, out / f"{name}.mp4", fps)
        drawn = perf_counter()
        for who in range(len(film.truth.joints)) if name in alone else ():
            write(film.alone(who), out / f"{name}.alone{who + 1}.mp4", fps)
        film.truth.save(out / f"{name}.npz")
        each, size = 1e3 / len(film), (out / f"{name}.mp4").stat().st_size >> 10
        console.print(
            f"{name}: {len(film.truth.joints)} people, {len(film)} frames, {size} KiB; per frame "
            f"{(drawn - told) * each:.0f} ms, {(told - began) * each:.0f} ms for the truth"
        )


def write(film: Film, path: Path, fps: float) -> None:
    """The pictures of `film` as a video, which appears whole or not at all."""
    part = path.with_stem(path.stem + ".part")
    write_film(part, film, fps)
    part.replace(path)


if __name__ == "__main__":
    app()
