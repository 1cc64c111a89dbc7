"""Small changes to code, each of which its tests should notice."""

import pytest

from bot.code.mutants import is_sound, list_mutants

CASES = {
    "a.py": ("if a < 3 and b:\n    log(a)\n", ["a < 3 and b>not (a < 3 and b)", "<><=", "<>>=", "3>4", "and>or", "log(a)>pass"]),
    "b.py": ("def f():\n    return True\n", ["True>None", "True>False"]),
    "c.py": ('x: list[int] = [] * n  # a < 3\ny = "a < 3"\n', ["*>/"]),
    "a.js": ("if (a >= 3 || !b) { log(a); }\n", ["(a >= 3 || !b)>(!(a >= 3 || !b))", ">=>>", ">=><", "3>4", "||>&&", "log(a)>"]),
    "a.ts": ("const a = new Map<string, number>();\n", []),
    "a.go": ("package a\n\nfunc F(a int) bool { return a == 4 }\n", ["==>!=", "4>5"]),
    "a.rs": ("fn f(a: Vec<i32>) -> bool { a.len() != 1 }\n", ["!=>==", "1>2"]),
    "A.java": ("class A { int f(int a) { return a % 2; } }\n", ["%>*", "2>3"]),
    "a.rb": ("x = a - 1 if b\n", ["->+", "1>2"]),
    "a.sh": ("if [ $1 -lt 3 ]; then exit 1; fi\n", []),
    "a.md": ("1 < 2\n", []),
    "broken.py": ("def f(:\n    return 1 <\n", []),
}  # fmt: skip


@pytest.mark.parametrize("path", CASES)
def test_what_each_language_offers(path: str) -> None:
    """Operators, numbers, truth values, conditions, returns and calls; no text, comment or type."""
    text, expected = CASES[path]
    body = text.encode()
    mutants = list(list_mutants(path, body, range(1, 99)))
    assert [f"{m.old}>{m.new}" for m in mutants] == expected
    assert all(is_sound(mutant, body) for mutant in mutants)
    assert all(mutant.apply(body) != body for mutant in mutants)


def test_only_the_lines_that_are_asked_for() -> None:
    """What a job did not change is not its to prove."""
    body = b"a = 1\nb = 2\n"
    assert [mutant.label for mutant in list_mutants("x.py", body, {2})] == ["x.py:2: `2` as `3`"]


@pytest.mark.slow
def test_a_large_file_ends() -> None:
    """In time, and with what fits."""
    body = b"a = 1 + 2\n" * 20_000
    assert len(list(list_mutants("x.py", body, range(1, 99_999)))) < 200_000
