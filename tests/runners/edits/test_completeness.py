"""A fence that names no file may hold only a piece of the task's file."""

import pytest

from runners.edits import EditError, resolve_reply

REQUIREMENTS = "flask==2.0\nrequests==2.1\nnumpy==1.2\npandas==1.1\npytest==7\n"
SETTINGS = "name: app\nserver:\n  port: 80\n  host: a\ndb:\n  url: x\n  pool: 3\nlog: info\n"
PACKAGE = '{\n  "name": "x",\n  "scripts": {\n    "test": "jest"\n  },\n  "version": "1"\n}\n'
DOCKER = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN pip install .\nCMD [1]\n"
MAKE = "A=1\nB=2\n\nall: x y\n\nx:\n\tgcc x.c\n\ny:\n\tgcc y.c\n"
STYLE = "a {\n  top: 1;\n}\n\nb {\n  top: 2;\n}\n\nc {\n  top: 3;\n}\n"
TABLES = "CREATE TABLE a (\n  x INT\n);\n\nCREATE TABLE b (\n  y INT\n);\n"
GUIDE = "# Tool\n\nIntro here.\n\n## Install\n\nWith pip.\n\n## Use\n\nRun it.\n"
CODE = "result = None\n\n\ndef f(x):\n    return x\n\n\ndef g(x):\n    return f(x) + 1\n"
C = "int add(int a, int b) {\n    return a - b;\n}\n\nint sub(int a) {\n    return a;\n}\n"
JS = "const a = x => x + 1;\nconst b = x => x + 2;\nconst c = (x) => {\n  return x * 3;\n};\n"
JAVA = (
    "public class Bank {\n    private int n;\n\n    public Bank(int n) {\n        this.n = n;\n    }\n\n"
    "    public int get() {\n        return n;\n    }\n\n    public void put(int x) {\n        n += x;\n    }\n}\n"
)


@pytest.mark.parametrize(
    ("path", "before", "body"),
    [
        ("requirements.txt", REQUIREMENTS, "httpx==0.27\n"),
        ("requirements.txt", REQUIREMENTS, "requests==2.1\n"),
        ("c.yaml", SETTINGS, "server:\n  port: 8080\n"),
        ("c.yaml", SETTINGS, "name: app\nserver:\n  port: 8080\n  host: a\n"),
        ("package.json", PACKAGE, '"scripts": {\n  "test": "jest --ci"\n}\n'),
        ("package.json", PACKAGE, '{\n  "scripts": {\n    "test": "ci"\n  }\n}\n'),
        ("Dockerfile", DOCKER, "RUN pip install --no-cache-dir .\n"),
        ("Makefile", MAKE, "x:\n\tgcc -O2 x.c\n"),
        ("a.css", STYLE, "b {\n  top: 20;\n}\n"),
        ("a.sql", TABLES, "CREATE TABLE b (\n  y TEXT\n);\n"),
        ("README.md", GUIDE, "## Install\n\nWith pipx.\n"),
        ("README.md", "# A\n\nText about it.\n", "## Install\n\nRun pip.\n"),
        ("m.py", CODE, "def f(x):\n    return x + 1\n\n\nresult = f(3)\nprint(result)\n"),
        ("m.c", C, C[: C.index("int sub")].replace("- b", "+ b")),
        ("m.js", JS, "const c = (x) => {\n  return x * 4;\n};\n"),
        ("Bank.java", JAVA, JAVA[: JAVA.index("    public int get")] + "}\n"),
    ],
)
def test_a_snippet_is_not_the_file(path: str, before: str, body: str) -> None:
    """Much shorter, and without the file's first or last part: the rest would be lost."""
    fence = "````" if path.endswith(".md") else "```"
    with pytest.raises(EditError, match="not the complete file"):
        resolve_reply(
            f"Change it:\n{fence}\n{body}{fence}\n", {path: before.encode()}.get, default=path
        )


