#!/usr/bin/env python3
"""Measure what the confidences of the shipped VTM network mean in degrees, and write models/expected_error.json.

    .venv/bin/python scripts/fit_expected_error.py --clips cmu_clips.npz --clips people_clips.npz

The network runs, as everybody runs it, over windows of the `val` subjects with measured 2D errors. Every other subject
gives the numbers, the others evaluate them; a picture shows the judgement. To be repeated with every new network.
"""

import argparse
import hashlib
import json
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.progress import track

from vtm.body.skeleton import JOINT_NAMES
from vtm.files.atomic_file import atomic_file
from vtm.metrics.example import Example
from vtm.metrics.score import CALIBRATED, Errors, calibration, evaluate
from vtm.metrics.track import Track
from vtm.mocap.clip_file import read_index
from vtm.samples.held_out import held_out_examples
from vtm_tools.evaluation.error_fit import fit
from vtm_tools.evaluation.reliability import draw_reliability_file
from vtm_tools.evaluation.streamed import streamed
from vtm_trt.engine.models import model_path, models_folder
from vtm_trt.postprocess.expected_error import FILE, ErrorMap
from vtm_trt.stream.person_stream import MotionStream

PICTURE = Path(__file__).resolve().parent.parent / "docs/images/reliability.png"


def lifted(files: list[Path], windows: int) -> dict[str, list[tuple[Example, Track]]]:
    """By subject, the windows and what the network says of them at look-ahead 0."""
    people: dict[str, list[Example]] = {}
    for file in files:
        subject_of = {row["clip"]: row["subject"] for row in read_index(file)}
        for example in held_out_examples(file, windows):
            people.setdefault(subject_of[example.name.rpartition(" #")[0]], []).append(example)
    stream = MotionStream(None, 0)
    return {
        name: [(one, streamed(stream, one.observations)) for one in people[name]]
        for name in track(sorted(people), "lifting subjects")
    }


def judged(windows: list[tuple[Example, Track]], errors: ErrorMap | None = None) -> list[Errors]:
    """The windows judged; with what `errors` expects in place of what the present file does."""
    found = []
    for example, said in windows:
        if errors is not None:
            expected = errors(said.expected_error)
            said = replace(said, expected_angle=expected.angle_deg, expected_root=expected.root_m)
        found.append(evaluate(said, example.true, example.fps, example.protocol))
    return found


def fitted(clips: list[Errors]) -> ErrorMap:
    """The map that suits these."""
    together = {what: np.concatenate([clip.expectations[what] for clip in clips], axis=1) for what in CALIBRATED}
    return fit(together["position"][0], together["angle"][1], together["root"][1])


def rounded(numbers: np.ndarray) -> list[float]:
    return [float(f"{number:.4g}") for number in numbers]


def document(errors: ErrorMap, clips: list[Errors]) -> dict:
    """What the file says: how the map did on `clips`, and the map."""
    curves = {what: calibration(clips, what) for what in CALIBRATED}
    return {
        "judged": {
            what: {
                "rank_correlation": round(curve.rank_correlation, 3),
                "mean_log_ratio": round(curve.log_ratio, 3),
                "expected": rounded(curve.expected),
                "actual": rounded(curve.actual),
            }
            for what, curve in curves.items()
            if curve
        },
        "angle_deg": {name: rounded(row) for name, row in zip(JOINT_NAMES, errors.angle, strict=True)},
        "root_m": {"across": rounded(errors.across), "along": rounded(errors.along)},
    }


def a_row_a_line(found: dict) -> str:
    """JSON in which every list has one line."""
    lists = re.compile(r"\[[^][]+\]")
    return lists.sub(lambda numbers: re.sub(r"\n *", " ", numbers[0]), json.dumps(found, indent=1)) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, action="append", required=True, help="clips.npz with index.csv beside it")
    parser.add_argument("--windows", type=int, default=96, help="windows of 80 frames of each file")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="the judgement, .png")
    arguments = parser.parse_args()
    started = time.monotonic()
    people = lifted(arguments.clips, arguments.windows)
    learned, others = sorted(people)[::2], sorted(people)[1::2]
    errors = fitted(judged([window for name in learned for window in people[name]]))
    clips = judged([window for name in others for window in people[name]], errors)
    files = " ".join(f"--clips {file.parent.name}/{file.name}" for file in arguments.clips)
    found = {
        "made_by": f"scripts/fit_expected_error.py {files} --windows {arguments.windows}",
        "network_sha256": hashlib.sha256(model_path("vtm").read_bytes()).hexdigest(),
        "fitted_on_subjects": learned,
        "judged_on_subjects": others,
        **document(errors, clips),
    }
    with atomic_file(models_folder() / FILE) as temporary:
        temporary.write_text(a_row_a_line(found), encoding="utf-8")
    draw_reliability_file(arguments.picture, clips)
    print(a_row_a_line(found["judged"]))
    print(f"{models_folder() / FILE} and {arguments.picture} are ready, after {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
