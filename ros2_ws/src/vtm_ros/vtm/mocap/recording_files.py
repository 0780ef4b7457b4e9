"""Which files hold motion, and what reads each."""

from collections.abc import Callable, Sequence
from pathlib import Path

from vtm.errors import VtmError
from vtm.files.git_lfs import check_pulled
from vtm.mocap.asf_amc import read_amc
from vtm.mocap.bvh_reader import read_bvh
from vtm.mocap.foreign_formats import REMEDIES, refuse
from vtm.mocap.gltf_reader import read_gltf
from vtm.mocap.recording import Recording

READERS: dict[str, Callable[[Path], Sequence[Recording]]] = {
    ".bvh": lambda path: [read_bvh(path)],
    ".amc": lambda path: [read_amc(path)],
    **dict.fromkeys((".glb", ".gltf", ".vrma"), read_gltf),
}
ARCHIVE = ".npz"
KINDS = ".bvh, .amc, .glb, .gltf, .vrma or .npz"


def find_recordings(paths: Sequence[Path], out: Path | None = None) -> list[Path]:
    """Find the recordings and clip files among `paths` and in the folders among them.

    Also those of formats that are not read, so that they are named with their remedy.

    Args:
        paths: Files and folders.
        out: A file that is left out.

    Returns:
        Files, in order of name within each folder.

    Raises:
        VtmError: A path is neither a folder nor such a file, or there is none.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*"))
            known = (*READERS, *REMEDIES, ARCHIVE)
            inside = [file for file in inside if file.suffix.lower() in known and file.is_file()]
            found += [file for file in inside if out is None or file.resolve() != out.resolve()]
        elif path.suffix.lower() in (*READERS, *REMEDIES, ARCHIVE):
            found.append(path)
        else:
            raise VtmError(f"{path} is neither a folder nor a {KINDS} file; give one of those")
    if not found:
        raise VtmError(f"no {KINDS} file in {', '.join(map(str, paths))}; give the folder that holds them")
    return list(dict.fromkeys(found))


def read_recordings(file: Path) -> Sequence[Recording]:
    """Read all recordings of a file.

    Raises:
        VtmError: It cannot be read.
    """
    check_pulled(file)
    if file.suffix.lower() in REMEDIES:
        refuse(file)
    return READERS[file.suffix.lower()](file)
