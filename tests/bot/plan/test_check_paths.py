"""One function says which file an argument of a check means, for every runner."""

import pytest

from bot.plan import CheckPath, list_check_paths, make_relative, read_check_path
from bot.plan.check_paths import check_path_fault


@pytest.mark.parametrize(
    ("word", "path", "selector"),
    [
        ("tests/test_bank.py", "tests/test_bank.py", ""),
        ("tests/test_bank.py::test_deposit", "tests/test_bank.py", "test_deposit"),
        ("tests/test_bank.py::TestBank::test_x[a:1]", "tests/test_bank.py", "TestBank::test_x[a:1]"),
        ("spec/bank_spec.rb:12", "spec/bank_spec.rb", "12"),
        ("spec/bank_spec.rb:12:30", "spec/bank_spec.rb", "12:30"),
        ("spec/bank_spec.rb[1:2:1]", "spec/bank_spec.rb", "[1:2:1]"),
        ("test/models/bank_test.rb:12-20", "test/models/bank_test.rb", "12-20"),
        ("tests/", "tests", ""),
        ("./tests", "tests", ""),
        ("./bank/...", "bank", "..."),
        ("./...", "", "..."),
        ("...", "", "..."),
        (".", "", ""),
        ("./", "", ""),
        ("./test/a.js", "test/a.js", ""),
        ("a/[id]/page.test.tsx", "a/[id]/page.test.tsx", ""),
        ("odd:name.py", "odd:name.py", ""),
    ],
)  # fmt: skip
def test_the_path_and_what_a_runner_adds_to_it(word: str, path: str, selector: str) -> None:
    assert read_check_path(word) == CheckPath(path, selector)
    assert not check_path_fault(word)


@pytest.mark.parametrize(
    "word",
    ["", "/etc/passwd", "../x.py", "a/../../x", "./../x", "-k", "::x", "a.py::\u202ex", ".git/config", "a//b", "a.py::" + "x" * 600, "~/x", "C:/x"],
)  # fmt: skip
def test_what_leads_elsewhere_is_refused_with_or_without_a_selector(word: str) -> None:
    assert check_path_fault(word)
    assert not word or "::" in word or check_path_fault(f"{word}::test_x")


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        (("tests/a.py", "-k", "withdraw"), ["tests/a.py"]),
        (("-k", "withdraw", "tests/a.py"), ["tests/a.py"]),
        (("-x", "tests/a.py"), ["tests/a.py"]),
        (("--run=TestX", "pkg"), ["pkg"]),
        (("a.py::x", "b.rb:3", "c/"), ["a.py", "b.rb", "c"]),
    ],
)
def test_an_option_and_its_word_are_no_paths(words: tuple[str, ...], paths: list[str]) -> None:
    assert [each.path for each in list_check_paths(words)] == paths


@pytest.mark.parametrize(
    ("word", "relative"),
    [
        ("api/test_app.py", "test_app.py"),
        ("api/tests/test_app.py::T::test_a[api/x]", "tests/test_app.py::T::test_a[api/x]"),
        ("api/spec/a_spec.rb:12", "spec/a_spec.rb:12"),
        ("./api/sub", "./sub"),
        ("api/sub/", "sub/"),
        ("./api/...", "./..."),
        ("api/...", "./..."),
        ("api", "."),
        ("api/", "./"),
        ("shared/x.py", "../shared/x.py"),
        ("apiary/x.py", "apiary/x.py"),
        (".", "."),
        ("./...", "./..."),
        ("-k", "-k"),
        ("--only=api/x", "--only=api/x"),
        ("com.example.CartTest", "com.example.CartTest"),
    ],
)
def test_a_command_in_a_folder_is_given_paths_from_there(word: str, relative: str) -> None:
    """What is no path of the repository stays as it was written."""
    assert make_relative([word], "api", {"api", "shared"}.__contains__) == [relative]


def test_a_folder_may_lie_deep() -> None:
    words = ["services/api/t.py", "services/web/t.py", "services", "t.py"]
    expected = ["t.py", "../web/t.py", "..", "t.py"]
    assert make_relative(words, "services/api", {"services"}.__contains__) == expected
