"""The queries are data: each one must compile, and each file of them must be used."""

from importlib.resources import files

import pytest

from bot.code.languages import EXTENSIONS
from bot.code.queries import IMPORT_WORDS, QUERY_FILES
from bot.code.tree_sitter import load_grammar


@pytest.mark.parametrize("language", sorted(QUERY_FILES))
def test_every_query_compiles(language: str) -> None:
    _, query = load_grammar(language)
    assert query.pattern_count > 0


def test_every_query_file_belongs_to_a_language() -> None:
    used = {f"{name}.scm" for names in QUERY_FILES.values() for name in names}
    stored = {each.name for each in files("bot.code.queries").iterdir()}
    assert used == {name for name in stored if name.endswith(".scm")}


def test_every_language_has_a_query() -> None:
    assert set(EXTENSIONS.values()) == set(QUERY_FILES)
    assert set(IMPORT_WORDS) <= set(QUERY_FILES)
