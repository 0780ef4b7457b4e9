"""Every command in the README and in docs/ works, as far as this machine can tell.

Those of `vtm` in RUN are run. All others are parsed: the command, its options and values, targets, files, topics,
services, parameters and arguments must exist. Programs that are neither ours nor of every shell are marked in the page:
<!-- needs a camera -->.
"""

import re
import shutil
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest
import reference_commands
import typer
from reference_meanings import RETARGET_SERVICES, SERVICES, TOPICS

from tests.docs.pages import PAGES, ROOT, Command, blocks, commands, inline
from vtm.camera import Intrinsics
from vtm.files.bvh import write_bvh
from vtm.files.camera_file import save_intrinsics
from vtm.files.motion_file import MotionClip
from vtm_ros.nodes import one_process, replay_node
from vtm_ros.parameters import (
    CaptureParameters,
    FuseParameters,
    ReplayParameters,
    RetargetParameters,
    VideoCameraParameters,
)
from vtm_tools.batch.index import write_index
from vtm_tools.batch.job import Status
from vtm_tools.batch.journal import Record
from vtm_tools.cli.app import app, main

RUN = ("capture", "lift", "render", "export", "report", "doctor", "data import", "data inspect")
PARSED = {
    "batch": "needs a folder of videos; tests/vtm_tools/cli/test_batch.py",
    "train": "takes hours; tests/learn",
    "train-hands": "needs films of hands; tests/vtm_tools/hand_training",
    "bench": "takes minutes; tests/vtm_tools/cli/test_bench.py",
    "build": "builds engines for a GPU; tests/vtm_tools/cli/test_build.py",
    "eval": "takes minutes, on data that are not in the repository; tests/vtm_tools/cli/test_eval.py",
    "fuse": "needs videos of several cameras; tests/vtm_tools/cli/test_fuse.py",
    "view": "opens a window; tests/vtm_tools/view",
    "calibrate": "needs a film of a board; tests/vtm_tools/camera_calibration",
    "robot": "needs a robot; tests/vtm_tools/robot",
    "retarget": "needs a robot; tests/vtm_tools/robot",
    "recover": "needs a recording that was cut off; tests/vtm_trt/session_log",
}
OF_EVERY_SHELL = ("cd", "export", "source", "mkdir", "for", "done")
NODES = (CaptureParameters, FuseParameters, ReplayParameters, RetargetParameters, VideoCameraParameters)
NODE_PARAMETERS = {item.name for kind in NODES for item in fields(kind)} | {"use_sim_time"}
FRAMES = 12
ALL = commands()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory, clips) -> Path:
    """A folder with the files that the pages speak of: short ones."""
    folder = tmp_path_factory.mktemp("newcomer")
    film = cv2.VideoCapture(str(clips / "pose2sim" / "cam03.mp4"))
    writer = None
    for _ in range(FRAMES):
        picture = cv2.resize(film.read()[1], None, fx=0.5, fy=0.5)
        if writer is None:
            size = picture.shape[1::-1]
            writer = cv2.VideoWriter(str(folder / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 30, size)
        writer.write(picture)
    writer.release()
    film.release()
    for name in ("pose2sim/cam03.mp4", "sports2d/demo.mp4"):
        copy = folder / ".venv/share/vtm/clips" / name
        copy.parent.mkdir(parents=True)
        shutil.copy(folder / "clip.mp4", copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["capture", "clip.mp4", "--out", "motion.npz", "--once"]) == 0
        assert main(["export", "motion.npz", "--out", "bodies.npz"]) == 0
    save_intrinsics(folder / "camera.yaml", Intrinsics.from_fov(*size, 60.0), "camera")
    motion = MotionClip.load(folder / "motion.npz")
    to_and_fro = np.tile([*range(FRAMES), *reversed(range(FRAMES))], 3)
    for name in ("recordings", "clips"):
        (folder / name).mkdir()
    for subject in ("06", "07", "08"):
        recording = folder / "recordings" / f"{subject}_01.bvh"
        write_bvh(recording, motion.quat_local[to_and_fro], motion.root_cam[to_and_fro], motion.offsets, fps=30)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["data", "import", "recordings/", "--out", "clips/clips.npz"]) == 0
    (folder / "motion").mkdir()
    write_index(folder / "motion", [Record(Status.DONE, outputs=("clip.npz",), tracked=1.0, quality=1.0)])
    for name in ("keypoints.npz", "own.npz", "lifted.npz"):
        shutil.copy(folder / "motion.npz", folder / name)
    return folder


def vtm_command(words: tuple[str, ...]) -> tuple[str, list[str]] | None:
    """Name and arguments of a command of `vtm`."""
    if Path(words[0]).name != "vtm" or len(words) < 2:
        return None
    size = 2 if words[1] == "data" and len(words) > 2 else 1
    return " ".join(words[1 : 1 + size]), list(words[1 + size :])


def runnable() -> list[Command]:
    """Every different command of RUN that is not marked to need something."""
    own = [command for command in ALL if not command.need and (vtm_command(command.words) or [""])[0] in RUN]
    return list({command.words: command for command in own}.values())


@pytest.mark.parametrize("command", runnable(), ids=str)
def test_commands_that_can_run_here_run(command, sandbox, monkeypatch, capsys):
    monkeypatch.chdir(sandbox)
    assert main(list(command.words[1:])) == 0, capsys.readouterr().err


