"""What a change does to the tests of a repository: read from their text alone."""

from bot.tested.both import read_changed
from bot.tested.risks import risks_to_tests

__all__ = ["read_changed", "risks_to_tests"]
