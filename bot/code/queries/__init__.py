"""What a language's syntax tree is asked for, one query a language.

Captures: the whole definition under its kind (`@function`, `@class`, `@type`, `@constant`,
`@module`) beside its `@name`; `@whole` beside `@name` widens a definition by what stands around it
(decorators, `export`, `template<>`); `@scope` beside `@name` gives an owner and is no symbol
(`impl`); `@owner` names an owner that is not around the definition (a receiver); `@body` is what a
signature leaves out, where the field `body` is not it. `@ref` is what is called, a type or a base.
`@import` is a module, `@from` what stands before its name; where `@via` stands beside it, only if
that is one of the language's `IMPORTING` words; `@use` is a whole statement that may name many.
A function in a class is a method: no query need say so.
"""

from types import MappingProxyType

from bot.code.queries import (
    bash,
    c,
    csharp,
    go,
    java,
    javascript,
    kotlin,
    php,
    python,
    ruby,
    rust,
    scala,
    swift,
)

QUERIES = MappingProxyType(
    {
        "python": python.QUERY,
        "javascript": javascript.JAVASCRIPT,
        "typescript": javascript.TYPESCRIPT,
        "tsx": javascript.TSX,
        "go": go.QUERY,
        "rust": rust.QUERY,
        "java": java.QUERY,
        "c": c.C,
        "cpp": c.CPP,
        "csharp": csharp.QUERY,
        "ruby": ruby.QUERY,
        "php": php.QUERY,
        "kotlin": kotlin.QUERY,
        "swift": swift.QUERY,
        "scala": scala.QUERY,
        "bash": bash.QUERY,
    }
)
IMPORTING = MappingProxyType(
    {
        "javascript": frozenset({"require"}),
        "typescript": frozenset({"require"}),
        "tsx": frozenset({"require"}),
        "ruby": frozenset({"require", "require_relative", "load"}),
        "bash": frozenset({"source", "."}),
    }
)
