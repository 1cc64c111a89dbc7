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
CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
TEXTS = [
    *(file for file in ROOT.glob("*.md") if file.name != "CHANGELOG.md"),  # it names what was
    *ROOT.glob("docs/**/*.md"),
    *(file for folder in SOURCES[:3] for file in (ROOT / folder).rglob("*.py")),
]


def prose(file: Path) -> Iterator[str]:
    """A Markdown file whole; of a Python file its docstrings and comments."""
    text = file.read_text()
    if file.suffix == ".md":
        yield PLAN.sub("", text)  # a plan names the files that it makes
        return
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


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_path_and_module_that_is_named_exists(file: Path) -> None:
    """A reader who looks a name up finds it, in the demo's project if the text is about that one."""
    for text in prose(file):
        paths = set(PATH.findall(text))
        missing = [path for path in paths if not any((top / path).exists() for top in TOPS)]
        missing += [name for name in MODULE.findall(text) if not is_there(name)]
        assert not missing


def test_every_error_that_a_docstring_says_is_raised_exists() -> None:
    """Whoever catches it looks for it by that name."""
    files = [file for folder in SOURCES[:3] for file in (ROOT / folder).rglob("*.py")]
    known = {name for file in files for name in CLASS.findall(file.read_text())} | {*dir(builtins)}
    named = {
        (name, file.name)
        for file in files
        for text in prose(file)
        for names in RAISED.findall(text)
        for name in re.findall(r"\b[A-Z]\w*", names)
    }
    assert len(named) > 50
    assert {(name, file) for name, file in named if name not in known} == set()


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_nobody_is_told_to_install_this_package_from_an_index(file: Path) -> None:
    """It is installed from a clone: whoever took its name on an index would be given a shell."""
    assert not re.search(r"\binstall [^\n]{0,20}bricklayer-bot", file.read_text())
