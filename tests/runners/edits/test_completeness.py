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
    with pytest.raises(EditError, match="not the complete file") as refused:
        resolve_reply(
            f"Change it:\n{fence}\n{body}{fence}\n", {path: before.encode()}.get, default=path
        )
    assert refused.value.partial


@pytest.mark.parametrize(
    ("path", "before", "body"),
    [
        ("requirements.txt", REQUIREMENTS, REQUIREMENTS.replace("numpy==1.2\n", "")),
        ("c.yaml", SETTINGS, SETTINGS.replace("80", "8080").replace("log: info\n", "")),
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
        ("requirements.txt", REQUIREMENTS, "flask==3\npytest==8\n"),
        ("a.txt", "one\ntwo\n", "three\n"),
    ],
)
def test_a_file_of_which_little_is_left_needs_its_name(path: str, before: str, body: str) -> None:
    """Without it nothing shows that the fence is this file at all."""
    files = {path: before.encode()}
    assert resolve_reply(f"{path}\n```\n{body}```\n", files.get).files == {path: body.encode()}
    with pytest.raises(EditError, match="nothing says that it is"):
        resolve_reply(f"```\n{body}```\n", files.get, default=path)


def test_a_named_file_may_lose_most_of_itself() -> None:
    """Its path says that the fence is the file."""
    got = resolve_reply("a.css\n```\nb {\n}\n```\n", {"a.css": STYLE.encode()}.get, default="a.css")
    assert got.files == {"a.css": b"b {\n}\n"}
