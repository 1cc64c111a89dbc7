"""Which files of a change a red CI has fixed: those its failures name, tests only if blamed."""

import pytest

from bot.failures.named_files import make_tree
from bot.ticket.choose_files import choose_files

TREE = make_tree((
    "bank.py", "test_bank.py", "src/cart.ts", "src/cart.test.ts", "other.py", "lib/money.py",
))  # fmt: skip
PYTEST = """\
=================================== FAILURES ===================================
______________________________ test_rejects_zero _______________________________

    def test_rejects_zero():
>       assert withdraw(5, 0) is None
E       assert 5 is None

/home/runner/work/bank/bank/test_bank.py:7: AssertionError
=========================== short test summary info ============================
FAILED test_bank.py::test_rejects_zero - assert 5 is None
"""
RAISED = PYTEST.replace(
    "/home/runner/work/bank/bank/test_bank.py:7: AssertionError",
    "test_bank.py:7: \n_ _ _ _ _\n\n>   raise ValueError\nE   ValueError\n\nlib/money.py:3: ValueError",
)
ROWS = {
    "a test is named, not what it tests": (PYTEST, {"bank.py": 1, "test_bank.py": 9}, ["bank.py"]),
    "the code that was changed most": (
        PYTEST, {"bank.py": 1, "other.py": 2, "test_bank.py": 9}, ["other.py"],
    ),
    "the code in the stack": (RAISED, {"bank.py": 9, "lib/money.py": 1}, ["lib/money.py"]),
    "what was not changed is not fixed": (RAISED, {"bank.py": 9}, ["bank.py"]),
    "nothing but a test was changed": (PYTEST, {"test_bank.py": 9}, ["test_bank.py"]),
    "a linter complains of a test itself": (
        "test_bank.py:3:1: F401 unused import", {"bank.py": 9, "test_bank.py": 1}, ["test_bank.py"],
    ),
    "a compiler names a file of Windows": (
        r"D:\a\shop\shop\src\cart.ts(3,5): error TS2322: no", {"src/cart.ts": 1, "bank.py": 9},
        ["src/cart.ts"],
    ),
    "two files": ("bank.py:1:1: E1 x\nother.py:2:1: E2 y", {"other.py": 1, "bank.py": 9},
                  ["bank.py", "other.py"]),
    "plain words": ("cannot read other.py", {"bank.py": 9, "other.py": 1}, ["other.py"]),
    "nothing is named": ("Segmentation fault", {"bank.py": 9, "other.py": 1}, ["bank.py"]),
    "nothing was changed": (PYTEST, {}, []),
}  # fmt: skip


@pytest.mark.parametrize(("output", "changed", "files"), ROWS.values(), ids=ROWS)
def test_the_files_that_the_failures_name_are_fixed(
    output: str, changed: dict[str, int], files: list[str]
) -> None:
    assert choose_files([output], TREE, changed) == files
