"""Every link and picture leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, inline, tokens

pytestmark = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def anchors(page: Path) -> set[str]:
    """As code hosts make them from headings."""
    blocks = tokens(page)
    headings = [
        after.content for before, after in zip(blocks, blocks[1:], strict=False) if before.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_and_pictures_exist(page):
    references = [(line, token.attrs["href"]) for line, token in inline(page, "link_open")]
    references += [(line, token.attrs["src"]) for line, token in inline(page, "image")]
    for line, reference in references:
        if re.match(r"[a-z]+:", reference):
            continue
        file, _, anchor = reference.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name}:{line} leads to {reference}, which does not exist"
        if anchor:
            assert anchor in anchors(target), f"{page.name}:{line} leads to {reference}; there are {anchors(target)}"


def test_no_page_names_a_machine(page):
    assert not re.search(r"(?<![\w.])/(home|root|work)/\w", page.read_text())
