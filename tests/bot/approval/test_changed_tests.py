"""What becomes of tests between two states of a file, in clauses."""

from bot.approval.changed_tests import ChangedTests, find_test_risks
from bot.approval.scan_tests import read_tests


def both(path: str, before: str, after: str) -> ChangedTests:
    return ChangedTests(path, read_tests(path, before.encode()), read_tests(path, after.encode()))


def test_an_emptied_test_asserts_less() -> None:
    file = both("test_a.py", "def test_a():\n    assert f(1) == 2\n", "def test_a():\n    pass\n")
    why = "1 of its assertions are gone or changed: `assert f(1) == 2` in `test_a`"
    assert list(find_test_risks([file])) == [("test_a.py", why)]


def test_an_assertion_of_several_tests_is_told_of_the_one_that_lost_it() -> None:
    """A person looks there: naming another test would have them pass over it."""
    tests = "".join(f"def test_{n}():\n    assert f(1) == 2\n" for n in "abc")
    for name in "abc":
        less = tests.replace(f"_{name}():\n    assert f(1) == 2", f"_{name}():\n    f(1)")
        ((_, why),) = find_test_risks([both("test_a.py", tests, less)])
        assert why.endswith(f"gone or changed: `assert f(1) == 2` in `test_{name}`")


def test_what_becomes_always_true_asserts_less() -> None:
    file = both("a.test.js", "it('a', () => expect(f()))", "it('a', () => expect(true))")
    why = "1 of its assertions are gone or changed: `it('a', () => expect(f()))` in `a`"
    assert list(find_test_risks([file])) == [("a.test.js", why)]


def test_a_test_put_over_another_is_told() -> None:
    first = "def test_a():\n    assert f(1) == 2\n"
    file = both("test_a.py", first, f"{first}\ndef test_a():\n    pass\n")
    why = "of tests with one name only the last is run: `test_a`"
    assert list(find_test_risks([file])) == [("test_a.py", why)]


def test_a_mark_that_was_there_before_is_not_told_but_one_more_is() -> None:
    once = "@pytest.mark.skip\ndef test_a(): pass\n"
    more = f"{once}@pytest.mark.skip\ndef test_b(): pass\n"
    assert not list(find_test_risks([both("test_a.py", once, f"{once}x = 1\n")]))
    assert len(list(find_test_risks([both("test_a.py", once, more)]))) == 1


def test_a_new_test_that_is_skipped_is_told() -> None:
    file = both("test_b.py", "", "@pytest.mark.skip\ndef test_b(): pass\n")
    assert list(find_test_risks([file])) == [("test_b.py", "`skip` may keep tests from being run")]


def test_names_of_tests_are_shown_harmlessly_and_not_without_end() -> None:
    before = "".join(f"it('t{n}\u202e', f)\n" for n in range(50))
    ((_, why),) = find_test_risks([both("a.test.js", before, "")])
    assert why.isprintable()
    assert why.endswith("and 38 more")


def test_more_and_stronger_tests_are_no_risk() -> None:
    before = "def test_a():\n    assert f()\n"
    after = "def test_a():\n    assert f()\n    assert g()\n\ndef test_b():\n    assert h()\n"
    assert not list(find_test_risks([both("test_a.py", before, after)]))


def test_a_new_test_that_leaves_itself_out_on_some_machines_waits_for_nobody() -> None:
    """From within: what an existing test, or one beside it, gains in its body is told."""
    before = "def test_a():\n    assert f()\n"
    skip = "    pytest.skip('no network')\n"
    new = f"\n\ndef test_b():\n{skip}    assert g()\n"
    assert not list(find_test_risks([both("test_a.py", before, before + new)]))
    assert list(
        find_test_risks([both("test_a.py", before, f"def test_a():\n{skip}    assert f()\n")])
    )
    ends = new.replace("pytest.skip", "os._exit")
    assert list(find_test_risks([both("test_a.py", before, before + ends)]))


def test_a_test_that_moves_to_where_no_runner_looks_is_gone() -> None:
    test = "def test_a():\n    assert f()\n"
    left, nowhere = both("test_a.py", test, ""), both("src/old.py", "", test)
    assert "gone" in str(list(find_test_risks([left, nowhere])))
    assert not list(find_test_risks([left, both("test_b.py", "", test)]))
