"""A task's text says, asks for, or is silent on parts that are to go."""

import pytest

from runners.edits import EditError, resolve_reply
from runners.edits.removal_wish import RemovalWish


@pytest.mark.parametrize(
    "text",
    [
        "Delete the unused functions.",
        "One getter is enough",
        "Rename the helper and let it round",
        "Both functions do the same: merge the two methods",
        "The old accessor methods should be removed",
        "Please remove all wrappers",
        "There are redundant checks in here",
        "Replace the three functions by one",
        "Nobody calls most of this, drop what is dead: nobody calls them",
    ],
)
def test_it_asks(text: str) -> None:
    """By what is needless, or by what is to be done to such parts."""
    assert RemovalWish(text).asks(code=True)


@pytest.mark.parametrize(
    "text",
    ["Drop what nobody needs", "Keep just one of the getters", "Remove the discount", "Clean up"],
)
def test_it_may_mean_so(text: str) -> None:
    """Then nothing is put back, and nothing is given up either."""
    assert not RemovalWish(text).asks(code=True)
    assert not RemovalWish(text).is_silent()


@pytest.mark.parametrize(
    "text",
    [
        "withdraw removes money from the account; it must not go below zero",
        "Return only positive numbers",
        "Add a method that deletes an entry",
        "Convert Celsius to Fahrenheit and split the line at tabs",
        "`drop` must return the dropped item",
        "total() is off by one",
        "",
    ],
)
def test_it_is_silent(text: str) -> None:
    """What a program does is no wish for its text."""
    assert RemovalWish(text).is_silent()
    assert not RemovalWish(text).asks(code=True)


def test_without_a_task_nothing_is_known() -> None:
    """No text is neither."""
    assert not RemovalWish().is_silent()
    assert not RemovalWish().asks(code=True)
    assert RemovalWish(whole=True).asks(code=True)


BOX = (
    "class Box:\n    def get(self):\n        return self._x(1)\n\n    def get_it(self):\n"
    "        return self.x\n\n    def _x(self, n):\n        return self.x * n\n\n\n"
    "def unused():\n    return 1\n"
)
GETTER = "    def get_it(self):\n        return self.x\n\n"
RENAMED = BOX.replace("_x(", "_scaled(").replace("self.x * n", "self.x * n + 0")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (BOX.replace("\n\n\ndef unused():\n    return 1", ""), "Delete the unused functions"),
        (BOX.replace(GETTER, ""), "One getter is enough"),
        (RENAMED, "Give the helper a better name"),
        (RENAMED, "Fix get"),
        (BOX.replace(GETTER, ""), "get_it is an old name, get is the new one"),
    ],
)
def test_what_the_task_meant_to_go_does_not_come_back(answer: str, text: str) -> None:
    """The answer is written as it is."""
    reply = f"box.py\n```python\n{answer}```\n"
    got = resolve_reply(reply, {"box.py": BOX.encode()}.get, default="box.py", task_text=text)
    assert got.files == {"box.py": answer.encode()}


def test_what_is_unclear_is_refused_by_name() -> None:
    """The model can send it, or remove it in so many words."""
    reply = f"box.py\n```python\n{BOX.replace(GETTER, '')}```\n"
    with pytest.raises(EditError, match=r"leaves out Box.get_it\n.*removed with such a block"):
        resolve_reply(reply, {"box.py": BOX.encode()}.get, task_text="Keep just one of the getters")
    block = f"box.py\n<<<<<<< SEARCH\n{GETTER}=======\n>>>>>>> REPLACE\n"
    text = "Keep just one of the getters"
    got = resolve_reply(block, {"box.py": BOX.encode()}.get, task_text=text)
    assert got.files == {"box.py": BOX.replace(GETTER, "").encode()}
