"""The workflow for a self-hosted runner, with the names of the repository's own CI in it."""

import re
from pathlib import Path

from runners.onboarding.ci_commands import list_workflows
from runners.onboarding.source_tree import SourceTree
from runners.onboarding.write_config import quote_toml

WORKFLOW = ".github/workflows/bricklayer.yml"
_NAME = re.compile(r"^name:[ \t]*(.{1,200})$", re.MULTILINE)
_TESTS = re.compile(r"\b(?:test|tests|check|pytest|tox|rspec|phpunit|verify|gradlew)\b")
_PLACE = 'workflows: ["CI"] # the name of your CI\'s workflow'


def write_workflow(tree: SourceTree) -> str:
    """As it is shipped; `workflow_run` names the workflows that run tests."""
    text = _find_shipped().read_text("utf-8")
    names = ", ".join(map(quote_toml, _name_tests(tree)))
    return text.replace(_PLACE, f"workflows: [{names}]") if names else text


def _find_shipped() -> Path:
    """Beside this module where it was installed, else in the checkout."""
    installed = Path(__file__).parent / "bricklayer.yml"
    return installed if installed.is_file() else Path(__file__).parents[2] / WORKFLOW


def _name_tests(tree: SourceTree) -> list[str]:
    """A double-quoted string of YAML takes what one of JSON does: https://yaml.org/spec/1.2.2/#57-escaped-characters."""
    found = []
    for path in list_workflows(tree):
        text = tree.read(path)
        named = _NAME.search(text)
        name = _unquote(named[1].split(" #")[0].strip()) if named else ""
        if path != WORKFLOW and _TESTS.search(text) and name and name.isprintable():
            found.append(name)
    return found[:10]


def _unquote(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if is_quoted else text
