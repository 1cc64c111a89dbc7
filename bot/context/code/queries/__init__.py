"""What a language's syntax tree is asked for, one query a language.

Captures: the whole definition under its kind (`@function`, `@class`, `@type`, `@constant`,
`@module`) beside its `@name`; `@whole` beside `@name` widens a definition by what stands around it
(decorators, `export`, `template<>`); `@scope` beside `@name` gives an owner and is no symbol
(`impl`); `@owner` names an owner that is not around the definition (a receiver). `@ref` is what is
called, a type or a base. `@import` is a module; where `@via` stands beside it, only if that is one
of the language's `IMPORTING` words. A function in a class is a method: no query need say so.
"""

from types import MappingProxyType

from bot.context.code.queries import python

QUERIES = MappingProxyType({"python": python.QUERY})
IMPORTING: MappingProxyType[str, frozenset[bytes]] = MappingProxyType({})
