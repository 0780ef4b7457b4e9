"""USD read back, and judged, by its own library."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_tools.export.conftest import FPS
from vtm.body.skeleton import JOINT_INDEX
from vtm_tools.cli.app import main
from vtm_tools.export.usd import USD, joint_paths, write_usd
from vtm_tools.export.world import in_the_world

WHY = "USD is read back by usd-core, which has no wheels for Python 3.10 on every processor: requirements/export.txt"


@pytest.fixture(scope="module")
def motion(clip_with_hands):
    return in_the_world(clip_with_hands)


def opened(path):
    """The stage, and what tells of its skeleton."""
    usd, skel = (pytest.importorskip(f"pxr.{name}", reason=WHY) for name in ("Usd", "UsdSkel"))
    stage = usd.Stage.Open(str(path))
    cache, root = skel.Cache(), skel.Root(stage.GetDefaultPrim())
    assert cache.Populate(root, usd.TraverseInstanceProxies())
    return stage, cache, cache.GetSkelQuery(skel.Skeleton.Get(stage, "/person/skeleton"))


@pytest.mark.parametrize(("suffix", "hands"), [*((suffix, True) for suffix in USD), (".usda", False)])
def test_joints_are_where_the_motion_has_them(motion, clip, tmp_path, suffix, hands):
    whole = motion if hands else in_the_world(clip)
    few = replace(whole, **{name: getattr(whole, name)[50:80] for name in ("stamps", "valid", "local", "root")})
    pytest.importorskip("pxr.Usd", reason=WHY)
    write_usd(tmp_path / f"a{suffix}", few)
    stage, _, skeleton = opened(tmp_path / f"a{suffix}")
    assert list(skeleton.GetJointOrder()) == joint_paths(few.skeleton) and few.skeleton.count == (52 if hands else 22)
    assert [path.split("/")[-1] for path in skeleton.GetJointOrder()] == list(few.skeleton.names)
    assert stage.GetTimeCodesPerSecond() == FPS and (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 29)
    units = {name: stage.GetMetadata(name) for name in ("upAxis", "metersPerUnit")}
    assert units == {"upAxis": "Z", "metersPerUnit": 1.0}
    turns, places = few.joints()
    for frame in range(30):
        seen = np.array(skeleton.ComputeJointSkelTransforms(frame))
        np.testing.assert_allclose(seen[:, 3, :3], places[frame], atol=1e-4)
        np.testing.assert_allclose(seen[:, :3, :3], np.swapaxes(turns[frame], -1, -2), atol=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix}"]


@pytest.fixture(scope="module")
def text(motion, tmp_path_factory):
    path = tmp_path_factory.mktemp("usd") / "person.usda"
    write_usd(path, motion)
    return path


def test_its_own_judge_finds_nothing(text):
    validation = pytest.importorskip("pxr.UsdValidation", reason=WHY)
    checks = validation.ValidationRegistry().GetOrLoadAllValidators()
    found = validation.ValidationContext(checks).Validate(opened(text)[0])
    assert len(checks) > 10 and [(fault.GetName(), fault.GetMessage()) for fault in found] == []


def test_the_skin_moves_with_the_bones(text, motion):
    skel = pytest.importorskip("pxr.UsdSkel", reason=WHY)
    stage, cache, skeleton = opened(text)
    transforms = skeleton.ComputeSkinningTransforms(120)
    joints, low = motion.joints()[1][120], 1.0
    extent = np.array(stage.GetPrimAtPath("/person").GetAttribute("extent").Get(120))
    near = {"left": ("left_wrist", "left_knee", "left_foot"), "right": ("right_ankle",), "middle": ("head",)}
    for side, names in near.items():
        mesh = stage.GetPrimAtPath(f"/person/{side}")
        points = mesh.GetAttribute("points").Get()
        assert cache.GetSkinningQuery(mesh).ComputeSkinnedPoints(transforms, points, 120)
        points = np.array(points)
        low = min(low, points[:, 2].min())
        for name in names:
            assert np.linalg.norm(points - joints[JOINT_INDEX[name]], axis=1).min() < 0.1, name
        assert (points > extent[0]).all() and (points < extent[1]).all()
    assert -0.05 < low < 0.05, "it stands on z = 0"
    assert skel.BindingAPI(mesh).GetSkeleton()


def test_text_needs_no_library(motion_path, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pxr", None)
    assert main(["export", str(motion_path), "--out", str(tmp_path / "a.usda")]) == 0
    written = (tmp_path / "a.usda").read_text()
    assert written.startswith("#usda 1.0") and written.count("{") == written.count("}")
    assert main(["export", str(motion_path), "--out", str(tmp_path / "a.usdz")]) == 2
    assert "needs the package usd-core; install it" in capsys.readouterr().err
    assert not (tmp_path / "a.usdz").exists()
