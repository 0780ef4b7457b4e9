"""What docs/troubleshooting.md quotes is what the program says."""

import ast
import re

from tests.docs.pages import ROOT, inline

PAGE = ROOT / "docs" / "troubleshooting.md"
PACKAGE = ROOT / "ros2_ws/src/vtm_ros"
NO_MESSAGE = re.compile(r"ros2 |vtm |fastdds |python3 |make |-p |--|stage …|latency |images |look-ahead ")
LEAST_WORDS = 3


def said() -> str:
    """Every text of the program; what is put in at run time stands as …."""
    texts = []
    for floor in ("vtm", "vtm_trt", "vtm_robot", "vtm_tools", "vtm_ros"):
        for file in (PACKAGE / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(node.value)
                elif isinstance(node, ast.JoinedStr):
                    texts.append(
                        "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                    )
    return "\n".join(texts)


def test_messages_are_those_of_the_program():
    program = said()
    checked = 0
    for line, token in inline(PAGE, "code_inline"):
        if NO_MESSAGE.match(token.content):
            continue
        for part in re.split(r"…|; |: |'", token.content):
            if len(part.split()) >= LEAST_WORDS:
                assert part.strip() in program, f"troubleshooting.md:{line}: nothing says '{part.strip()}'"
                checked += 1
    assert checked > 30
