"""The pages of the Python API: one for each floor and one for each room, written from what is there."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "ros2_ws/src/vtm_ros"
FLOORS = tuple(
    floor
    for floor in ("vtm", "vtm_trt", "vtm_robot", "vtm_tools", "vtm_ros")
    if (PACKAGE / floor / "__init__.py").is_file()
)
"""From the ground up."""
INDEX = """\
# Python API

The floors of the code from the top down; each knows nothing of those above it.
[Architecture](../architecture.md) tells how a frame travels through them. Names that begin with an underscore are
left out.

"""


def api_page(module: Path) -> str | None:
    """The page of a module or a room, with its anchor, as a path within the site; None for what has none.

    module: a file or a folder, relative to the package.
    """
    parts = module.with_suffix("").parts
    if not parts or parts[0] not in FLOORS or module.suffix not in ("", ".py"):
        return None
    is_room = len(parts) > 1 and (PACKAGE / parts[0] / parts[1]).is_dir()
    page = f"api/{parts[0]}/{parts[1] if is_room else 'index'}.md"
    is_the_page = module.suffix == "" or (module.name == "__init__.py" and len(parts) < 4)
    return page if is_the_page else f"{page}#{_name(PACKAGE / module)}"


def api_pages() -> Iterator[tuple[str, str]]:
    """Path within the site and text of every page."""
    yield "api/index.md", INDEX + "".join(_floor_entry(floor) for floor in reversed(FLOORS))
    for floor in FLOORS:
        folder = PACKAGE / floor
        entries = "".join(f"* [`{room.name}`]({room.name}.md): {_first_line(room)}\n" for room in _rooms(folder))
        yield f"api/{floor}/index.md", f"{_headed(folder)}{entries}\n{_modules(folder, folder.glob('*.py'))}"
        for room in _rooms(folder):
            yield f"api/{floor}/{room.name}.md", _headed(room) + _modules(room, room.rglob("*.py"))


def api_nav() -> list[dict[str, list | str]]:
    """The entries of the site's menu, from the floor on the ground up."""
    entries: list[dict[str, list | str]] = [{"Overview": "api/index.md"}]
    for floor in FLOORS:
        pages = [{room: f"api/{floor}/{room}.md"} for room in rooms(floor)]
        entries.append({floor: [f"api/{floor}/index.md", *pages]})
    return entries


def rooms(floor: str) -> list[str]:
    """The names of the rooms of a floor."""
    return [room.name for room in _rooms(PACKAGE / floor)]


def modules() -> Iterator[str]:
    """The dotted name of every module, but those that are a page of their own."""
    for floor in FLOORS:
        own = [PACKAGE / floor, *_rooms(PACKAGE / floor)]
        files = sorted((PACKAGE / floor).rglob("*.py"))
        yield from (_name(file) for file in files if file.name != "__init__.py" or file.parent not in own)


def _rooms(floor: Path) -> list[Path]:
    return sorted(folder for folder in floor.iterdir() if (folder / "__init__.py").is_file())


def _headed(folder: Path) -> str:
    """Title, docstring and names of the folder itself."""
    options = "{show_root_heading: false, show_root_toc_entry: false}"
    return f"# {_name(folder)}\n\n::: {_name(folder)}\n    options: {options}\n\n"


def _modules(folder: Path, files: Iterator[Path]) -> str:
    return "".join(f"::: {_name(file)}\n\n" for file in sorted(files) if file != folder / "__init__.py")


def _name(file: Path) -> str:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _floor_entry(floor: str) -> str:
    named = ", ".join(f"[{room}]({floor}/{room}.md)" for room in rooms(floor))
    return f"* **[{floor}]({floor}/index.md)**: {_first_line(PACKAGE / floor)}\n\n    {named}\n\n"


def _first_line(folder: Path) -> str:
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    return (docstring or "").partition("\n")[0]
