"""What one file of code defines, refers to and imports, and which files an import means."""

from bot.code.enclosing import enclosing_symbols
from bot.code.languages import language_of
from bot.code.model import Outline, Symbol, SymbolKind
from bot.code.outline import outline_file, parses_cleanly
from bot.code.path_index import PathIndex, is_manifest
from bot.code.resolve_import import resolve_import
from bot.code.unparsed import is_unparsed_code

__all__ = [
    "Outline",
    "PathIndex",
    "Symbol",
    "SymbolKind",
    "enclosing_symbols",
    "is_manifest",
    "is_unparsed_code",
    "language_of",
    "outline_file",
    "parses_cleanly",
    "resolve_import",
]
