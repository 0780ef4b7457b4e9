"""The arguments of the launch files and of the programs, read from their own declarations."""

import argparse
import ast
import re
from pathlib import Path

import typer

from vtm_ros.nodes import one_process, replay_node
from vtm_tools.cli.app import app

PACKAGE = Path(__file__).resolve().parent.parent / "ros2_ws/src/vtm_ros"
HELP = ("-h", "--help", "--install-completion", "--show-completion")


def launch_rows(file: str) -> list[list[str]]:
    """Name, default, choices, description of each argument. The launch system need not be installed."""
    tree = ast.parse((PACKAGE / "launch" / file).read_text())
    named = {
        target.id: node.value
        for node in ast.walk(tree) if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    rows = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "DeclareLaunchArgument":
            given = {
                keyword.arg: named.get(getattr(keyword.value, "id", ""), keyword.value) for keyword in call.keywords
            }
            choices = ast.literal_eval(given["choices"]) if "choices" in given else []
            rows.append([
                f"`{ast.literal_eval(call.args[0])}`",
                _default(given["default_value"]),
                ", ".join(choice or "empty" for choice in choices),
                ast.literal_eval(given["description"]),
            ])  # fmt: skip
    return rows


def commands() -> dict[str, object]:
    """Every command of `vtm` by its full name, such as "data import"."""
    return dict(_commands(typer.main.get_command(app), ""))


def _commands(group, prefix: str):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def command_rows(command) -> list[list[str]]:
    """Argument or option, default, meaning."""
    rows = []
    for item in command.params:
        if not set(HELP) & set(item.opts):
            text, default = _plain(item.help or ""), item.default
            stated = re.search(r"\s*\[default: ([^\]]*)\]", text)
            if stated:
                text, default = text.replace(stated[0], ""), stated[1]
            name = f"`{item.name.upper()}`" if item.param_type_name == "argument" else _names(item)
            rows.append([name, "required" if item.required else _shown(default), text])
    return rows


def summary(command) -> str:
    """The first paragraph of the help."""
    return _plain((command.help or "").split("\n\n")[0])


def program_rows(program: str) -> list[list[str]]:
    """Arguments of the ROS programs `vtm_capture` and `vtm_replay`."""
    parser: argparse.ArgumentParser = {"vtm_capture": one_process, "vtm_replay": replay_node}[program]._parser()
    return [
        [", ".join(f"`{option}`" for option in item.option_strings) or f"`{item.dest.upper()}`", item.help or ""]
        for item in parser._actions if item.dest != "help"
    ]  # fmt: skip


def _names(option) -> str:
    return ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))


def _shown(default) -> str:
    if isinstance(default, Path):  # installed somewhere, with the same end everywhere
        default = Path(*default.parts[-2:])
    return "" if default is None or default is False or default in ((), []) else f"`{default}`"


def _plain(text: str) -> str:
    """Without the marks of rich, in one line."""
    return " ".join(re.sub(r"\[/?(bold|dim|italic)\]", "", text).replace("\\[", "[").split())


def _default(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return f"`{node.value}`" if node.value else "empty"
    return f"`{'/'.join(re.findall(chr(39) + '([^' + chr(39) + ']+)' + chr(39), ast.unparse(node)))}` of the package"
