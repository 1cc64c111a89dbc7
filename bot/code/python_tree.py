"""Python's own parser, for one text at a time."""

import ast
import threading
import warnings

PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What it raises of a text. A NUL in it is a ValueError; deep nesting ends in one of the last two.

https://docs.python.org/3/library/functions.html#compile
"""
# Before 3.11.8 and 3.12.2 two threads that parse at once may end in a SystemError, as they share
# one count of the depth: https://github.com/python/cpython/issues/106905
# And filters of warnings are the whole process':
# https://docs.python.org/3.11/library/warnings.html#warnings.catch_warnings
_PARSER = threading.Lock()


def parse_python(text: str | bytes) -> ast.Module:
    """Without printing what the compiler warns of. Raises one of `PARSE_ERRORS`. Thread-safe."""
    with _PARSER, warnings.catch_warnings():
        # The compiler warns of invalid escapes and of `is` with a literal, on standard error:
        # https://docs.python.org/3.11/reference/lexical_analysis.html#escape-sequences
        warnings.simplefilter("ignore")
        return ast.parse(text)
