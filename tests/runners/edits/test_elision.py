"""A line that stands for code of the file is known by the code that is gone, not by its words."""

import pytest

from runners.edits.elision import find_elisions
from runners.edits.merge_definitions import merge_definitions
from runners.edits.removal_wish import RemovalWish
from runners.edits.safety_checks import advise_on_elision

JS = [f"function f{n}() {{\n  return {n};\n}}" for n in range(6)]
OLD = "\n".join(JS).split("\n")
PYTHON = ["def f(a):", "    b = a + 1", "    c = b * 2", "    d = c - 3", "    return d", ""]
YAML = ["a: 1", "b:", "  - x", "  - y", "  - z", "c: 3", ""]
GUIDE = [
    "# Tool",
    "",
    "One two.",
    "",
    "Three four.",
    "",
    "Five six.",
    "",
    "## Use",
    "",
    "Run it.",
    "",
]


def elided(lines: list[str], at: int, past: int, *mark: str) -> list[str]:
    return [*lines[:at], *mark, *lines[past:]]


@pytest.mark.parametrize(
    "mark",
    [
        "// Rest of component", "// see the old version", "// functions 2 to 4", "/* f2, f3 */",
        "# all other methods go here", "{/* JSX */}", "<!-- others -->", "...", "// …", "{...}",
        "[Lines 7-12 not shown]", "-- as it was", "// f2\n// f3",
    ],
)  # fmt: skip
@pytest.mark.parametrize("changes_beside", [False, True])
def test_one_comment_in_place_of_code_is_an_elision(mark: str, *, changes_beside: bool) -> None:
    """Whatever it says, also where the lines around it have changed."""
    new = elided(OLD, 6, 12, *mark.split("\n"))
    if changes_beside:
        new = [line.replace("return 1;", "return 11;") for line in new]
        new = [line.replace("function f4()", "function f4(x)") for line in new]
    assert find_elisions(new, OLD, "a.js")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("m.py", PYTHON, elided(PYTHON, 1, 4, "    # computes d from a")),
        ("m.py", PYTHON, elided(PYTHON, 1, 5, "    ...")),
        ("m.py", PYTHON, elided(PYTHON, 2, 3, "    # same as before")),
        ("m.py", PYTHON, elided(PYTHON, 0, 5, "def f(a): ...  # as it was")),
        ("m.js", OLD, elided(OLD, 3, 6, "function f1() { /* body */ }")),
        ("c.yml", YAML, elided(YAML, 2, 5, "  # list")),
        ("c.yml", YAML, elided(YAML, 5, 6, "// c stays")),
        ("m.odd-kind", ["a", "b  # b"], ["a", "// b"]),
        ("c.json", ["{", '"a": 1,', '"b": 2', "}"], ["{", "// a", '"b": 3', "}"]),
        ("README.md", GUIDE, elided(GUIDE, 2, 8, "<!-- intro -->")),
        ("README.md", GUIDE, elided(GUIDE, 2, 8, "# (previous text)")),
        ("x.py", [], ["def f():", "    # ... rest of the code ..."]),
        ("m.py", PYTHON, elided(PYTHON, 1, 5, "    pass  # as it was")),
    ],
)
def test_elisions_of_other_kinds_of_files(path: str, old: list[str], new: list[str]) -> None:
    """Each language's comments, and those that it does not have."""
    assert find_elisions(new, old, path)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("m.py", ["return s"], ["# leave the rest alone", "return s.strip()"]),
        ("m.py", ["x = 1"], ["x = 1", "# same as above", "y = 1"]),
        ("m.py", PYTHON, elided(PYTHON, 1, 4, "    # all at once", "    d = (a + 1) * 2 - 3")),
        ("m.py", PYTHON, elided(PYTHON, 4, 4, "    # everything else is unchanged")),
        ("m.py", ["# a", "# b", "# c", "# d", "x = 1"], ["# one line now", "x = 1"]),
        ("m.pyi", [], ["def f():", "    ...", "", "def g():", "    ..."]),
        ("m.js", ["return x;"], ["return {", "  ...existing,", "  ...remaining,", "};"]),
        ("m.js", ["f();"], ["return (", "  [...existing, x]", ");"]),
        ("m.js", ["f();"], ["{...unchanged}", "...this.rest,", "...previous.items", "...all()"]),
        ("m.yml", ["a: 1"], ["a: 2", "..."]),
        ("m.py", ["def f(", "    a: int,", ") -> int: ..."], ["def f(a: int) -> int: ..."]),
        ("m.pyi", ["def f(a): ..."], ["def f(a: int): ...", "def g(a: int): ..."]),
        ("m.c", ["int a;"], ["#ifdef X", "int a;", "#endif", "*p = 1;"]),
        ("m.c", ["a;", "b;", "c;", "d;"], ["*p = 0;"]),
        ("m.c", ["a;", "b;", "c;", "d;"], ["--i;"]),
        ("m.css", ["a {", "b {", "c {", "d {"], ["#all {"]),
        ("m.js", OLD, elided(OLD, 3, 12, "// 1", "// 2", "// 3")),
        (
            "requirements.txt",
            [
                "six==1",
                "    # via",
                "    #   tox",
                "    #   venv",
                "toml==2",
                "    # via",
                "    # a",
            ],
            ["six==1", "    # via tox", "toml==2", "    # via a"],
        ),
        (
            "m.go",
            ["args := d.Args()", "if len(args) != 1 {", "return d.Err()", "}", "m := args[0]"],
            ["if !d.Next() { // the name", "return d.Err()", "}", "m := d.Val()"],
        ),
        ("README.md", GUIDE, elided(GUIDE, 2, 7, "All in one.")),
    ],
)
def test_what_only_looks_like_an_elision_is_written(
    path: str, old: list[str], new: list[str]
) -> None:
    """Nothing is missing where it stands, or it is no comment in that language."""
    assert not find_elisions(new, old, path)


