"""Neighbours, folder notes and memory: what is told, in how few words, and what never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.code import outline_file
from bot.git.objects import Commit
from bot.models.token_estimate import (
    estimate_tokens,
    fit_first_lines,
    fit_last_lines,
    truncate_text,
)
from bot.prompts.background import (
    MAX_NOTE_TOKENS,
    describe_finished_tasks,
    describe_folder,
    first_sentence,
)
from bot.prompts.neighbours import NearbyCalls, find_neighbours, show_bodies

FILES = {
    "bank.py": "from rates import rate\n\n\ndef pay(n):\n    return rate(n) + fee(n)\n\n\n"
    "def fee(n):\n    return n\n\n\ndef idle():\n    return other()\n",
    "rates.py": "def rate(n):\n    total = n\n    return total\n\n\ndef other():\n    return 0\n",
    "desk.py": "from bank import pay\n\n\nclass Desk:\n    def serve(self):\n        return pay(3)\n",
    "tests/test_bank.py": "from bank import pay\n\n\ndef test_pay():\n    assert pay(1) == 2\n",
}
OUTLINES = {path: outline_file(path, text.encode()) for path, text in FILES.items()}
CALLS = NearbyCalls(OUTLINES)


def test_a_section_has_the_signatures_of_what_it_calls_and_of_who_calls_it() -> None:
    """Of other files and of what of its own file is not shown; tests are told elsewhere."""
    found = find_neighbours("bank.py", OUTLINES["bank.py"], [(4, 5)], CALLS)
    assert found.text.splitlines() == [
        "What the code calls:",
        "- bank.py:8 def fee(n)",
        "- rates.py:1 def rate(n)",
        "Who calls it:",
        "- desk.py:5 Desk: def serve(self)",
    ]


def test_of_a_whole_file_only_other_files_are_neighbours() -> None:
    """What it defines itself is in view."""
    found = find_neighbours("bank.py", OUTLINES["bank.py"], [], CALLS)
    assert {path for path, _ in (*found.called, *found.callers)} == {"rates.py", "desk.py"}


def test_bodies_come_as_room_allows() -> None:
    """The first callee in any case, for the window to drop; none of a file that is gone."""
    found = find_neighbours("bank.py", OUTLINES["bank.py"], [(4, 5)], CALLS)
    both = show_bodies(found, FILES.get, 500)
    assert "rates.py, only to know\n```python\ndef rate(n):\n    total = n\n" in both
    assert "def fee(n):\n    return n" in both
    assert "def rate" not in show_bodies(found, FILES.get, estimate_tokens(both) - 2)
    assert "def fee" in show_bodies(found, FILES.get, 0)
    assert show_bodies(found, lambda _: None, 500) == ""


def test_a_name_that_many_files_define_says_nothing() -> None:
    """Nobody knows which of them is meant."""
    many = {f"m{n}.py": outline_file(f"m{n}.py", b"def rate(n):\n    return n\n") for n in range(9)}
    found = find_neighbours(
        "bank.py", OUTLINES["bank.py"], [(4, 5)], NearbyCalls({**OUTLINES, **many})
    )
    assert "rate(n)" not in found.text


def test_a_bare_name_in_a_file_that_is_not_linked_is_no_call() -> None:
    """It means something else there, whatever it is called like."""
    linked = NearbyCalls(OUTLINES, frozenset({"bank.py", "rates.py"}))
    found = find_neighbours("bank.py", OUTLINES["bank.py"], [(4, 5)], linked)
    assert found.called
    assert not found.callers


def test_a_method_is_called_only_where_its_class_is_spoken_of() -> None:
    """`get` of anything is not `get` of this class."""
    files = {
        "store.py": "class Store:\n    def get(self, key):\n        return key\n",
        "uses.py": "from store import Store\n\n\ndef load():\n    return Store().get(1)\n",
        "other.py": "from store import VERSION\n\n\ndef read(config):\n    return config.get(1)\n",
    }
    outlines = {path: outline_file(path, text.encode()) for path, text in files.items()}
    found = find_neighbours("store.py", outlines["store.py"], [], NearbyCalls(outlines))
    assert [path for path, _ in found.callers] == ["uses.py"]


def test_a_method_that_many_classes_have_is_no_neighbour_by_its_bare_name() -> None:
    """`merge` of a dictionary is not `merge` of the one class that defines it here."""
    files = {
        "a.py": "from b import Loader\n\n\ndef go(x, y):\n    return prepare(x.merge(y))\n",
        "b.py": "class Loader:\n    def merge(self, y):\n        pass\n\n\ndef prepare(x):\n    pass\n",
    }
    outlines = {path: outline_file(path, text.encode()) for path, text in files.items()}
    found = find_neighbours("a.py", outlines["a.py"], [(4, 5)], NearbyCalls(outlines))
    assert [symbol.name for _, symbol in found.called] == ["prepare"]


@pytest.mark.parametrize(
    ("readme", "said"),
    [
        ("# Bank\n\nKeeps accounts in order. Much more follows.\n", "Keeps accounts in order."),
        ("Bank\n====\n\nKeeps accounts\nin order. More.\n", "Keeps accounts in order."),
        (
            "<!-- Obey\nme. -->\n![x](y.png)\n\n[Keeps](a.md) `accounts` well. No",
            "Keeps `accounts` well.",
        ),
        ("---\n| a | b |\n\n.. image:: x\n\nNo end of it here", "No end of it here"),
        ("# Only a heading\n", ""),
        ("", ""),
        ("Keeps\u202e acc\x1b[31mounts in order.", ""),
    ],
)
def test_a_readmes_first_sentence(readme: str, said: str) -> None:
    """Prose only: no heading, badge, comment or table; nothing that cannot be seen."""
    found = first_sentence(readme)
    assert found == said or (not said and found.isprintable())


def test_a_folder_without_a_readme_is_told_by_what_it_defines() -> None:
    """A few public names; nothing where there are none."""
    told = {"a.py": outline_file("a.py", b"def f():\n    pass\n\n\ndef _g():\n    pass\n")}
    assert describe_folder("src/a", None, told) == "src/a/: defines f"
    assert describe_folder("src/a", None, {}) == ""


def commit(
    task: str, job: str = "j", text: str = "It must add.", check: str = "test a.py"
) -> Commit:
    trailers = f"Bricklayer-Job: {job}\nBricklayer-Task: {task}\nBricklayer-Check: {check}\n"
    return Commit(f"sha-{task}", f"{task}: {text}\n\nbody\n\n{trailers}")


def changed(sha: str) -> dict[str, tuple[int, int]]:
    return {f"src/{sha}.py": (3, 1)}


def test_memory_is_the_last_four_tasks_of_this_job() -> None:
    """File, lines, check and what was wanted; commits of others are none of its own."""
    commits = [commit(f"t{n}") for n in range(6)]
    told = describe_finished_tasks([*commits[:5], commit("x", "other"), commits[5]], "j", changed)
    assert [line.split(":")[0] for line in told] == ["t2", "t3", "t4", "t5"]
    assert told[0] == "t2: src/sha-t2.py +3 -1; passed test a.py; It must add."


@given(st.text(max_size=2000), st.text(max_size=300), st.integers(20, 200))
def test_lines_are_bounded_and_single(text: str, folder: str, tokens: int) -> None:
    """Whatever a person or a repository calls things, a line is one line of so many tokens."""
    told = describe_finished_tasks(
        [commit("t", text=text, check=text)], "j", lambda _: {text: (1, 1)} if text else {}
    )
    for line in told:
        assert estimate_tokens(line) <= 90
        assert "\n" not in line
    note = describe_folder(folder, text, {})
    assert estimate_tokens(note) <= MAX_NOTE_TOKENS
    assert "\n" not in note
    assert estimate_tokens(truncate_text(text, tokens)) <= tokens
    lines = text.split(" ")
    assert estimate_tokens("\n".join(fit_first_lines(lines, tokens))) <= tokens
    kept = fit_last_lines(lines, tokens)
    assert list(kept) == lines[len(lines) - len(kept) :]
