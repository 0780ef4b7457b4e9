import io
import json

import cv2
from rich.console import Console

from vtm.train.curves import CURVES, Live, draw_curves


def test_where_nobody_watches_each_look_at_the_held_out_is_a_line():
    text = io.StringIO()
    with Live(20, 5, Console(file=text, force_terminal=False)) as live:
        live(0, {"loss": 3.0})
        live(9, {"val_mpjpe_mm": 71.25})
    lines = [line for line in text.getvalue().splitlines() if line.startswith("step")]
    assert len(lines) == 1 and "step 10 of 20" in lines[0] and "71.2 mm" in lines[0] and "video" in lines[0]


def test_curves_are_a_picture(tmp_path):
    scores = {key: 50.0 for key, _ in CURVES}
    lines = [{"step": step, "loss": 3.0 / step} for step in (1, 51, 101)]
    lines += [{"step": step, "seconds": 1, "lookahead_0": scores, "lookahead_8": scores} for step in (50, 100)]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    draw_curves(tmp_path / "log.jsonl", tmp_path / "curves.png")
    assert cv2.imread(str(tmp_path / "curves.png")).std() > 5
