"""USD: the skeleton in its rest pose, a body of capsules on it, and the motion, as UsdSkel has them.

It is written as text, which needs no library; usd-core makes the binary files of it. Stages are in metres with z up, as
`WorldMotion`; a time code is a frame, frames are evenly spaced.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from vtm.body.rotations import continuous_quats, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, SOLE, Skeleton
from vtm.errors import VtmError
from vtm_tools.export.body_mesh import Mesh, body_mesh, rest_joints
from vtm_tools.export.glb import COLOURS
from vtm_tools.export.world import WorldMotion

USD = (".usda", ".usd", ".usdc", ".usdz")
MARGIN = 0.4
"""Metres that the body goes beyond its joints, at most: the top of a head."""


def write_usd(path: Path, motion: WorldMotion) -> None:
    """Write a motion.

    Args:
        path: The file: .usda is text, .usd and .usdc are binary, .usdz is a package with a binary one in it.
        motion: In the world.

    Raises:
        VtmError: It is not text, and usd-core is not installed.
        OSError: The file cannot be written.
    """
    kind = path.suffix.lower()
    text = "\n".join(_stage(motion.evenly())) + "\n"
    if kind == ".usda":
        path.write_text(text, encoding="utf-8")
        return
    try:
        from pxr import Sdf, UsdUtils
    except ImportError as error:
        raise VtmError(
            f"a {kind} file needs the package usd-core; install it: python -m pip install usd-core, or write a .usda, "
            "which needs nothing"
        ) from error
    layer = Sdf.Layer.CreateAnonymous(".usda")
    layer.ImportFromString(text)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        inside = Path(folder) / "person.usdc"
        try:
            written = layer.Export(str(inside))
            if written and kind == ".usdz":
                path.unlink(missing_ok=True)
                written = UsdUtils.CreateNewUsdzPackage(str(inside), str(path))
        except RuntimeError:  # of usd-core, with a page of text
            written = False
        if not written:
            raise OSError("there is no room, or no right to write")
        if kind != ".usdz":
            os.replace(inside, path)


def _stage(motion: WorldMotion) -> Iterator[str]:
    skeleton = motion.skeleton
    rest = rest_joints(motion.offsets, skeleton)
    rest[:, 2] += SOLE - rest[JOINT_INDEX["left_ankle"], 2]
    local = np.concatenate([rest[:1], motion.offsets[1:]])
    joints = _list(f'"{path}"' for path in joint_paths(skeleton))
    places = np.broadcast_to(local, (len(motion.root), *local.shape)).copy()
    places[:, 0] = motion.root
    yield f"""#usda 1.0
(
    defaultPrim = "person"
    doc = "A person's captured motion. The ground is z = 0; joints are SMPL-X's."
    endTimeCode = {len(motion.stamps) - 1}
    framesPerSecond = {motion.fps:.9g}
    metersPerUnit = 1
    startTimeCode = 0
    timeCodesPerSecond = {motion.fps:.9g}
    upAxis = "Z"
)

def SkelRoot "person"
{{
    float3[] extent.timeSamples = {{
{_samples(_bounds(motion))}
    }}

    def Skeleton "skeleton" (
        prepend apiSchemas = ["SkelBindingAPI"]
    )
    {{
        uniform matrix4d[] bindTransforms = {_list(map(_moved, rest))}
        uniform token[] joints = {joints}
        uniform matrix4d[] restTransforms = {_list(map(_moved, local))}
        rel skel:animationSource = </person/motion>
    }}

    def SkelAnimation "motion"
    {{
        uniform token[] joints = {joints}
        quatf[] rotations.timeSamples = {{
{_samples(continuous_quats(quat_from_matrix(motion.local))[..., [3, 0, 1, 2]])}
        }}
        half3[] scales = {_list(["(1, 1, 1)"] * skeleton.count)}
        float3[] translations.timeSamples = {{
{_samples(places)}
        }}
    }}
"""
    for side, mesh in body_mesh(motion.offsets, skeleton).items():
        yield _skin(side, mesh, rest[0])
    yield "}"


def joint_paths(skeleton: Skeleton) -> list[str]:
    """The joints as UsdSkel names them: each after all those above it."""
    paths: list[str] = []
    for parent, name in zip(skeleton.parents, skeleton.names, strict=True):
        paths.append(name if parent < 0 else f"{paths[parent]}/{name}")
    return paths


def _skin(side: str, mesh: Mesh, pelvis: np.ndarray) -> str:
    points = mesh.points + pelvis
    return f"""
    def Mesh "{side}" (
        prepend apiSchemas = ["SkelBindingAPI"]
    )
    {{
        float3[] extent = {_list(map(_tuple, [points.min(0), points.max(0)]))}
        int[] faceVertexCounts = {_list(["3"] * len(mesh.triangles))}
        int[] faceVertexIndices = {_list(map(str, mesh.triangles.ravel().tolist()))}
        normal3f[] normals = {_list(map(_tuple, mesh.normals))} (
            interpolation = "vertex"
        )
        point3f[] points = {_list(map(_tuple, points))}
        color3f[] primvars:displayColor = [{_tuple(np.array(COLOURS[side]))}]
        int[] primvars:skel:jointIndices = {_list(map(str, mesh.joints.tolist()))} (
            elementSize = 1
            interpolation = "vertex"
        )
        float[] primvars:skel:jointWeights = {_list(["1"] * len(mesh.joints))} (
            elementSize = 1
            interpolation = "vertex"
        )
        rel skel:skeleton = </person/skeleton>
        uniform token subdivisionScheme = "none"
    }}
"""


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(words)}]"


def _tuple(numbers: np.ndarray) -> str:
    return f"({', '.join(f'{number:.7g}' for number in numbers.tolist())})"


def _moved(place: np.ndarray) -> str:
    """A matrix that moves to `place` (3,); USD's have it in the last row."""
    return f"((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), {_tuple(np.append(place, 1.0))})"


def _samples(values: np.ndarray) -> str:
    """A line for each frame of `values` (T, N, M)."""
    return "\n".join(f"            {frame}: {_list(map(_tuple, row))}," for frame, row in enumerate(values))


def _bounds(motion: WorldMotion) -> np.ndarray:
    """Corners (T, 2, 3) m of a box about the body in each frame."""
    places = motion.joints()[1]
    return np.stack([places.min(1) - MARGIN, places.max(1) + MARGIN], 1)