def test_what_a_diff_removes_line_by_line_may_leave_a_comment() -> None:
    """There each line that goes is marked, so that a comment stands for nothing."""
    new = elided(OLD, 6, 12, "// moved to b.js")
    assert find_elisions(new, OLD, "a.js")
    assert not find_elisions(new, OLD, "a.js", explicit=True)


DATA = ["# db", "host: a", "port: 1", "user: u", "pass: p", "log: x", ""]
CHECKED = [
    "def f(o):",
    "    check(o)",
    "    a = o.x",
    "    log(a)",
    "    b = a + 1",
    "    return b",
    "",
]
GATHERED = ["def f(x):", "    y = []", "    for i in x:", "        y.append(i)", "    return y", ""]
LOOP = ["def a(x):", "    t = 0", "    for i in x:", "        t += i", "    return t", ""]
CONSTANTS = ["function f(o) {", "  const x = 1;", "  const y = 2;", "  const z = 3;",
             "  return { x, y, z };", "}", ""]  # fmt: skip


@pytest.mark.parametrize(
    ("task", "comment", "elides"),
    [
        (
            "Remove host, port, user and pass: DB_URL is used now.",
            "# db is read from DB_URL",
            False,
        ),
        ("Drop the database settings; DB_URL replaces them.", "# db is read from DB_URL", False),
        ("Remove:\n- host\n- port\n- user\n- pass", "# db is read from DB_URL", False),
        ("Remove host, port, user and pass.", "# rest of db stays the same", True),
        ("Remove host, port, user and pass.", "# ... existing settings ...", True),
        ("Remove host.", "# db values", True),
        ("Drop the `debug` setting.", "# db values", True),
        ("Host, port, user and pass are of the database.", "# db values", True),
        ("", "# db values", True),
    ],
)
def test_a_comment_may_stand_where_the_task_asks_for_the_removal(
    task: str, comment: str, *, elides: bool
) -> None:
    """Of just these lines, and unless the comment itself says that something is left out."""
    new = elided(DATA, 0, 5, comment)
    assert bool(find_elisions(new, DATA, "c.yml", wish=RemovalWish(task))) == elides


