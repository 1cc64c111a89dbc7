"""A whole-file answer that loses an import it uses is no whole file."""

import pytest

from runners.edits import EditError, resolve_reply
from runners.edits.lost_names import describe_lost_names, find_lost_imports

BEFORE = "import time\nfrom os import path as p\n\n\ndef now():\n    return time.time(), p\n"


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        ("def now():\n    return time.time()\n", ["time"]),
        ("def now():\n    return time.time(), p\n", ["time", "p"]),
        ("def now():\n    return 0\n", []),
        ("def now():\n    import time\n    return time.time()\n", []),
        ("def now(time):\n    return time.time()\n", []),
        ("from x import *\n\ndef now():\n    return time.time()\n", []),
        ("import monotonic as time\n\ndef now():\n    return time.time()\n", []),
        ("def now():\n    return time.\n", []),
    ],
)
def test_a_name_is_lost_only_where_nothing_gives_it_a_meaning(after: str, lost: list[str]) -> None:
    """Wherever the answer binds the name itself, or may have, it is left alone."""
    assert find_lost_imports(BEFORE, after) == lost


def test_an_answer_that_drops_an_import_is_refused() -> None:
    """Written, it would raise NameError: the message names what is missing."""
    reply = "```python\ndef now():\n    return time.time(), 1\n```"
    with pytest.raises(EditError, match="uses time and leaves its import out"):
        resolve_reply(reply, {"a.py": BEFORE.encode()}.get, default="a.py", only={"a.py"})


MAIN = (
    "RATE = 2\n\n\ndef tax(x):\n    return RATE * x\n\n\nif __name__ == '__main__':\n    tax(1)\n"
)
TAX = "def tax(x):\n    return RATE + x\n"


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (TAX, "it leaves out RATE, which it still uses"),
        (f"RATE = 2\n\n\n{TAX}", "it leaves out what the file runs by itself"),
        (f"RATE = 2\n\n\n{TAX}\n\ntax(3)\n", ""),
        (f"{TAX}\n\nRATE = 1\nif __name__ == '__main__':\n    tax(2)\n", ""),
        (MAIN[: MAIN.index("if __name__")], ""),
        ("def tax(x, RATE=2):\n    return x\n\n\ntax(1)\n", ""),
    ],
)
def test_what_the_code_needs_or_runs_is_not_left_out(after: str, why: str) -> None:
    """A constant that is still used stays, and so does the main block, unless it alone goes."""
    assert describe_lost_names(MAIN, after) == why
