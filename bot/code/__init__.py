"""What one file of code says of itself, and which files it means by what it imports."""

from bot.code.languages import language_of
from bot.code.model import Outline, Symbol, SymbolKind
from bot.code.outline import outline
from bot.code.path_index import Paths, is_manifest
from bot.code.resolve_import import resolve

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