@pytest.mark.parametrize(
    ("path", "old", "new", "elides"),
    [
        ("m.py", LOOP, elided(LOOP, 1, 5, "    # the builtin does the rest", "    return sum(x)"),
         False),
        ("m.py", LOOP, elided(LOOP, 1, 5, "    # the rest as above", "    return round(t)"), True),
        ("m.py", GATHERED, elided(GATHERED, 1, 5, "    # the rest too", "    return list(x)"), False),
        ("m.py", CHECKED, elided(CHECKED, 1, 6, "    # all other checks", "    return o.x"), True),
        ("m.py", LOOP, elided(LOOP, 1, 5, "    # the rest as above", "    return t"), True),
        ("m.py", PYTHON, elided(PYTHON, 1, 5, "    # all others", "    return d - b"), True),
        ("m.js", CONSTANTS, elided(CONSTANTS, 1, 5, "  // defaults first, the rest unchanged",
                                   "  return { ...o, x: 1, y: 2, z: 3 };"), False),
        ("m.js", CONSTANTS, elided(CONSTANTS, 1, 5, "  // defaults first, the rest unchanged",
                                   "  return { ...o, x, y, z };"), True),
    ],
)  # fmt: skip
def test_code_that_does_the_work_of_the_old_lines_may_have_a_comment(
    path: str, old: list[str], new: list[str], *, elides: bool
) -> None:
    """Unless it still uses what only those work out, or they did more than work something out."""
    assert bool(find_elisions(new, old, path)) == elides


@pytest.mark.parametrize(
    ("line", "told"), [("# db values", True), ("# ... existing code ...", False)]
)
def test_a_refused_comment_may_be_left_out(line: str, *, told: bool) -> None:
    """But a line that says that code is left out is not to vanish along with that code."""
    assert ("leave that comment out" in advise_on_elision(line, "c.yml")) == told


@pytest.mark.parametrize(
    ("task", "merges"), [("Remove host, port, user and pass_ from f().", True), ("", False)]
)
def test_a_single_function_may_have_a_comment_where_the_task_asks_for_the_removal(
    task: str, *, merges: bool
) -> None:
    """As a whole file may."""
    keys = [f"    o.{name} = 1" for name in ("host", "port", "user", "pass_")]
    original = "\n".join(
        ["def f(o):", *keys, "    return o", "", "", "def g():", "    return 2", ""]
    )
    code = "def f(o):\n    # the connection is given\n    return o\n"
    merged = merge_definitions(original, code, task_text=task)
    assert (merged is not None and "o.host" not in merged) == merges


IMPORTS = ["import a;", "import b;", "import c;", "", "f();", ""]
STUBBED = ["fn f() {", *[f"    step({n});" for n in range(5)], "}", ""]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("m.js", IMPORTS, elided(IMPORTS, 1, 3, "// other imports")),
        ("c.yml", YAML, elided(YAML, 3, 5, "  # etc")),
        ("m.toml", ["d = [", '  "jinja>=3",', '  "click>=8",', '  "weasyprint>=60",', "]"], ["d = [", "  # existing ones", '  "weasyprint>=61",', '  "sqlalchemy",', "]"]),
        ("m.rs", STUBBED, elided(STUBBED, 1, 6, "    todo!() // unchanged")),
        ("m.go", STUBBED, elided(STUBBED, 1, 6, '    panic("x") // body as it was')),
    ],
)  # fmt: skip
def test_a_comment_on_other_lines_stands_for_two_and_a_stub_for_a_body(
    path: str, old: list[str], new: list[str]
) -> None:
    """It speaks of lines and not of what code does, so that two that are gone suffice."""
    assert find_elisions(new, old, path)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("m.js", IMPORTS, elided(IMPORTS, 1, 2, "// other imports")),
        ("m.js", IMPORTS, elided(IMPORTS, 1, 3, "// nothing of b and c is used")),
        ("m.rs", STUBBED, elided(STUBBED, 6, 7, "    todo!() // more steps", "}")),
    ],
)
def test_a_comment_in_place_of_less_is_a_comment(path: str, old: list[str], new: list[str]) -> None:
    """One line is an edit, and so are two below words about the code."""
    assert not find_elisions(new, old, path)
