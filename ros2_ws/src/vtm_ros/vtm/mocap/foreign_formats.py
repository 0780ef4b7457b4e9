"""Formats of motion that are not read, and what to do with their files."""

from pathlib import Path

from vtm.errors import VtmError

_BLENDER = (
    "convert it to .glb or .bvh, for instance in Blender: File > Import, then File > Export > glTF 2.0 with animation"
)
_FBX = (
    "convert it to .glb, in Blender's window (File > Import, then File > Export > glTF 2.0 with animation) or with "
    'blender -b --python-expr "import bpy; bpy.ops.wm.read_factory_settings(use_empty=True); '
    "bpy.ops.import_scene.fbx(filepath='{path}'); bpy.ops.export_scene.gltf(filepath='{stem}.glb')\""
)
_SOLVE = (
    "it holds markers without a skeleton; let the program of the cameras (Motive, Nexus, Shogun, Cortex) or OpenSim "
    "solve the skeleton, and export BVH"
)
_EXPORT = "export BVH from the program that wrote it"
REMEDIES = {
    ".fbx": _FBX,
    **dict.fromkeys((".dae", ".blend", ".usd", ".usda", ".usdc", ".usdz", ".x3d", ".abc"), _BLENDER),
    **dict.fromkeys((".c3d", ".trc", ".trb", ".vsk", ".csm"), _SOLVE),
    **dict.fromkeys(
        (".bip", ".htr", ".mvn", ".mvnx", ".vmd", ".tak", ".cmj", ".anim", ".iavatar", ".rlmotion"), _EXPORT
    ),
    ".vrm": "it holds a body without motion; give a .vrma file, or a .glb with an animation",
}
"""Suffix -> what to do."""


def refuse(path: Path) -> None:
    """Refuse a file of motion that is not read.

    Raises:
        VtmError: With the remedy.
    """
    remedy = REMEDIES[path.suffix.lower()].replace("{path}", str(path)).replace("{stem}", str(path.with_suffix("")))
    raise VtmError(f"{path} is not read: {remedy}")
