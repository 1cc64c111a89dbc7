"""Tree-sitter queries: what a language's syntax tree is asked for, one `.scm` file a language.

Captures: the whole definition under its kind (`@function`, `@class`, `@type`, `@constant`,
`@module`) beside its `@name`; `@whole` beside `@name` widens a definition by what stands around it
(decorators, `export`, `template<>`); `@scope` beside `@name` gives an owner and is no symbol
(`impl`); `@owner` names an owner that is not around the definition (a receiver); `@body` is what a
signature leaves out, where the field `body` is not it. `@ref` is what is called, a type or a base.
`@import` is a module, `@from` what stands before its name; where `@via` stands beside it, only if
that is one of the language's `IMPORT_WORDS`; `@use` is a whole statement that may name many.
A function in a class is a method: no query need say so.

The syntax of a query: https://tree-sitter.github.io/tree-sitter/using-parsers/queries/
"""

from importlib.resources import files
from types import MappingProxyType
from typing import Literal

QUERY_FILES = MappingProxyType(
    {
        "python": ("python",),
        "javascript": ("ecma", "javascript", "jsx"),
        "typescript": ("ecma", "typescript"),
        "tsx": ("ecma", "typescript", "jsx"),
        "go": ("go",),
        "rust": ("rust",),
        "java": ("java",),
        "c": ("c",),
        "cpp": ("c", "cpp"),
        "csharp": ("csharp",),
        "ruby": ("ruby",),
        "php": ("php",),
        "kotlin": ("kotlin",),
        "swift": ("swift",),
        "scala": ("scala",),
        "bash": ("bash",),
    }
)
"""The `.scm` files that make up a language's query; what languages share stands in one file."""
IMPORT_WORDS = MappingProxyType(
    {
        "javascript": frozenset({"require"}),
        "typescript": frozenset({"require"}),
        "tsx": frozenset({"require"}),
        "ruby": frozenset({"require", "require_relative", "load"}),
        "bash": frozenset({"source", "."}),
    }
)
"""Calls that import a file, where the language has no statement for it."""


Topic = Literal["outline", "tests"]
TEST_QUERIES = MappingProxyType(
    {
        **dict.fromkeys(("javascript", "typescript", "tsx"), "ecma"),
        **dict.fromkeys(("c", "cpp"), "c"),
        **{name: name for name in ("python", "go", "rust", "java", "csharp", "kotlin", "swift")},
        **{name: name for name in ("php", "ruby", "scala")},
    }
)
"""By language the file in `tests/` that asks for what may be a test (`bot.code.suite_blocks`).

`@function` beside its `@name`; `@group` beside its `@name`; `@call` with `@callee`, `@arguments`.
"""


def read_query(language: str, topic: Topic = "outline") -> str:
    """Raises KeyError for a language without a query."""
    if topic == "tests":
        return files(__name__).joinpath("tests", f"{TEST_QUERIES[language]}.scm").read_text("utf-8")
    return "\n".join(
        files(__name__).joinpath(f"{name}.scm").read_text("utf-8") for name in QUERY_FILES[language]
    )
