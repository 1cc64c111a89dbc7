from textwrap import indent

import pytest

from runners.edits import EditError, resolve_reply

OLD = """import math


def area(r):
    return math.pi * r


def edge(r):
    return 2 * math.pi * r


def show(r):
    print(area(r), edge(r))
"""
NEW = OLD.replace("math.pi * r\n\n\ndef edge", "math.pi * r**2\n\n\ndef edge")
FILES = {
    "circle.py": OLD.encode(),
    "doc.md": b"# Doc\n\n```\nrun\n```\n\nmore text here\n\nend of it\n",
}


def applied(reply: str, default: str = "circle.py") -> bytes | None:
    return resolve_reply(reply, FILES.get, default=default).files[default or "circle.py"]


@pytest.mark.parametrize(
    "reply",
    [
        f"```python\n{NEW}```\n",
        f"Sure! Here is the corrected file:\n\n```python\n{NEW}```\n\nI squared the radius.\n",
        f"```\n{NEW}```",
        f"````python\n{NEW}````\n",
        f"~~~python\n{NEW}~~~\n",
        f"  ```python\n{indent(NEW, '  ')}  ```\n",
        f"circle.py\n```python\n{NEW}```\n",
        f"```python file=circle.py\n{NEW}```\n",
        f"```python\n# circle.py\n{NEW}```\n",
        f"```python\n{NEW}```\n\nRun it:\n\n```bash\npython circle.py\n```\n",
        f"```python\n{NEW}```\n\nUse it:\n\n```python\nimport circle\nprint(circle.area(2))\n```\n",
        f"The bug:\n```python\nreturn math.pi * r\n```\nFixed:\n```python\n{NEW}```\n",
        f"```python\n{NEW}```\nAgain, in full:\n```python\n{NEW}```\n",
        f"```python\n{NEW}",
        NEW,
        f"Here is the whole file:\n\n{NEW}\nThat should do it now.\n",
        "```\n" + "\n".join(f"{n:3} | {x}" for n, x in enumerate(NEW.splitlines(), 1)) + "\n```\n",
    ],
)
def test_the_file_is_taken_from_the_reply(reply: str) -> None:
    """Whatever surrounds it, the one complete file of a reply is the file."""
    assert applied(reply) == NEW.encode()


@pytest.mark.parametrize(
    "elided",
    [
        "# ... rest of the code unchanged ...",
        "# ... existing code ...",
        "# Rest of the file remains the same",
        "...",
        "// ... existing code ...",
        "[rest of the code]",
        "# (other functions unchanged)",
        "# (same as above)",
        "# unchanged code",
        "# unchanged below",
        "# Same as original",
        "# f2 and f3 unchanged",
        "# keep the rest as it is",
        "# The other functions stay as they were.",
        "# No changes below",
        "# ... same ...",
        "/* ... */",
    ],
)
def test_an_elided_file_is_never_written(elided: str) -> None:
    """A line that stands for code left out is refused, with the line named."""
    head = NEW.split("def edge")[0]
    with pytest.raises(EditError, match="leaves code out"):
        applied(f"```python\n{head}{elided}\n```\n")


@pytest.mark.parametrize(
    "ordinary",
    [
        "class P:\n    def f(self) -> int:\n        ...\n",
        "# the rest of the line\n",
        "# keeps the order unchanged\n",
        "# no changes: nothing to do\n",
        "# 3... 2... 1\n",
    ],
)
def test_an_ordinary_ellipsis_is_code(ordinary: str) -> None:
    """Stubs and prose with dots are not mistaken for an elision."""
    assert applied(f"```python\n{NEW}{ordinary}```\n") == (NEW + ordinary).encode()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("```python\ndef area(r):\n    return math.pi * r**2\n```\n", "not the complete file"),
        (f"```python\n{NEW[:90]}", "never closed"),
        (NEW[:90], "holds no edit"),
        ("I cannot see the file, could you paste it?", "holds no edit"),
        ("```bash\npip install x\n```\n", "no fence of the reply is for"),
        (f"```python\n{NEW}```\nor\n```python\n{NEW.replace('**2', ' * r')}```\n", "2 fences"),
        (f"```python\n{OLD}```\n", "changes nothing"),
        (f"circle.py\n```\n{NEW}```\ncircle.py\n```\n{OLD}```\n", "twice"),
    ],
)
def test_what_is_not_plainly_the_file_is_refused(reply: str, reason: str) -> None:
    """A piece, a cut-off text, two candidates or none: nothing is written."""
    with pytest.raises(EditError, match=reason):
        applied(reply)


def test_fences_of_the_file_itself_are_never_taken_for_its_end() -> None:
    """Markdown in a fence of three is refused where its end is unclear, and fine in one of four."""
    new = FILES["doc.md"].decode().replace("more text", "new text")
    with pytest.raises(EditError, match="four backticks"):
        applied(f"```markdown\n{new}```\n", default="doc.md")
    assert applied(f"````markdown\n{new}````\n", default="doc.md") == new.encode()
    assert applied(new, default="doc.md") == new.encode()


