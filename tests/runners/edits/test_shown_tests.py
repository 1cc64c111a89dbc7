"""Tests that a model was shown and copied into a file of code do not land there."""

import pytest

from runners.edits import EditError, resolve_reply

PYTHON = "def touch(x):\n    return x\n"
TEST = (
    "import unittest\n\nfrom shop import touch\n\n\nclass TouchTest(unittest.TestCase):\n"
    "    def test_touch(self):\n        got = touch(3)\n        self.assertEqual(got, 4)\n"
)
JS = "function touch(x) {\n  return x;\n}\n"
JS_TEST = 'const t = require("tap");\ntest("touch", () => {\n  expect(touch(3)).toBe(4);\n});\n'
SHOWN = f"The test:\n\n```\n{TEST}```\n\nand\n\n{JS_TEST}\nwords\n"


def applied(path: str, before: str, reply: str) -> str:
    files = {path: before.encode()}
    got = resolve_reply(reply, files.get, default=path, task_text="Fix touch", shown_tests=(SHOWN,))
    data = got.files[path]
    assert data is not None
    return data.decode()


METHOD = TEST[TEST.index("    def test_touch") :]
CLASS = TEST[TEST.index("class") :]
NEW = PYTHON.replace("return x", "return x + 1")


@pytest.mark.parametrize(
    "copy",
    [
        *(f"\n\n{METHOD}", f"\n\n{CLASS}", f"\n\n{TEST}", f"\n\n{METHOD}\n\n"),
        f"\n\n{CLASS.replace('TouchTest', 'Touch')}",
        f"\n\n{CLASS.replace('TouchTest(unittest.TestCase)', 'Touch')}",
    ],
)
@pytest.mark.parametrize("form", ["whole", "unnamed", "block"])
def test_a_copied_test_is_taken_out(copy: str, form: str) -> None:
    """A method, a class or a file of tests, in a whole file, or in the new lines of a block."""
    above = "" if form == "unnamed" else "shop.py\n"
    reply = f"{above}```python\n{NEW}{copy}```\n"
    if form == "block":
        reply = f"shop.py\n<<<<<<< SEARCH\n{PYTHON}=======\n{NEW}{copy}>>>>>>> REPLACE\n"
    assert applied("shop.py", PYTHON, reply).strip() == NEW.strip()


def test_so_are_the_tests_of_other_languages() -> None:
    """By their lines alone; what they import goes along."""
    new = JS.replace("return x", "return x + 1")
    assert applied("a.js", JS, f"a.js\n```js\n{JS_TEST}\n{new}```\n").strip() == new.strip()


def test_a_test_of_its_own_stays() -> None:
    """What was not shown is no copy, and a file of tests may hold any test."""
    own = METHOD.replace("3", "5").replace("    def", "def").replace("\n        ", "\n    ")
    assert applied("shop.py", PYTHON, f"shop.py\n```python\n{NEW}\n\n{own}```\n").endswith(own)
    got = applied(
        "tests/test_a.py", "x = 1\n", f"tests/test_a.py\n```python\nx = 1\n\n\n{TEST}```\n"
    )
    assert got.endswith(TEST)


def test_a_class_with_more_than_copied_tests_stays() -> None:
    """Only what is left of it is kept."""
    mixed = f"class Touch:\n{METHOD}\n    def own(self):\n        return 1\n"
    got = applied("shop.py", PYTHON, f"shop.py\n```python\n{NEW}\n\n{mixed}```\n")
    assert got == f"{NEW}\n\nclass Touch:\n\n    def own(self):\n        return 1\n"


def test_nothing_but_copied_tests_is_no_change() -> None:
    """Said in words, since another answer is needed."""
    with pytest.raises(EditError, match="repeats tests"):
        applied("shop.py", PYTHON, f"shop.py\n```python\n{PYTHON}\n\n{TEST}```\n")
