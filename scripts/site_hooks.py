"""Hooks of mkdocs.yml, which make a site of the repository's own pages.

The pages beside docs/ become part of it, links between files become links between pages, the files that a page leads to
travel along, and diagrams are drawn while the site is built: a page loads nothing from elsewhere.
"""

import posixpath
import re
from pathlib import Path
from typing import Any
from zlib import crc32

import mmdr
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pymdownx.slugs import slugify
from site_api import PACKAGE, api_nav, api_page, api_pages

ROOT = Path(__file__).resolve().parent.parent
BESIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
"""Pages of the root, by their place in the site."""
FENCE = re.compile(r"^ *(```|~~~)")
LINK = re.compile(r"(?<=\]\()(?![a-z]+:)([^)\s#]*)(#[^)\s]*)?(?=\))")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Draw diagrams, make anchors as code hosts do, and put the rooms into the menu."""
    fence = {"name": "mermaid", "class": "diagram", "format": draw}
    config.mdx_configs.setdefault("pymdownx.superfences", {})["custom_fences"] = [fence]
    config.mdx_configs.setdefault("toc", {})["slugify"] = slugify(case="lower")
    for entry in config.nav or []:
        if "API" in entry:
            entry["API"] = api_nav()
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root, those of the API, and every file that a page leads to."""
    for name, place in BESIDE.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / name)))
    for file in [file for file in files if file.is_documentation_page()]:
        _take_along(Path(file.abs_src_path), files, config)
    for place, text in api_pages():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """The page with its links as the site has them."""
    source = page.file.abs_src_path
    return markdown if source is None else _relinked(markdown, Path(source), page.file.src_uri)


def draw(source: str, *_: Any, **__: Any) -> str:
    """A Mermaid diagram as a drawing within the page; its names are its own, for a page may hold several."""
    drawing = mmdr.render(source).svg()
    name = re.search(r'<svg id="([^"]+)"', drawing)
    if name:
        drawing = drawing.replace(name[1], f"diagram-{crc32(source.encode()):x}")
    return f'<div class="diagram">{drawing}</div>'


def site_path(target: Path) -> str:
    """Where the site has a file or folder of the repository, given relative to its root."""
    inside = target.relative_to("docs").as_posix() if target.is_relative_to("docs") else None
    package = PACKAGE.relative_to(ROOT)
    code = api_page(target.relative_to(package)) if target.is_relative_to(package) else None
    return BESIDE.get(target.as_posix()) or inside or code or f"files/{target.as_posix()}"


def _take_along(page: Path, files: Files, config: MkDocsConfig) -> None:
    for line in _prose(page.read_text()):
        for target, _ in LINK.findall(line):
            path = (page.parent / target).resolve()
            place = site_path(path.relative_to(ROOT))
            if path.is_file() and place.startswith("files/") and files.get_file_from_path(place) is None:
                files.append(File.generated(config, place, abs_src_path=str(path)))


def _relinked(markdown: str, source: Path, place: str) -> str:
    def relink(found: re.Match[str]) -> str:
        if not found[1]:
            return found[0]
        target = site_path((source.parent / found[1]).resolve().relative_to(ROOT))
        return posixpath.relpath(target, posixpath.dirname(place) or ".") + (found[2] or "")

    prose = set(_prose(markdown))
    return "\n".join(LINK.sub(relink, line) if line in prose else line for line in markdown.splitlines())


def _prose(markdown: str) -> list[str]:
    """The lines outside of blocks of code."""
    lines, within = [], False
    for line in markdown.splitlines():
        if FENCE.match(line):
            within = not within
        elif not within:
            lines.append(line)
    return lines