@pytest.mark.parametrize(
    ("path", "before", "body"),
    [
        ("requirements.txt", REQUIREMENTS, REQUIREMENTS.replace("numpy==1.2\n", "")),
        ("c.yaml", SETTINGS, SETTINGS.replace("80", "8080").replace("log: info", "log: debug")),
        (
            "f.py",
            "def f(x):\n    if x:\n        return 1\n    return 2\n",
            "def f(x):\n    return 3\n",
        ),
        ("m.c", C, C.replace("- b", "+ b")),
        ("package.json", PACKAGE, PACKAGE.replace("jest", "vitest")),
    ],
)
def test_a_small_file_may_be_rewritten(path: str, before: str, body: str) -> None:
    """What keeps the file's first and last part, or most of its size, is a new version of it."""
    got = resolve_reply(f"```\n{body}```\n", {path: before.encode()}.get, default=path)
    assert got.files == {path: body.encode()}


@pytest.mark.parametrize(
    ("path", "before", "body"),
    [
        ("requirements.txt", REQUIREMENTS, "httpx==3\nattrs==8\n"),
        ("a.txt", "one\ntwo\n", "three\n"),
    ],
)
def test_a_file_of_which_nothing_is_left_needs_its_name(path: str, before: str, body: str) -> None:
    """Without it nothing shows that the fence is this file at all."""
    files = {path: before.encode()}
    assert resolve_reply(f"{path}\n```\n{body}```\n", files.get).files == {path: body.encode()}
    with pytest.raises(EditError, match=r"nothing says that it is|not the complete file"):
        resolve_reply(f"```\n{body}```\n", files.get, default=path)


NAMED = [
    ("c.yaml", SETTINGS, "log: info\n"),
    ("c.yaml", SETTINGS, "  host: a\n"),
    ("package.json", PACKAGE, '  "version": "1"\n'),
    ("package.json", PACKAGE, '  "name": "x",\n'),
    ("t.toml", "[a]\nb = 1\n\n[c]\nd = 2\n", "d = 2\n"),
    ("t.toml", "[a]\nb = 1\n\n[c]\nd = 2\n", "[c]\nd = 2\n"),
    ("a.ini", "[a]\nb = 1\n\n[c]\nd = 2\n", "b = 1\n"),
    ("a.css", STYLE, "b {\n  top: 2;\n}\n"),
    ("a.scss", STYLE, "c {\n  top: 3;\n}\n"),
    ("a.sql", TABLES, "CREATE TABLE b (\n  y INT\n);\n"),
    ("README.md", GUIDE, "## Use\n\nRun it.\n"),
    ("a.rst", "Tool\n====\n\nIntro.\n\nUse\n---\n\nRun.\n", "Use\n---\n\nRun.\n"),
    ("run.sh", "a() {\n  x\n}\n\nb() {\n  y\n}\n\nb\n", "a() {\n  x\n}\n"),
    ("Makefile", MAKE, "y:\n\tgcc y.c\n"),
    ("m.py", CODE, "def g(x):\n    return f(x) + 1\n"),
    ("m.c", "int\na(void)\n{\n  return 1;\n}\n\nint\nb(void)\n{\n  return 2;\n}\n", "int\nb(void)\n{\n  return 2;\n}\n"),
    ("m.js", JS, "const b = x => x + 2;\n"),
    ("a.test.ts", 'test("a", () => {\n  f();\n});\ntest("b", () => {\n  g();\n});\n', 'test("b", () => {\n  g();\n});\n'),
    ("Bank.java", JAVA, "    public int get() {\n        return n;\n    }\n"),
    ("pom.xml", "<p>\n  <a>1</a>\n  <b>2</b>\n</p>\n", "  <b>2</b>\n"),
    ("notes.txt", "".join(f"line {n}\n" for n in range(40)), "".join(f"line {n}\n" for n in range(9, 25))),
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "part"), NAMED)
def test_a_part_that_is_gone_in_silence_is_missing(path: str, before: str, part: str) -> None:
    """Also where the reply names the file, and only one part of it is gone."""
    files = {path: before.encode()}
    reply = f"{path}\n````\n{before.replace(part, '')}````\n"
    assert part in before
    with pytest.raises(EditError, match="not the complete file"):
        resolve_reply(reply, files.get, default=path)
    got = resolve_reply(reply, files.get, default=path, whole=True).files[path]
    assert got is not None
    assert got.decode().strip() == before.replace(part, "").strip()


