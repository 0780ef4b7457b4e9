"""Write docs/reference.md: parameters, topics, services, launch arguments and commands, from the code itself.

source .venv/ros_env.sh && .venv/bin/python scripts/make_reference.py
"""

import argparse
import sys
from pathlib import Path

import reference_commands as commands
import reference_ros as ros

from vtm.files.atomic_file import atomic_file

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference.md"
HEAD = """\
# Reference

Written by `scripts/make_reference.py` from the code; a test keeps it up to date.

Names of topics are relative to the namespace of the node, and can be remapped. Every output carries the stamp of its
image; with look-ahead, that of the image that it shows. The newest image wins; drops are counted, nothing queues.
"""
HRI = """\
With the parameter `hri` and an installed hri_msgs the person is published as REP-155 has it, too:
`/humans/bodies/tracked` and, for each person under an id of five letters, `joint_states`, `urdf`, `skeleton2d`, `roi`
and the frames `body_<id>` and below (with `publish_tf`; no robot_state_publisher is needed). Links, joints and axes are
those of human_description, the lengths are the person's. That body has a stiff trunk that only bends forward, so it is
a projection: limbs and head point where ours do, and `hri residual [deg]` in `/diagnostics` is the mean angle between
its bones and ours. The shipped policy for SROS 2 does not allow these topics.
"""
OTHERS = """\
`video_camera` publishes `image` and `camera_info`; `replay` publishes what `capture` does, without `overlay` and
`/diagnostics`; `viewer` subscribes and shows. The QoS of both sides must fit: see
[troubleshooting](troubleshooting.md).
"""
COMMANDS = """\
## Commands of `vtm`

Exit codes: 0 done, 1 the answer is no (`vtm doctor`) or some videos failed (`vtm batch`), 2 a mistake in what was
asked, with one sentence that names the remedy, 130 interrupted.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, *node_parts("capture", HRI, OTHERS), *node_parts("fuse"), *node_parts("retarget"), "## Parameters\n"]
    for name in ros.NODES:
        rows = ros.parameter_rows(name)
        parts += [f"### `{name}`\n", table(["parameter", "default", "valid", "at run time", "meaning"], rows)]
    parts.append("## Launch arguments\n\nAn empty argument leaves its parameter to `params_file`.\n")
    for file in sorted(path.name for path in (commands.PACKAGE / "launch").glob("*.launch.py")):
        parts += [f"### `{file}`\n", table(["argument", "default", "choices", "meaning"], commands.launch_rows(file))]
    parts.append("## Programs of ROS 2\n\nWhat follows `--ros-args` goes to the nodes.\n")
    for program in ("vtm_capture", "vtm_replay"):
        parts += [f"### `{program}`\n", table(["argument", "meaning"], commands.program_rows(program))]
    parts.append(COMMANDS)
    for name, command in commands.commands().items():
        parts += [f"### `vtm {name}`\n", f"{commands.summary(command)}\n"]
        parts.append(table(["argument", "default", "meaning"], commands.command_rows(command)))
    return "\n".join(parts)


def node_parts(name: str, *remarks: str) -> list[str]:
    """Topics, then `remarks`, services and diagnostics of the node `name`."""
    with ros.running(name) as node:
        topics, services, keys = ros.topic_rows(node), ros.service_rows(node), ros.diagnostics_rows(node)
    parts = [f"## Topics of the node `{name}`\n", table(["topic", "", "type", "QoS", "what"], topics), *remarks]
    if services:
        parts += [f"## Services of the node `{name}`\n", table(["service", "type", "what"], services)]
    return [*parts, f"## Diagnostics of the node `{name}`\n", table(["key", "meaning"], keys)]


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *([_cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    """A bar would end the cell, and outside of code an angle bracket would begin a tag."""
    parts = text.replace("|", "\\|").split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))


def main() -> int:
    parser = argparse.ArgumentParser(description="Write docs/reference.md from the code.")
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date (exit code 1 if not)")
    check, text = parser.parse_args().check, page()
    if not check:
        with atomic_file(PAGE) as part:
            part.write_text(text)
    elif not PAGE.is_file() or PAGE.read_text() != text:
        print("docs/reference.md is out of date; run scripts/make_reference.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
