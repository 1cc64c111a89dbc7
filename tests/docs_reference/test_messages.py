"""What docs/ quotes of messages and names of environment variables stands in the code."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.ledger import AttemptOutcome
from runners.stalls import STALL_SENTENCES

ROOT = Path(__file__).parents[2]
TROUBLES = (ROOT / "docs/troubleshooting.md").read_text()
VARIABLES = (ROOT / "docs/reference/environment.md").read_text()
QUOTED = re.findall(r"^### `(.+)`$", TROUBLES, re.MULTILINE)
OWN_VARIABLE = re.compile(r"\bBRICKLAYER_[A-Z_]*[A-Z]\b")
MIN_PART_CHARACTERS = 5


@cache
def list_trees() -> tuple[ast.Module, ...]:
    folders = [ROOT / name for name in ("bot", "runners", "handlers")]
    return tuple(ast.parse(file.read_text()) for each in folders for file in each.rglob("*.py"))


@cache
def list_texts() -> tuple[str, ...]:
    """Every text of the code, its f-strings with `…` in the place of what is put in."""
    texts = []
    for tree in list_trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = (v.value if isinstance(v, ast.Constant) else "…" for v in node.values)
                texts.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return tuple(texts)


def test_each_message_that_is_explained_is_one_the_program_prints() -> None:
    """Each part of it that is fixed stands in the code; where it is long, in one text of it."""
    assert len(QUOTED) > 50
    whole = "\n".join(list_texts())
    for message in QUOTED:
        parts = [
            part for part in message.split("…") if len(part.strip(" :;,`.")) >= MIN_PART_CHARACTERS
        ]
        longest = max((part.strip(" `") for part in message.split("…")), key=len)
        assert longest in whole, f"no message says: {longest}"
        for part in parts:
            assert part.strip(" `:;,") in whole, f"no message says: {part}"


def test_no_message_is_explained_twice() -> None:
    assert len(set(QUOTED)) == len(QUOTED)


def test_every_way_in_which_an_attempt_ends_is_explained() -> None:
    for name in (*AttemptOutcome, *STALL_SENTENCES):
        assert f"`{name}`" in TROUBLES, name


def test_every_variable_of_its_own_stands_on_the_page() -> None:
    named = {name for text in list_texts() for name in OWN_VARIABLE.findall(text)}
    named |= {f"BRICKLAYER_{tier}" for tier in ("LOCAL", "SENIOR", "PLANNER")}
    assert len(named) > 5
    assert {name for name in named if f"`{name}`" not in VARIABLES} == set()


def test_every_variable_that_is_read_stands_on_the_page() -> None:
    """By its name in the call: `os.environ.get("NAME")`, `os.environ["NAME"]`, or a folder's."""
    read = {name for tree in list_trees() for node in ast.walk(tree) for name in read_names(node)}
    assert "BRICKLAYER_CONFIG" in read
    assert {name for name in read if f"`{name}`" not in VARIABLES} == set()


def read_names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="environ"), attr="get"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            yield name
        case ast.Call(func=ast.Name(id="_find_base"), args=[ast.Constant(value=str(name)), *_]):
            yield name
        case ast.Subscript(
            value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))
        ):
            yield name
