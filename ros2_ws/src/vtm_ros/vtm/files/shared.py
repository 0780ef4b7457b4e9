"""Where the files are that come with a package of ours: networks, configurations, launch files.

In the source tree they lie beside package.xml; an installation, by pip or by colcon, has them in share/<package>.
"""

import os
import sys
from functools import cache
from pathlib import Path

from vtm.errors import VtmError

_SOURCE = Path(__file__).resolve().parents[2]


@cache
def share_folder(package: str = "vtm_ros") -> Path:
    """The folder with the files of a package.

    Args:
        package: name of a package of this repository.

    Returns:
        The package's folder in the source tree, or else `share/<package>` of the prefix where this file is installed,
        of this Python's, or of one on ROS 2's AMENT_PREFIX_PATH.

    Raises:
        VtmError: the package is not installed.
    """
    source = _SOURCE.parent / package
    if (_SOURCE / "setup.py").is_file() and (source / "package.xml").is_file():
        return source
    ament = (Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix)
    for prefix in (*Path(__file__).resolve().parents, Path(sys.prefix), *ament):
        folder = prefix / "share" / package
        if (folder / "package.xml").is_file():
            return folder
    raise VtmError(f"the files of {package} are missing from this installation; install the package {package} again")
