"""Words first; then what the text names, defines, and what stands beside it."""

import pytest
from support.planted import Mapped

from bot.repo_map.terms import parse_question

FILES = {
    "setup.py": "x = 1\n",
    "src/bank/setup.py": "def install(): pass\n",
    "src/bank/app.py": "from bank.store import Store\n\ndef withdraw(amount): Store(amount)\n",
    "src/bank/store.py": "class Store:\n    def save(self): pass\n",
    "src/bank/__init__.py": "y = 1\n",
    "web/__init__.py": "y = 2\n",
    "tests/test_app.py": "from bank.app import withdraw\n\ndef test_withdraw(): withdraw(1)\n",
    "README.md": "# Bank\n\nwithdraw withdraw withdraw\n",
}


def reasons(mapped: Mapped, text: str) -> dict[str, str]:
    return {one.path: "; ".join(one.reasons) for one in mapped(FILES).render_text(text, 3000).files}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('File "/home/ann/bank/src/bank/store.py", line 2, in save', "src/bank/store.py"),
        ('File "/ci/work/src/bank/setup.py", line 1', "src/bank/setup.py"),
        ("broken in ./src/bank/store.py:2", "src/bank/store.py"),
        ("setup.py is wrong", "setup.py"),
        ("bank/setup.py is wrong", "src/bank/setup.py"),
    ],
)
def test_a_path_in_the_text_lifts_the_one_file_it_can_mean(
    mapped: Mapped, text: str, path: str
) -> None:
    """Also where a trace writes more folders in front, or another file has the same name."""
    found = reasons(mapped, text)
    assert next(iter(found)) == path
    assert "named: " in found[path]


def test_a_path_that_could_mean_two_files_lifts_neither(mapped: Mapped) -> None:
    assert not any("named" in why for why in reasons(mapped, "see x/y.py and __init__.py").values())


def test_code_comes_before_tests_and_prose_that_say_it_more(mapped: Mapped) -> None:
    found = list(reasons(mapped, "withdraw"))
    assert found[0] == "src/bank/app.py"
    assert {"tests/test_app.py", "README.md"} < set(found)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("web/ResetPassword.vue", "<script>\nexport function reset() {}\n</script>\n"),
        ("db/reset_password.sql", "create function reset() returns int\n"),
        ("views/reset_password.erb", "<form><%= reset password %>\n"),
    ],
)
def test_code_without_a_grammar_comes_before_tests_and_prose(
    mapped: Mapped, path: str, body: str
) -> None:
    files = {
        path: body,
        "tests/reset.spec.js": "it('reset password form', () => reset(password))\n",
        "docs/reset-password.md": "# Reset password\n\nreset password form\n",
    }
    ranked = mapped(files).rank_files(parse_question("reset password form"))
    assert ranked[0].path == path


def test_what_stands_beside_a_found_file_comes_with_it(mapped: Mapped) -> None:
    """What it imports comes without a word of the text, and what imports it is told."""
    assert "imported by src/bank/app.py" in reasons(mapped, "amount")["src/bank/store.py"]
    assert "imports src/bank/app.py" in reasons(mapped, "withdraw")["tests/test_app.py"]


def test_what_imports_or_uses_a_found_file_comes_too_without_a_word_of_the_text(
    mapped: Mapped,
) -> None:
    """By an import, or in one package without any: both ways of the graph."""
    files = {
        "src/ledger_book.py": "def withdraw(amount): pass\n",
        "src/cash_desk.py": "from ledger_book import *\n",
        "shop/LedgerStore.java": "class LedgerStore { void withdrawal() {} }\n",
        "shop/Till.java": "class Till { LedgerStore store = new LedgerStore(); }\n",
    }
    found = {one.path: one.reasons for one in mapped(files).rank_files(parse_question("withdraw"))}
    assert found["src/cash_desk.py"] == ("imports src/ledger_book.py",)
    found = {
        one.path: one.reasons for one in mapped(files).rank_files(parse_question("withdrawal"))
    }
    assert found["shop/Till.java"] == ("uses shop/LedgerStore.java",)


def test_a_name_in_code_marks_lifts_the_file_that_defines_it(mapped: Mapped) -> None:
    assert "defines save" in reasons(mapped, "wrong\n\n`save` fails")["src/bank/store.py"]
    assert "defines" not in reasons(mapped, "we save money")["src/bank/store.py"]


def test_without_a_text_what_most_import_comes_first(mapped: Mapped) -> None:
    uses = {f"use{n}.py": "import core\n" for n in range(5)}
    found = (
        mapped({**uses, "core.py": "def a(): pass\n", "aaa.py": "b = 1\n"})
        .render_text("", 1000)
        .files
    )
    assert (found[0].path, found[0].reasons) == ("core.py", ("imported by 5 files",))


def test_definitions_and_callers_are_found_by_name(mapped: Mapped) -> None:
    area = mapped(FILES)
    assert area.find_lines("save") == area.find_lines("Store.save") == [("src/bank/store.py", 2, 2)]
    assert area.find_lines("Other.save") == []
    called = [(path, symbol.name) for path, symbol in area.find_callers("withdraw")]
    assert called == [("tests/test_app.py", "test_withdraw")]


@pytest.mark.timeout(60)
@pytest.mark.slow
def test_a_name_referred_to_ten_thousand_times_is_walked_once(mapped: Mapped) -> None:
    """In a file of as many definitions: each is told once, in order."""
    body = "".join(f"def f{n}():\n  go(); go()\n" for n in range(10_000))
    found = mapped({"a.py": body, "go.py": "def go(): pass\n"}).find_callers("go")
    assert [symbol.name for _, symbol in found] == [f"f{n}" for n in range(10_000)]
