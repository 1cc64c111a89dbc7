"""What a whole-file answer to a task lost, and what is put back of it."""

import ast

import pytest

from runners.edits import resolve_reply


def answered(old: str, answer: str, path: str, text: str) -> str:
    """The file after a task's answer that gives it whole."""
    reply = f"{path}\n```\n{answer}```\n"
    data = resolve_reply(reply, {path: old.encode()}.get, default=path, task_text=text).files[path]
    assert data is not None
    return data.decode()


TWO = "import re\n\n\ndef one():\n    return re.I\n\n\nclass Two:\n    def a(self):\n        return 1\n"


def test_what_a_whole_file_answer_lost_is_put_back() -> None:
    """A function and a method nobody spoke of come back, what they import along with them."""
    kept = answered(
        TWO, "def three():\n    return 3\n\n\nclass Two:\n    b = 1\n", "x.py", "Add three"
    )
    names = {node.name for node in ast.walk(ast.parse(kept)) if hasattr(node, "name")}
    assert {"one", "three", "Two", "a"} <= names
    assert kept.startswith("import re\n")


@pytest.mark.parametrize(
    ("answer", "path", "text"),
    [
        ("def three():\n    return 3\n", "x.py", "Replace one() and Two by three()."),
        ("def three():\n    return 3\n", "x.js", "Add three"),
        (TWO.replace("1", "2"), "x.py", "Return 2"),
    ],
)
def test_what_was_meant_to_go_goes(answer: str, path: str, text: str) -> None:
    """A name the task speaks of, another language, no Python, nothing lost: left as answered."""
    assert answered(TWO, answer, path, text) == answer


TESTS = "import bank\n\n\ndef make():\n    return bank\n\n\ndef test_a():\n    assert make()\n"


def test_an_answer_keeps_its_own_changes_where_something_is_put_back() -> None:
    """Only what was lost is added: new tests, code of the module and order stay as answered."""
    old = f"{TESTS}\n\ndef test_old():\n    assert bank\n"
    answer = f"{TESTS}\n\ndef test_new():\n    assert make() == 3\n\n\nmake()\n"
    kept = answered(old, answer, "test_bank.py", "Cover three")
    assert kept == answer.replace(
        "\n\ndef test_new", "\n\ndef test_old():\n    assert bank\n\n\ndef test_new"
    )


def test_a_method_is_put_back_into_the_class_as_answered() -> None:
    """New decorators, bases and docstrings of the class stay; the method stands where it stood."""
    answer = '@final\nclass Two(Base):\n    """Doc."""\n\n    def c(self):\n        return 3\n'
    old = "class Two:\n    # one\n    def a(self):\n        return 1\n\n    def c(self):\n        return 2\n"
    back = "    # one\n    def a(self):\n        return 1\n\n"
    wanted = answer.replace("    def c", f"{back}    def c")
    assert answered(old, answer, "x.py", "Make it final") == wanted


@pytest.mark.parametrize(
    "answer",
    [
        "def f(x):\n    return helper(x) + 2\n\n\ndef helper(x):\n    return x\n",
        "def f(x):\n    return x + 2\n",
        "class A: pass\n\n\ndef f(x):\n    return x + 2\n",
    ],
)
def test_a_renamed_or_idle_helper_does_not_come_back(answer: str) -> None:
    """A body under a new name is not lost, nor is a private helper nothing calls any more."""
    old = "def f(x):\n    return _h(x) + 1\n\n\ndef _h(x):\n    return x\n"
    assert answered(old, answer, "x.py", "Add two") == answer


def test_what_comes_back_brings_its_imports_and_constants() -> None:
    """A function put back would fail without the names it uses."""
    old = "import re\n\nWORD = 1\n\n\ndef a():\n    return re, WORD\n\n\ndef b():\n    return 1\n"
    answer = "import os\n\n\ndef b():\n    return os\n"
    kept = answered(old, answer, "x.py", "Return something")
    assert kept.startswith("import os\nimport re\n")
    assert "WORD = 1\n" in kept
    assert kept.endswith(answer[-25:])