@pytest.mark.parametrize(
    "text",
    [
        "sub is not called by anyone: drop it",
        "Delete the unused functions.",
        "One function is enough here.",
        "Merge both functions.",
        "There is dead code in this file",
    ],
)
def test_what_the_task_asks_to_go_may_go(text: str) -> None:
    """By its name, or by what is said of such parts."""
    reply = f"m.c\n```c\n{C[: C.index('int sub')]}```\n"
    assert resolve_reply(reply, {"m.c": C.encode()}.get, task_text=text).files


RENAMED = C.replace("int sub(", "int minus(")
CALLED = C + "\nint both(int a) {\n    return sub(a);\n}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (C, RENAMED),
        (CALLED, CALLED.replace("int sub(int a) {\n    return a;\n}\n\n", "").replace("sub(a)", "a")),
        (C, '#include "sub.h"\n' + C[: C.index("int sub")]),
        ("class A:\n    def f(self): pass\n\n    def g(self): pass\n", "class A:\n    def g(self): pass\n\n\ndef f(): pass\n"),
    ],
)  # fmt: skip
def test_what_has_a_reason_of_its_own_is_no_loss(before: str, after: str) -> None:
    """Renamed, moved, taken from elsewhere, or gone with its last use."""
    path = "m.py" if before.startswith("class") else "m.c"
    reply = f"{path}\n```\n{after}```\n"
    got = resolve_reply(reply, {path: before.encode()}.get).files[path]
    assert got is not None
    assert got.decode().strip() == after.strip()


def test_what_is_still_used_is_missing_even_so() -> None:
    """A wish for less does not mean what the file still needs: a task's answer gets it back."""
    sub = "int sub(int a) {\n    return a;\n}\n\n"
    fixed = CALLED.replace("a - b", "a + b")
    reply = f"m.c\n```c\n{fixed.replace(sub, '')}```\n"
    files = {"m.c": CALLED.encode()}
    with pytest.raises(EditError, match="leaves out sub, which it still uses"):
        resolve_reply(reply, files.get)
    got = resolve_reply(reply, files.get, task_text="Delete the unused functions")
    assert got.files == {"m.c": fixed.encode()}


ENV = "HOST=a\nPORT=1\nUSER=b\nPASS=c\nLOG=d\n"
ROWS = "id,name\n1,a\n2,b\n3,c\n4,d\n5,e\n"
ROUTES = "module m\n\nrequire (\n\ta v1.0\n\tb v1.1\n\tc v1.2\n\td v1.3\n)\n"
PROTOTYPES = (
    "#ifndef M_H\n#define M_H\nint a(int);\nint b(int);\nint c(int);\nint d(int);\n#endif\n"
)
STEPS = "#!/bin/sh\nset -e\nA=1\nmkdir -p out\ncp a out/\ntar czf o.tgz out\nscp o.tgz host:\n"
ENUM = "pub enum E {\n    A,\n    B,\n    C,\n    D,\n}\n\npub fn f() -> u8 {\n    1\n}\n"
MEDIA = "@media (x) {\n  a {\n    top: 1;\n  }\n  b {\n    top: 2;\n  }\n}\n"
TYPE = "type A {\n  a: Int\n  b: Int\n  c: Int\n}\n"