def test_several_named_files_are_written_together() -> None:
    """Headings, list items and prose may each name a fence."""
    reply = "### a.txt\n```\nA\n```\n\nAnd here is `b.txt`:\n\nb.txt:\n```\nB\n```\n"
    files = {"a.txt": b"old a\n", "b.txt": b"old b\n"}
    assert resolve_reply(reply, files.get).files == {"a.txt": b"A\n", "b.txt": b"B\n"}


def test_a_new_file_is_the_fence_that_defines_something() -> None:
    """With nothing to compare to, an example that only calls is not the file."""
    reply = "```python\ndef f():\n    return 1\n```\nThen:\n```python\nprint(f())\n```\n"
    assert resolve_reply(reply, {}.get, default="n.py").files == {
        "n.py": b"def f():\n    return 1\n"
    }


def test_a_name_that_is_the_task_files_tail_means_it() -> None:
    """`bank.py` is `src/bank.py` where that is the task's file."""
    files = {"src/bank.py": b"x = 1\n"}
    reply = "bank.py\n```python\nx = 2\n```\n"
    got = resolve_reply(reply, files.get, default="src/bank.py", only={"src/bank.py"})
    assert got.files == {"src/bank.py": b"x = 2\n"}


@pytest.mark.parametrize(
    ("path", "body"),
    [("data.tsv", "1\tAlice\n2\tBob\n3\tCarol\n"), ("m.yaml", "1: one\n2: two\n3: three\n")],
)
def test_numbers_of_a_new_file_are_its_own(path: str, body: str) -> None:
    """Only where the file has such lines can the numbers have been copied along."""
    assert resolve_reply(f"{path}\n```\n{body}```\n", {}.get).files == {path: body.encode()}


def test_a_new_file_of_the_same_name_is_not_the_task_file() -> None:
    """`pkg/__init__.py` is no other spelling of `__init__.py` at the root."""
    reply = "pkg/__init__.py\n```python\ny = 2\n```\n"
    got = resolve_reply(reply, {"__init__.py": b"x = 1\n"}.get, default="__init__.py")
    assert got.files == {"pkg/__init__.py": b"y = 2\n"}


@pytest.mark.parametrize("path", ["a.html", "a.jsx"])
def test_escaped_markup_is_refused(path: str) -> None:
    """A page whose tags came through an HTML filter; an entity among tags is ordinary."""
    before = "<div>\n  <b>x</b>\n</div>\n"
    escaped = before.replace("x", "y").replace("<", "&lt;").replace(">", "&gt;")
    with pytest.raises(EditError, match="HTML-escaped"):
        resolve_reply(f"```\n{escaped}```\n", {path: before.encode()}.get, default=path)
    new = before.replace("x", "&lt;y&gt;")
    got = resolve_reply(f"```\n{new}```\n", {path: before.encode()}.get, default=path)
    assert got.files == {path: new.encode()}


def test_a_quote_of_the_old_code_is_no_second_file() -> None:
    """A fence that stands in the file as it is only shows what was wrong."""
    reply = f"This:\n```python\n{OLD}```\nis now:\n```python\n{NEW}```\n"
    assert applied(reply) == NEW.encode()


@pytest.mark.parametrize(
    ("path", "before", "new"),
    [
        ("m.go", "func f() {\n\tg()\n}\n", "func f() {\n\tg(`\n  raw\n`)\n}\n"),
        ("Makefile", "all:\n\tgcc a.c\n", "SRC = a.c \\\n  b.c\n\nall:\n\tgcc $(SRC)\n"),
    ],
)
def test_continued_lines_and_raw_strings_have_their_own_margins(
    path: str, before: str, new: str
) -> None:
    """Blanks there are no typo in a file that indents with tabs."""
    got = resolve_reply(f"{path}\n```\n{new}```\n", {path: before.encode()}.get)
    assert got.files == {path: new.encode()}


def test_a_file_that_is_a_directory_too_is_refused() -> None:
    """Both cannot be written, so neither is."""
    with pytest.raises(EditError, match="cannot be a file and hold"):
        resolve_reply("a.txt\n```\nx\n```\n\na.txt/b.txt\n```\ny\n```\n", {}.get)


@pytest.mark.parametrize(
    "head", ["[tool.ruff]", "[a.b]", "require.js", "www.example.com", "config.get"]
)
def test_a_line_of_a_file_is_not_the_name_of_another(head: str) -> None:
    """Inside a fence, what names no known file needs a folder or the fence's own language."""
    files = {"pyproject.toml": b'[project]\nname = "a"\nversion = "1"\n\n[tool.ruff]\nx = 1\n'}
    with pytest.raises(EditError):
        resolve_reply(f"```toml\n{head}\nx = 2\n```\n", files.get, default="pyproject.toml")
