"""Text that names a file or a module of this repository names one that exists."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOPS = (ROOT, ROOT / "demo" / "bank")
SOURCES = ("bot", "runners", "handlers", "tests", "bench", "demo")
PATH = re.compile(r"(?<![\w./-])(?:bot|runners|handlers|tests|bench|demo|docs)/[\w./-]*\w")
MODULE = re.compile(r"(?<![\w./-])(?:bot|runners|handlers)(?:\.[A-Za-z_]\w*)+")
RAISED = re.compile(r"\bRaises `?([A-Z]\w*`?(?:(?:,| and| or) `?[A-Z]\w*)*)")
PLAN = re.compile(r"^(`{3,})markdown.*?^\1$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(f"{PATH.pattern}|{MODULE.pattern}")
IMPORT = re.compile(r"^(?:from|import) .*$", re.MULTILINE)
CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
TEXTS = [
    *(file for file in ROOT.glob("*.md") if file.name != "CHANGELOG.md"),  # it names what was
    *ROOT.glob("docs/**/*.md"),
    *(file for folder in SOURCES[:3] for file in (ROOT / folder).rglob("*.py")),
]


def top_of(file: Path) -> str:
    """The folder at the top that it is in, or its own name."""
    return file.relative_to(ROOT).parts[0]


def prose(file: Path, about: re.Pattern[str]) -> Iterator[str]:
    """A Markdown file whole; of a Python file its docstrings and comments."""
    text = file.read_text()
    if file.suffix == ".md":
        yield PLAN.sub("", text)  # a plan names the files that it makes
        return
    if not about.search(IMPORT.sub("", text)):
        return  # to parse all of them takes seconds
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    yield from re.findall(r"#.*", text)


def is_there(module: str) -> bool:
    """Whether the leading parts of a dotted name are a module and the next one stands in it."""
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:count])
        file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
        if file.is_file():
            return (
                count == len(parts)
                or re.search(rf"\b{parts[count]}\b", file.read_text()) is not None
            )
    return False


def list_missing(file: Path) -> Iterator[str]:
    for text in prose(file, NAMED):
        paths = set(PATH.findall(text))
        yield from (path for path in paths if not any((top / path).exists() for top in TOPS))
        yield from (name for name in MODULE.findall(text) if not is_there(name))


@pytest.mark.parametrize("top", dict.fromkeys(map(top_of, TEXTS)))
def test_every_path_and_module_that_is_named_exists(top: str) -> None:
    """A reader who looks a name up finds it, in the demo's project if the text is about that one."""
    files = [file for file in TEXTS if top_of(file) == top]
    found = {str(file.relative_to(ROOT)): [*list_missing(file)] for file in files}
    assert {file: missing for file, missing in found.items() if missing} == {}


def test_every_error_that_a_docstring_says_is_raised_exists() -> None:
    """Whoever catches it looks for it by that name."""
    files = [file for folder in SOURCES[:3] for file in (ROOT / folder).rglob("*.py")]
    known = {name for file in files for name in CLASS.findall(file.read_text())} | {*dir(builtins)}
    named = {
        (name, file.name)
        for file in files
        for text in prose(file, RAISED)
        for names in RAISED.findall(text)
        for name in re.findall(r"\b[A-Z]\w*", names)
    }
    assert len(named) > 50
    assert {(name, file) for name, file in named if name not in known} == set()


def test_nobody_is_told_to_install_this_package_from_an_index() -> None:
    """It is installed from a clone: whoever took its name on an index would be given a shell."""
    told = re.compile(r"\binstall [^\n]{0,20}bricklayer-bot")
    assert [str(file) for file in TEXTS if told.search(file.read_text())] == []