@pytest.mark.parametrize(
    ("path", "before", "body"),
    [
        ("Dockerfile", DOCKER, "RUN pip install --no-cache-dir .\n"),
        ("Dockerfile", DOCKER, DOCKER.replace("COPY . .\nRUN pip install .\n", "")),
        (".env", ENV, "PORT=2\n"),
        (".env", ENV, "HOST=a\nPORT=2\nUSER=b\n"),
        ("a.csv", ROWS, "id,name\n3,x\n"),
        ("go.mod", ROUTES, "\tb v1.4\n"),
        ("requirements.txt", REQUIREMENTS, "requests==3\n"),
        (".gitignore", "a/\nb/\nc/\nd/\n", "a/\nb/\n"),
        ("m.h", PROTOTYPES, PROTOTYPES.replace("int b(int);\nint c(int);\n", "").replace("d(int)", "d(long)")),
        ("d.sh", STEPS, STEPS.replace("mkdir -p out\ncp a out/\n", "").replace("A=1", "A=2")),
        ("e.rs", ENUM, ENUM.replace("    B,\n    C,\n", "").replace("    1\n", "    2\n")),
        ("notes.txt", "First.\nSecond.\nThird.\n", "Third, changed.\n"),
        ("Dockerfile", DOCKER, DOCKER.replace("CMD [1]\n", "")),
        ("a.css", MEDIA, MEDIA.replace("  b {\n    top: 2;\n  }\n", "")),
        ("m.rst", "A\n=\n\ntext\n\nB\n=\n\nmore\n", "B\n=\n\nother\n"),
        ("m.adoc", "= T\n\n== A\n\ntext\n\n== B\n\nmore\n", "== B\n\nother\n"),
        ("m.tex", "\\section{A}\nText.\n\\section{B}\nMore.\n", "\\section{B}\nOther.\n"),
        ("C.vue", "<template>\n  <p/>\n</template>\n<style>\np {}\n</style>\n", "<template>\n  <p/>\n</template>\n"),
        ("s.graphql", TYPE, TYPE.replace("  b: Int\n", "").replace("a: Int", "a: Int!")),
    ],
)  # fmt: skip
def test_lines_that_nothing_stands_for_are_missing(path: str, before: str, body: str) -> None:
    """In a file of any kind, named or not; also where the task speaks of something else."""
    files, reply = {path: before.encode()}, f"{path}\n```\n{body}```\n"
    for text in (None, "The value is wrong"):
        with pytest.raises(EditError, match="not the complete file"):
            resolve_reply(reply, files.get, task_text=text)
    assert resolve_reply(reply, files.get, whole=True).files == {path: body.encode()}


@pytest.mark.parametrize(
    ("path", "before", "body", "text"),
    [
        ("requirements.txt", REQUIREMENTS, "flask==3\nrequests==3\nnumpy==2\npandas==2\npytest==8\n", None),
        (".env", ENV, "URL=postgres://a\n", None),
        ("a.txt", "One line.\nAnother one.\nA third.\n", "Updated content\n", None),
        (".env", ENV, "HOST=a\nLOG=x\n", "Remove the port and the credentials"),
        ("f.py", "def f(x):\n    if x:\n        return 1\n    return 2\n", "def f(x):\n    return 3\n", None),
        (".gitignore", "a/\nb/\nc/\nd/\n", "a/\nb/\nd/\n", None),
    ],
)  # fmt: skip
def test_a_file_written_anew_is_no_piece(path: str, before: str, body: str, text: str) -> None:
    """All lines have new forms, none is left, hardly any is gone, or the task says so."""
    reply = f"{path}\n```\n{body}```\n"
    got = resolve_reply(reply, {path: before.encode()}.get, task_text=text)
    assert got.files == {path: body.encode()}


