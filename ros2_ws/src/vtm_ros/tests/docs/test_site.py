"""The documentation as a site: built without a warning, complete, and with nothing from elsewhere."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import site_api

from tests.docs.pages import PAGES, ROOT, tokens

TOOLS = ("mkdocs", "material", "mkdocstrings_handlers", "mmdr")
LOADED = re.compile(
    r'<(?:script|img|iframe|source)\b[^>]*\bsrc="?([^"\s>]+)|<link\b[^>]*rel="?(?:stylesheet|icon|preload)[^>]*>'
)
pytestmark = pytest.mark.skipif(
    not all(find_spec(tool) for tool in TOOLS), reason="what builds the site is not installed: scripts/setup.sh docs"
)
SETTINGS = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_MKDOCS_2_WARNING": "1"}
"""No network, and no word of mkdocs-material about the next mkdocs."""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT, env={**os.environ, **SETTINGS}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return folder


def article(site: Path, page: Path) -> str:
    """The HTML of a page of the repository, without the site's menus."""
    import site_hooks

    place = site_hooks.site_path(page.relative_to(ROOT))
    html = (site / place).with_suffix(".html").read_text()
    return html.partition("<article")[2].partition("</article>")[0]


def test_nothing_comes_from_elsewhere(site):
    for page in site.rglob("*.html"):
        for found in LOADED.finditer(page.read_text()):
            assert not re.search(r"(?:src|href)=\"?(?:https?:)?//", found[0]), f"{page.name} loads {found[0]}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", sheet.read_text()), sheet


def test_every_module_is_in_it(site):
    text = "".join(page.read_text() for page in (site / "api").rglob("*.html"))
    missing = [name for name in site_api.modules() if f'id="{name}"' not in text]
    assert not missing


def test_every_floor_has_its_pages():
    floors = {file.parent.name for file in site_api.PACKAGE.glob("*/__init__.py")} - {"tests"}
    assert set(site_api.FLOORS) == floors


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_reads_as_it_does_on_a_code_host(page, site):
    """The two dialects of Markdown differ in lists, tables and blocks of code: none may be lost in either."""
    html, blocks = article(site, page), tokens(page)
    diagrams = [block for block in blocks if block.info == "mermaid"]
    code = [block for block in blocks if block.type in ("fence", "code_block")]
    for kind, tag in (("list_item_open", "<li"), ("table_open", "<table"), ("tr_open", "<tr")):
        assert html.count(f"{tag}>") + html.count(f"{tag} ") == sum(block.type == kind for block in blocks), tag
    assert html.count("<pre>") == len(code) - len(diagrams)
    assert html.count("<svg id=") == len(diagrams)
