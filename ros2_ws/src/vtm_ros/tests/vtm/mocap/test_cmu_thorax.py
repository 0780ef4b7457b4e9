import numpy as np
import pytest

from vtm.mocap.bvh_reader import read_bvh
from vtm.mocap.cmu_thorax import with_thorax
from vtm.mocap.retarget import retarget

SIDES = """
JOINT {a}HipJoint {{ OFFSET 0 0 0 CHANNELS 3 Zrotation Yrotation Xrotation
 JOINT {b}UpLeg {{ OFFSET {x}1.65 -1.8 0.62 CHANNELS 3 Zrotation Yrotation Xrotation
  JOINT {b}Leg {{ OFFSET {x}2.6 -7.1 0 CHANNELS 3 Zrotation Yrotation Xrotation
   JOINT {b}Foot {{ OFFSET {x}2.5 -6.8 0 CHANNELS 3 Zrotation Yrotation Xrotation
    JOINT {b}ToeBase {{ OFFSET {x}0.2 -0.5 2.1 CHANNELS 3 Zrotation Yrotation Xrotation
     End Site {{ OFFSET 0 0 1 }} }} }} }} }} }}
"""
ARM = """
JOINT {b}Shoulder {{ OFFSET {collar} CHANNELS 3 Zrotation Yrotation Xrotation
 JOINT {b}Arm {{ OFFSET {x}3.3 0.9 0 CHANNELS 3 Zrotation Yrotation Xrotation
  JOINT {b}ForeArm {{ OFFSET {x}5 0 0 CHANNELS 3 Zrotation Yrotation Xrotation
   JOINT {b}Hand {{ OFFSET {x}3.3 0 0 CHANNELS 3 Zrotation Yrotation Xrotation
    End Site {{ OFFSET {x}0.8 0 0 }} }} }} }} }}
"""


def cmu_bvh(path, collar: str = "0 0 0", unit: float = 1.0, frames: int = 40):
    """CMU's skeleton of 31 joints (without fingers), in its rest pose, with every OFFSET `unit` times as long."""
    legs = SIDES.format(a="L", b="Left", x="") + SIDES.format(a="R", b="Right", x="-")
    arms = "".join(ARM.format(b=b, x=x, collar=collar) for b, x in (("Left", ""), ("Right", "-")))
    turn = "CHANNELS 3 Zrotation Yrotation Xrotation"
    text = f"""HIERARCHY
ROOT Hips {{ OFFSET 0 0 0 CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation {legs}
JOINT LowerBack {{ OFFSET 0 0 0 {turn} JOINT Spine {{ OFFSET 0 2.0 0 {turn} JOINT Spine1 {{ OFFSET 0 2.025 0 {turn}
JOINT Neck {{ OFFSET {collar} {turn} JOINT Neck1 {{ OFFSET 0 1.6 0.2 {turn} JOINT Head {{ OFFSET 0 1.6 0 {turn}
End Site {{ OFFSET 0 1.6 0 }} }} }} }} {arms} }} }} }} }}
"""
    words = text.split()
    for index, word in enumerate(words):
        if word == "OFFSET":
            words[index + 1 : index + 4] = [str(unit * float(value)) for value in words[index + 1 : index + 4]]
    text = " ".join(words).replace("{", "\n{\n").replace("}", "\n}\n")
    for word in ("OFFSET", "CHANNELS", "JOINT", "End"):
        text = text.replace(f" {word} ", f"\n{word} ")
    numbers = 6 + 3 * (text.count("JOINT"))
    row = f"0 {17.0 * unit} 0 " + "0 " * (numbers - 3)
    path.write_text(f"{text}\nMOTION\nFrames: {frames}\nFrame Time: 0.0083333\n" + f"{row}\n" * frames)
    return path


@pytest.mark.parametrize("unit", [1.0, 5.644])
def test_the_thorax_is_put_back_in_any_unit(tmp_path, unit):
    read = read_bvh(cmu_bvh(tmp_path / "a.bvh", unit=unit))
    mended = with_thorax(read)
    joints = {name: index for index, name in enumerate(mended.names)}
    for name in ("Neck", "LeftShoulder", "RightShoulder"):
        np.testing.assert_allclose(mended.offsets[joints[name]], [0, 2.065 * unit, 0], atol=0.005 * unit)
    before, after = retarget(read), retarget(mended)
    rise = after.pose()[1][0, [15, 20, 21], 2] - before.pose()[1][0, [15, 20, 21], 2]
    np.testing.assert_allclose(rise / after.metres, 2.065 * unit, atol=0.01 * unit)


def test_a_skeleton_with_a_thorax_is_left_alone(tmp_path):
    read = read_bvh(cmu_bvh(tmp_path / "a.bvh", collar="0 2.065 0"))
    assert with_thorax(read) is read
