"""What one file of code says of itself: definitions, references, imports. No other file is read."""

from bot.context.code.languages import language_of
from bot.context.code.outline import outline
from bot.context.code.parts import Outline, Symbol, SymbolKind

__all__ = ["Outline", "Symbol", "SymbolKind", "language_of", "outline"]
