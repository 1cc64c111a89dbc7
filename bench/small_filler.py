"""Small tasks in files of a usual size: behind functions of this Python's own standard library.

A file of 20 lines makes a prompt of some 500 tokens, and what a job's plan takes is then large
beside it. What is put in is code that people wrote, that no task speaks of and that nothing calls.
It is read from the running interpreter, so it differs from one version of Python to the next.
"""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from small_suite import Small

MODULES = ("shutil", "statistics", "inspect", "posixpath", "locale", "gettext", "heapq", "ast")
SMALLEST = 10
"""Lines below which no more functions are looked for."""


def fill_file(task: Small, lines: int, number: int) -> Small:
    """The task in a file of about so many lines; `number` chooses which functions come first."""
    room = lines - len(task.base.splitlines())
    if room <= 0:
        return task
    first = number % len(MODULES)
    before = "\n\n\n".join(take_functions(MODULES[first:] + MODULES[:first], room))
    return replace(
        task, base=f"{before}\n\n\n{task.base}", solution=f"{before}\n\n\n{task.solution}"
    )


def take_functions(modules: tuple[str, ...], lines: int) -> Iterator[str]:
    """Each that still fits, in the order of their files, until next to no lines are free."""
    for module in modules:
        for function in read_functions(module):
            height = len(function.splitlines()) + 2
            if height <= lines:
                lines -= height
                yield function
            if lines < SMALLEST:
                return


def read_functions(module: str) -> Iterator[str]:
    """Those that run nothing when they are defined: no decorator, no default that is a name."""
    text = Path(importlib.import_module(module).__file__ or "").read_text("utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and not node.decorator_list:
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            if all(isinstance(default, ast.Constant) for default in defaults):
                yield ast.get_source_segment(text, node) or ""