PLAY = "- name: a\n  run: make\n- name: b\n  with:\n    x: 1\n    y: 2\n    z: 3\n  run: check\n- name: c\n  run: send\n"
TABLE = "CREATE TABLE a (\n  id INT,\n  name TEXT,\n  mail TEXT,\n  total INT\n);\n\nCREATE VIEW v AS\nSELECT id\nFROM a;\n"
PAGE = (
    "<div>\n  <p>one</p>\n  <p>two</p>\n  <ul>\n    <li>x</li>\n  </ul>\n  <p>three</p>\n</div>\n"
)
RUBY = "class A\n  attr_reader :name\n\n  def initialize(name)\n    @name = name\n  end\n\n  def up\n    1\n  end\nend\n"
PHP = "<?php\n\nfunction f($x)\n{\n    return $x;\n}\n\nfunction g($x)\n{\n    return f($x) . 'end';\n}\n"


@pytest.mark.parametrize(
    ("path", "before", "gone", "change"),
    [
        ("p.yml", PLAY, "    y: 2\n", ("make", "make all")),
        ("p.yml", PLAY, "  run: make\n", ("send", "send now")),
        ("a.sql", TABLE, "  name TEXT,\n", ("total INT", "total BIGINT")),
        ("C.svelte", PAGE, "    <li>x</li>\n", ("one", "1")),
        ("a.rb", RUBY, "  attr_reader :name\n\n", ("    1\n", "    2\n")),
        ("a.php", PHP, "<?php\n\n", ("return $x", "return -$x")),
    ],
)
def test_an_entry_is_not_lost_beside_a_change(
    path: str, before: str, gone: str, change: tuple[str, str]
) -> None:
    """A key, column, tag or attribute alone that goes while something else was changed."""
    assert before.count(gone) == before.count(change[0]) == 1
    after = before.replace(gone, "").replace(*change)
    with pytest.raises(EditError, match="not the complete file"):
        resolve_reply(f"{path}\n```\n{after}```\n", {path: before.encode()}.get)
    # Where it alone goes, that is the change; and a task may ask for it.
    if path in {"p.yml", "a.sql"}:
        alone = resolve_reply(
            f"{path}\n```\n{before.replace(gone, '')}```\n", {path: before.encode()}.get
        )
        assert alone.files
    told = resolve_reply(
        f"{path}\n```\n{after}```\n", {path: before.encode()}.get, default=path, whole=True
    )
    assert told.files == {path: after.encode()}


@pytest.mark.parametrize(
    ("path", "before", "cut"),
    [
        ("a.php", PHP, "f($x) . 'en"),
        ("Bank.java", JAVA, "n += "),
        ("package.json", PACKAGE, '"version": "'),
    ],
)
def test_a_file_that_breaks_off_inside_a_closed_fence_is_cut(
    path: str, before: str, cut: str
) -> None:
    """Its last line is gone and it parses no more, though the fence around it was closed."""
    after = before[: before.index(cut) + len(cut)] + "\n"
    with pytest.raises(EditError, match="breaks off"):
        resolve_reply(f"{path}\n```\n{after}```\n", {path: before.encode()}.get)


@pytest.mark.parametrize("cut", ["    return", "    return a", "    return a - b  # of b from"])
def test_the_beginning_of_the_last_line_is_not_the_end(cut: str) -> None:
    """Half a last line may be well-formed too: without the fence's end the answer is cut off."""
    before = "def sub(a, b):\n    # as a number\n    return a - b  # of b from a\n"
    reply = f"m.py\n```python\ndef sub(a, b):\n    # as an int\n{cut}"
    with pytest.raises(EditError, match="never closed"):
        resolve_reply(reply, {"m.py": before.encode()}.get)


def test_another_last_line_is_an_end() -> None:
    """Of a file that is well-formed with it."""
    before = "def sub(a, b):\n    # as a number\n    return a + b\n"
    reply = "m.py\n```python\ndef sub(a, b):\n    # as a number\n    return a - b\n"
    assert resolve_reply(reply, {"m.py": before.encode()}.get).files
