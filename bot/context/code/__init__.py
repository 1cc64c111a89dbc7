"""What one file of code says of itself, and which files it means by what it imports."""

from bot.context.code.languages import language_of
from bot.context.code.outline import outline
from bot.context.code.parts import Outline, Symbol, SymbolKind
from bot.context.code.paths import Paths, is_manifest
from bot.context.code.resolve import resolve

__all__ = [
    "Outline",
    "Paths",
    "Symbol",
    "SymbolKind",
    "is_manifest",
    "language_of",
    "outline",
    "resolve",
]
