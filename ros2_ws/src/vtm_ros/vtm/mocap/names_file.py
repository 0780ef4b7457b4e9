"""The file that says which joint of a recording is which of ours."""

from pathlib import Path

import yaml

from vtm.body.skeleton import JOINT_NAMES
from vtm.errors import VtmError


def read_joint_names(path: Path) -> dict[str, str]:
    """Read a mapping of joint names, YAML or JSON, in either direction.

    Args:
        path: Like `left_knee: Gelenk_03`, a line for each joint whose name does not tell; the others may be left out.

    Returns:
        Our joint -> the recording's.

    Raises:
        VtmError: It cannot be read, is no such mapping, or no joint of it is ours.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise VtmError(f"cannot read {path}: {error.strerror}; check the path") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise VtmError(f"{path} is neither YAML nor JSON: {' '.join(str(error).split())}; correct it") from error
    if not isinstance(found, dict) or not found:
        raise VtmError(f"{path} is no mapping of names; write a line for each joint, like left_knee: Gelenk_03")
    names = {str(ours): str(theirs) for ours, theirs in found.items() if theirs is not None}
    if set(names.values()) & set(JOINT_NAMES) and not set(names) & set(JOINT_NAMES):
        names = {ours: theirs for theirs, ours in names.items()}
    wrong = sorted(set(names) - set(JOINT_NAMES))
    if wrong:
        raise VtmError(f"{path}: {', '.join(wrong)} is no joint of ours; those are {', '.join(JOINT_NAMES)}")
    return names
