"""What a person reads on GitHub never asks for an option, a variable or a program of the machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import OPERATOR_HINT, Fault, PlanError, UserError

ROOT = Path(__file__).parents[2]
OPTION = re.compile(r"(?:^|[\s`])--(?!git)[a-z]{3,}")
# https://git-scm.com/docs/git-for-each-ref
GIT_FORMAT = re.compile(r"--format=%\(")
ON_GITHUB = ("runners/build", "runners/planning", "runners/tickets", "bot/ticket", "bot/plan")


@pytest.mark.parametrize(
    "hint",
    [
        "Nothing was touched. --fresh keeps them; or name another branch with --branch.",
        "Name one there, or for once: BRICKLAYER_LOCAL=llama-cpp:/models/coder.gguf",
        "As root: `sysctl -w kernel.x=1`.",
        "Bring it back (`git reflog` knows its commits).",
        "Run: npm install --global x",
    ],
)
def test_words_of_the_command_line_are_for_who_runs_the_machine(hint: str) -> None:
    error = UserError("it does not work", where="here", hint=hint)
    assert hint in str(error)
    assert error.for_comment() == f"here: it does not work\n  {OPERATOR_HINT}"
    better = UserError("it does not work", hint=hint, comment_hint="Comment `/retry`.")
    assert better.for_comment() == "it does not work\n  Comment `/retry`."


def test_any_other_hint_is_the_same_everywhere() -> None:
    for hint in (
        "",
        "Add [checks.test], or use one of: lint.",
        "Write `- check: NAME` - or `a-b`.",
    ):
        error = UserError("it does not work", hint=hint)
        assert error.for_comment() == str(error)
    plan = PlanError([Fault(3, "unknown check `x`", "Known: `test`.")])
    assert plan.for_comment() == str(plan)


@pytest.mark.slow
def test_no_text_that_a_ticket_can_show_names_an_option() -> None:
    """Hints are turned into words of GitHub's; everything else that is raised or told is not."""
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for folder in ON_GITHUB
        for path in sorted((ROOT / folder).glob("*.py"))
        for node in _texts(ast.parse(path.read_text()))
        if OPTION.search(str(node.value)) and " " in str(node.value).strip()
    ]
    assert named == []


def _texts(tree: ast.AST) -> list[ast.Constant]:
    """String constants, but for docstrings, hints and arguments of programs."""
    hints = {id(one) for node in ast.walk(tree) for one in _walk_hint(node)}
    left: list[ast.Constant] = []
    for node in ast.walk(tree):
        is_doc = isinstance(node, ast.Expr)
        is_argv = isinstance(node, ast.Tuple | ast.List)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                named = id(child) in hints or GIT_FORMAT.match(child.value)
                left += [] if is_doc or is_argv or named else [child]
    return left


def _walk_hint(node: ast.AST) -> Iterator[ast.AST]:
    """All that a hint is made of."""
    is_hint = isinstance(node, ast.keyword) and node.arg == "hint"
    is_named = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "hint"
    if is_hint or is_named:
        yield from ast.walk(node)
