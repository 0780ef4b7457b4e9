from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import walker
from vtm.metrics.score import HIPS, LIMBS, Protocol, evaluate
from vtm.metrics.track import Track
from vtm_tools.evaluation.figure import draw_figure, worst_cases
from vtm_tools.evaluation.streamed import Evaluation


def judged(protocol: Protocol, errors_m: list[list[float]]) -> Evaluation:
    """One walker per list; in each frame every judged joint but the anchor is off by that many metres."""
    found = Evaluation(0, [], [], [], [], [])
    for number, off in enumerate(errors_m):
        example = replace(walker(len(off)), name=f"clip {number}", protocol=protocol)
        joints = example.true.joints.copy()
        joints[:, 3:, 1] += np.array(off)[:, None]
        track = Track(joints, expected_error=np.abs(np.random.default_rng(0).normal(0.1, 0.02, joints.shape[:2])))
        found.examples.append(example)
        found.joints.append(joints)
        found.errors.append(evaluate(track, example.true, example.fps, protocol))
    return found


def test_the_worst_frame_of_each_of_the_worst_clips():
    quiet = [[0.01] * 20 for _ in range(8)]
    quiet[5][12] = 0.4
    quiet[2][19] = 0.6
    quiet[2][18] = 0.5
    quiet[7][3] = 0.9
    cases = worst_cases(judged(Protocol(skip_first=5), quiet))
    assert [(case.example.name, case.frame) for case in cases[:2]] == [("clip 2", 19), ("clip 5", 12)]
    assert len(cases) == 6 and len({case.example.name for case in cases}) == 6
    assert cases[0].error == pytest.approx(600 * 12 / 14)


def test_few_clips_show_several_frames_each():
    cases = worst_cases(judged(Protocol(), [[0.1] * 30, [0.2] * 30]))
    assert [case.example.name for case in cases] == ["clip 1"] * 3 + ["clip 0"] * 3
    assert len({case.frame for case in cases[:3]}) == 3


def test_the_sheet_shows_every_data_set(tmp_path):
    protocols = Protocol(), Protocol(LIMBS, HIPS)
    data = [(f"data {number}", judged(one, [[0.1] * 10, [0.3] * 10])) for number, one in enumerate(protocols)]
    data[1][1].examples[0].true.joints[:, 0] = np.nan
    draw_figure(tmp_path / "sheet.png", data)
    image = cv2.imread(str(tmp_path / "sheet.png"))
    assert image.shape[1] == 1600 and image.shape[0] > 2000
    halves = np.array_split(image, 2)
    assert all((half.max(-1).astype(int) - half.min(-1) > 100).mean() > 0.003 for half in halves), "little is coloured"
