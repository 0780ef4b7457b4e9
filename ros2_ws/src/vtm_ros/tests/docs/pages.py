"""The README and the pages of docs/, and what is in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[5]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
SHELLS = ("", "bash", "sh", "shell")
MARK = re.compile(r"<!-- needs (.+?) -->")
SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")


@dataclass(frozen=True)
class Command:
    """One command of a page.  need: what it is marked to need, such as "a camera"; empty where it is not marked."""

    page: str
    line: int
    words: tuple[str, ...]
    need: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {' '.join(self.words)}"


def tokens(page: Path) -> list[Token]:
    """The blocks of the page, in order."""
    return MarkdownIt("commonmark").enable("table").parse(page.read_text())


def inline(page: Path, kind: str) -> Iterator[tuple[int, Token]]:
    """Line and token of everything of one kind within the text: code_inline, image, link_open."""
    for block in tokens(page):
        for token in block.children or ():
            if token.type == kind:
                yield (block.map or [0])[0] + 1, token


def blocks(page: Path, languages: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    """Line, text and mark of each block of code in one of `languages`; an indented one has the language ""."""
    need = ""
    for token in tokens(page):
        if token.type == "html_block" and (mark := MARK.search(token.content)):
            need = mark[1]
        elif token.type in ("fence", "code_block"):
            if token.info.strip() in languages:
                yield token.map[0] + 1 + (token.type == "fence"), token.content, need
            need = ""


def commands() -> list[Command]:
    """Every shell command of every page, also those in the middle of another one."""
    found = []
    for page in PAGES:
        for line, text, need in blocks(page, SHELLS):
            for words in split(text):
                found.append(Command(str(page.relative_to(ROOT)), line, words, need))
    return found


def split(text: str) -> Iterator[tuple[str, ...]]:
    """The commands in shell text, without comments, assignments and operators."""
    for line in text.replace("\\\n", " ").splitlines():
        for inner in SUBSTITUTION.findall(line):
            yield from split(inner)
        command: list[str] = []
        for word in [*shlex.split(SUBSTITUTION.sub("VALUE", line), comments=True), "&&"]:
            if word not in ("&&", "||", "|", ";"):
                command.append(word)
                continue
            while command and re.match(r"[A-Za-z_]+=", command[0]):
                command.pop(0)
            if command:
                yield tuple(command)
            command = []
