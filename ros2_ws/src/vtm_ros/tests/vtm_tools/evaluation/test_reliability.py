import cv2
import numpy as np

from vtm.body.skeleton import NUM_JOINTS
from vtm.metrics.score import Errors
from vtm_tools.evaluation.reliability import GROUPS, draw_reliability_file


def test_every_joint_belongs_to_one_part():
    assert sorted(joint for joints in GROUPS.values() for joint in joints) == list(range(NUM_JOINTS))


def test_the_plots_show_what_is_known(tmp_path):
    rng = np.random.default_rng(0)
    expectations = {what: rng.gamma(2, 0.05, (2, 60, count)) for what, count in (("position", 22), ("root", 2))}
    draw_reliability_file(tmp_path / "some.png", [Errors(np.zeros((60, 22)), 0.0, expectations=expectations)])
    draw_reliability_file(tmp_path / "none.png", [Errors(np.zeros((60, 22)), 0.0)])
    some, none = (cv2.imread(str(tmp_path / name)).astype(int) for name in ("some.png", "none.png"))
    coloured = [
        [(third.max(-1) - third.min(-1) > 100).sum() for third in np.array_split(image, 3, 1)] for image in (some, none)
    ]
    assert coloured[0][0] > 100 and coloured[0][1] == 0 and coloured[0][2] > 100 and sum(coloured[1]) == 0
