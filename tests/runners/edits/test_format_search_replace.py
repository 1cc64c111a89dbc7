import pytest

from runners.edits import EditError, parse_blocks, resolve_reply

BANK = b"""import os

class Bank:
    def put(self, amount):
        self.total += amount

    def take(self, amount):
        self.total += amount
        return amount
"""
FILES = {"src/bank.py": BANK}
BLOCK = """<<<<<<< SEARCH
        self.total += amount
        return amount
=======
        self.total -= amount
        return amount
>>>>>>> REPLACE
"""
DONE = BANK.replace(b"+= amount\n        return", b"-= amount\n        return")


def applied(reply: str, default: str = "") -> bytes | None:
    return resolve_reply(reply, FILES.get, default=default).files["src/bank.py"]


@pytest.mark.parametrize(
    "name",
    [
        "src/bank.py\n",
        "`src/bank.py`:\n",
        "**src/bank.py**\n```python\n",
        "### src/bank.py\n\n```\n",
        "File: src/bank.py\n```py\n",
        "# src/bank.py\n",
        "```python\nsrc/bank.py\n",
        "```python file=src/bank.py\n",
        "```python:src/bank.py\n",
        "Text.\n\nsrc/bank.py\n<source>python\n",
    ],
)
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    """The file may be named above the block or inside its fence, with any decoration."""
    assert applied(f"Here you go:\n\n{name}{BLOCK}```\nDone.\n") == DONE


@pytest.mark.parametrize("marks", range(5, 10))
def test_markers_may_have_five_to_nine_characters(marks: int) -> None:
    """A marker's length is no reason to refuse."""
    reply = BLOCK
    for sign in "<=>":
        reply = reply.replace(sign * 7, sign * marks)
    assert applied(f"src/bank.py\n{reply}") == DONE


@pytest.mark.parametrize(
    ("opener", "closer"),
    [("<<<<<<< ORIGINAL", ">>>>>>> UPDATED"), ("------- SEARCH", "+++++++ REPLACE")],
)
def test_other_spellings_of_the_markers_are_known(opener: str, closer: str) -> None:
    """Dialects of the same format are one format."""
    reply = BLOCK.replace("<<<<<<< SEARCH", opener).replace(">>>>>>> REPLACE", closer)
    assert applied(f"src/bank.py\n{reply}") == DONE


def test_the_task_file_is_meant_where_none_is_named() -> None:
    """A reply without a name is for the task's one file, and for nothing without one."""
    assert applied(BLOCK, default="src/bank.py") == DONE
    with pytest.raises(EditError, match="no file named"):
        applied(BLOCK)


@pytest.mark.parametrize(
    "search",
    [
        "        self.total += amount  \n        return amount\t\n",
        "self.total += amount\nreturn amount\n",
        "            self.total += amount\n            return amount\n",
        "\t\tself.total += amount\n\t\treturn amount\n",
        "self.total += amount\n        return amount\n",
        "\n        self.total += amount\n        return amount\n\n",
    ],
)
def test_a_typo_in_blanks_is_forgiven_where_one_place_fits(search: str) -> None:
    """Trailing blanks and uniform indentation differ, and the new lines follow the file."""
    lead = next(x for x in search.splitlines() if "return" in x)
    lead = lead[: len(lead) - len(lead.lstrip())]
    reply = f"src/bank.py\n<<<<<<< SEARCH\n{search}=======\n{lead}return 0\n>>>>>>> REPLACE\n"
    assert applied(reply) == BANK.replace(
        b"        self.total += amount\n        return amount\n", b"        return 0\n"
    )


def test_line_numbers_copied_along_are_dropped() -> None:
    """A listing's numbers belong to neither side of the edit."""
    reply = (
        "src/bank.py\n<<<<<<< SEARCH\n 8|         self.total += amount\n 9|         return amount\n"
        "=======\n 8|         self.total -= amount\n 9|         return amount\n>>>>>>> REPLACE\n"
    )
    assert applied(reply) == DONE