@pytest.mark.parametrize("command", ALL, ids=str)
def test_every_command_exists_with_its_options(command):
    program = Path(command.words[0]).name
    check = CHECKS.get(program)
    if check is None:
        assert program in OF_EVERY_SHELL or command.need, (
            f"{command}: nothing is known of {program}; mark what it needs"
        )
    else:
        check(list(command.words[1:]))


def test_commands_within_the_text_exist():
    known = reference_commands.commands()
    for page in PAGES:
        for line, token in inline(page, "code_inline"):
            found = vtm_command(tuple(token.content.split()))
            if found is None or found[0].startswith(("-", "…")) or found[0] == "data":
                continue
            name, arguments = found
            assert name in known, f"{page.name}:{line}: there is no `vtm {name}`"
            options = {option for item in known[name].params for option in (*item.opts, *item.secondary_opts)}
            for word in arguments:
                assert not word.startswith("--") or word in options, f"{page.name}:{line}: `vtm {name}` has no {word}"


@pytest.mark.parametrize("page", [page for page in PAGES if any(blocks(page, ("python",)))], ids=lambda page: page.name)
def test_python_runs(page, sandbox, monkeypatch):
    monkeypatch.chdir(sandbox)
    with np.load("motion.npz") as motion:
        names = {"np": np, "keypoints": motion["keypoints"], "K": motion["K"], "GMR": Retargeter}
    for line, text, _ in blocks(page, ("python",)):
        exec(compile("\n" * (line - 1) + text, str(page), "exec"), names)


class Retargeter:
    """Takes what GMR takes."""

    def __init__(self, src_human: str, tgt_robot: str, actual_human_height: float):
        assert 0.5 < actual_human_height < 2.5

    def retarget(self, body: dict) -> None:
        assert all(np.shape(place) == (3,) and np.shape(turn) == (4,) for place, turn in body.values())


def of_vtm(arguments: list[str]) -> None:
    name, rest = vtm_command(("vtm", *arguments)) or ("", [])
    assert name in RUN or name in PARSED, f"say in RUN or PARSED what becomes of `vtm {name}`"
    typer.main.get_command(app).make_context("vtm", arguments[:1], resilient_parsing=True)
    reference_commands.commands()[name].make_context(name, rest)


def of_ros_program(parser):
    def check(arguments: list[str]) -> None:
        ours, _, for_ros = " ".join(arguments).partition("--ros-args")
        parser.parse_args(ours.split())
        ros_arguments(for_ros.split())

    return check


def ros_arguments(words: list[str]) -> None:
    for option, value in zip(words, words[1:], strict=False):
        if option == "-p":
            name = value.partition(":=")[0]
            assert name in NODE_PARAMETERS, f"no node has the parameter {name}"


def of_make(arguments: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert all(word in targets or "=" in word for word in arguments), f"make has {targets}"


def of_python(arguments: list[str]) -> None:
    if arguments[:2] == ["-m", "pip"]:
        files = [after for before, after in zip(arguments, arguments[1:], strict=False) if before == "-r"]
        assert all((ROOT / file).is_file() for file in files)
    elif arguments[:2] == ["-m", "pytest"]:
        assert all((ROOT / word).exists() for word in arguments[2:] if not word.startswith("-"))
    else:
        script = (ROOT / arguments[0]).read_text()
        for word in (word for word in arguments[1:] if word.startswith("--") and word != "--help"):
            of_typer = rf"\b{word[2:].replace('-', '_')}: "
            assert f'"{word}"' in script or re.search(of_typer, script), f"{arguments[0]} has no {word}"


def of_script(arguments: list[str]) -> None:
    assert arguments in ([], ["docs"], ["test"])


def of_ros2(arguments: list[str]) -> None:
    verb, rest = arguments[0], arguments[1:]
    if verb == "launch" and rest[0] == "vtm_ros":
        known = {row[0].strip("`") for row in reference_commands.launch_rows(rest[1])}
        given = {word.partition(":=")[0] for word in rest[2:] if ":=" in word}
        assert given <= known, f"{rest[1]} has no {given - known}"
    elif verb == "run" and rest[0] == "vtm_ros":
        programs = re.findall(r'"(\w+) = ', (reference_commands.PACKAGE / "setup.py").read_text())
        assert rest[1] in programs
        ros_arguments(rest[2:])
    elif verb == "service":
        name = re.sub(r"^.*/(capture|retarget)/", "~/", rest[1])
        assert name in SERVICES | RETARGET_SERVICES, f"no node has a service {rest[1]}"
    elif verb == "topic" and rest[0] in ("echo", "hz") and not rest[1].startswith("/camera"):
        assert any(rest[1].lstrip("/") == topic.lstrip("/") for topic, _ in TOPICS), f"the node has no topic {rest[1]}"
    elif verb == "param" and rest[:2] == ["set", "/capture"]:
        dynamic = {item.name for item in fields(CaptureParameters) if item.metadata["dynamic"]}
        assert rest[2] in dynamic, f"{rest[2]} cannot be set at run time"


CHECKS = {
    "vtm": of_vtm,
    "vtm_capture": of_ros_program(one_process._parser()),
    "vtm_replay": of_ros_program(replay_node._parser()),
    "capture": lambda arguments: ros_arguments(arguments),
    "make": of_make,
    "python": of_python,
    "python3": of_python,
    "setup.sh": of_script,
    "ros2": of_ros2,
}
