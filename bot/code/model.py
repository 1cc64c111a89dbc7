"""What is kept of one file: small, frozen, and the same for the same bytes."""

from dataclasses import dataclass
from typing import Literal

SymbolKind = Literal["class", "function", "method", "type", "constant", "module", "heading"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition. Lines count from 1, `last` included.

    `signature` is one line without the body, as the file writes it. `owner` is the dotted name of
    the definition around it, empty at the top.
    """

    name: str
    kind: SymbolKind
    first: int
    last: int
    signature: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """Symbols by first line. `references`: (name, line) of what is called, a type or a base.

    `imports` are module names as the language writes them, quotes stripped: `..pkg.mod`,
    `./lib/reply`, `crate::http`. `language` is empty for a text no parser was used on.
    """

    language: str = ""
    symbols: tuple[Symbol, ...] = ()
    references: tuple[tuple[str, int], ...] = ()
    imports: tuple[str, ...] = ()