def test_entities_and_curly_quotes_are_undone_where_the_file_has_plain_ones() -> None:
    """Text that went through an HTML or typographic filter comes back as code."""
    files = {"a.py": b'if a < b and c:\n    say("x")\n'}
    escaped = (
        "a.py\n<<<<<<< SEARCH\nif a &lt; b and c:\n=======\nif a &gt; b &amp; c:\n>>>>>>> REPLACE"
    )
    assert resolve_reply(escaped, files.get).files["a.py"] == b'if a > b & c:\n    say("x")\n'
    curly = "a.py\n<<<<<<< SEARCH\n    say(\u201cx\u201d)\n=======\n    say(\u201cit\u201d, \u2018y\u2019)\n>>>>>>> REPLACE"
    assert (
        resolve_reply(curly, files.get).files["a.py"] == b"if a < b and c:\n    say(\"it\", 'y')\n"
    )


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("<<<<<<< SEARCH\n        self.total += amount\n=======\nx\n>>>>>>> REPLACE", "2 places"),
        ("<<<<<<< SEARCH\n    nothing like it\n=======\nx\n>>>>>>> REPLACE", "not in the file"),
        ("<<<<<<< SEARCH\nimport os\n=======\nimport sys\n", "no >>>>>>> REPLACE"),
        ("<<<<<<< SEARCH\nimport os\n>>>>>>> REPLACE", "no ======="),
        ("<<<<<<< SEARCH\n<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE", "open block"),
        ("<<<<<<< SEARCH\nimport os\n=======\n# ... existing code ...\n>>>>>>> REPLACE", "out"),
        ("<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE", "quotes no old lines"),
        ("<<<<<<< SEARCH\nimport os\n=======\nimport os\n>>>>>>> REPLACE", "changes nothing"),
        (
            "<<<<<<< SEARCH\nimport os\n=======\nimport \u201cos\u201d\n>>>>>>> REPLACE",
            "typographic",
        ),
        ("<<<<<<< SEARCH\nclass Bank:\n=======\nclass Bank&gt;:\n>>>>>>> REPLACE", "escaped"),
        ("<<<<<<< SEARCH\nimport os\n=======\na\n=======\n>>>>>>> REPLACE", "marker is left"),
    ],
)
def test_what_is_unclear_is_refused_in_words(reply: str, reason: str) -> None:
    """Ambiguous, absent, elided, cut off or empty: the reason names it and the hint says how to fix it."""
    with pytest.raises(EditError, match=reason) as refused:
        applied(f"src/bank.py\n{reply}\n")
    assert refused.value.hint


def test_a_refusal_shows_what_the_file_has_there() -> None:
    """The next attempt sees the nearest line, as the file has it."""
    reply = "src/bank.py\n<<<<<<< SEARCH\n    def take(self, sum):\n=======\nx\n>>>>>>> REPLACE\n"
    with pytest.raises(EditError, match="line 7") as refused:
        applied(reply)
    assert "def take(self, amount)" in refused.value.reason


def test_blocks_are_found_in_the_file_as_it_was() -> None:
    """Order does not matter, a repeated block counts once, and one block may build on another."""
    second = "<<<<<<< SEARCH\nimport os\n=======\nimport sys\n>>>>>>> REPLACE\n"
    third = "<<<<<<< SEARCH\nimport sys\n=======\nimport re\n>>>>>>> REPLACE\n"
    both = applied(f"src/bank.py\n{BLOCK}{second}{BLOCK}")
    assert both == DONE.replace(b"import os", b"import sys")
    assert applied(f"src/bank.py\n{second}{third}") == BANK.replace(b"import os", b"import re")


def test_a_heading_underline_is_no_divider_where_only_one_reading_fits() -> None:
    """Text that holds rules of equals signs is divided where the file says."""
    files = {"a.rst": b"Title\n=======\n\ntext\n"}
    reply = "a.rst\n<<<<<<< SEARCH\n=======\n\ntext\n=======\n=======\n\nnew\n>>>>>>> REPLACE\n"
    assert resolve_reply(reply, files.get).files["a.rst"] == b"Title\n=======\n\nnew\n"
    both = "a.rst\n<<<<<<< SEARCH\nTitle\n=======\n\n=======\nNew\n>>>>>>> REPLACE\n"
    with pytest.raises(EditError, match="divides old from new"):
        resolve_reply(both, files.get)


def test_nothing_but_the_allowed_paths_may_change() -> None:
    """A reply for another file than the task's is refused whole."""
    with pytest.raises(EditError, match=r"may only change src/other\.py"):
        resolve_reply(f"src/bank.py\n{BLOCK}", FILES.get, only={"src/other.py"})


def test_an_addition_already_there_is_not_added_again() -> None:
    """Applying a reply twice must not double its lines."""
    reply = "a.py\n<<<<<<< SEARCH\nimport os\n=======\nimport os\nimport re\n>>>>>>> REPLACE\n"
    with pytest.raises(EditError, match="already in the file"):
        resolve_reply(reply, {"a.py": b"import os\nimport re\n"}.get)


def test_listing_blocks_gives_shell_fences_without_a_path() -> None:
    """Shell commands are told apart from edits and are never edits."""
    reply = f"src/bank.py\n```python\n{BLOCK}```\nRun it:\n```bash\npytest -q\n```\n"
    (path, search, new), shell = parse_blocks(reply)
    assert (path, shell) == ("src/bank.py", (None, "pytest -q\n", ""))
    assert search == "        self.total += amount\n        return amount\n"
    assert new.startswith("        self.total -= amount\n")
