"""What one file of code says of itself, and which files it means by what it imports."""

from bot.code.languages import language_of
from bot.code.model import Outline, Symbol, SymbolKind
from bot.code.outline import outline_file
from bot.code.path_index import PathIndex, is_manifest
from bot.code.resolve_import import resolve_import

__all__ = [
    "Outline",
    "PathIndex",
    "Symbol",
    "SymbolKind",
    "is_manifest",
    "language_of",
    "outline_file",
    "resolve_import",
]
