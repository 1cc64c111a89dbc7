"""Where a remark is put: on a line of the diff, or nowhere."""

import pytest

from bot.review.model import MAX_FAULTS, Fault
from bot.review.place_faults import drop_repeated, name_files, place_faults


def test_a_line_beside_the_diff_becomes_the_nearest_one_and_says_so() -> None:
    """A file that the diff does not have takes no remark."""
    named = [Fault("a.py", 9, "x"), Fault("a.py", 5, "y"), Fault("b.py", 1, "z")]
    placed = place_faults(named, {"a.py": (4, 5, 6)})
    assert [(each.line, each.named_line) for each in placed.faults] == [(6, 9), (5, 0)]
    assert placed.dropped == 1


@pytest.mark.parametrize(
    ("named", "files", "meant"),
    [
        ("app.py", ["src/app.py", "src/b.py"], "src/app.py"),
        ("b/src/app.py", ["src/app.py"], "src/app.py"),
        ("PATH", ["src/app.py"], "src/app.py"),
        ("PATH", ["src/app.py", "b.py"], "PATH"),
        ("app.py", ["src/app.py", "lib/app.py"], "app.py"),
        ("p.py", ["src/app.py"], "p.py"),
        ("other.py", ["src/app.py"], "other.py"),
    ],
)
def test_a_file_is_known_by_the_end_of_its_path_where_no_other_is_meant(
    named: str, files: list[str], meant: str
) -> None:
    """So is the only file, where a model copies the form that it was shown."""
    [fault] = name_files([Fault(named, 3, "x")], dict.fromkeys(files, (3,)))
    assert fault.path == meant


def test_of_many_remarks_the_first_are_kept_and_the_same_one_twice_is_one() -> None:
    named = [Fault("a.py", 1, f"number {at // 2}") for at in range(2 * MAX_FAULTS + 4)]
    placed = place_faults(named, {"a.py": (1,)})
    assert len(placed.faults) == MAX_FAULTS
    assert placed.over == 2


def test_what_was_told_of_a_file_is_not_told_again_in_other_words() -> None:
    told = [("a.py", "A negative amount is paid in, not refused.")]
    again = Fault("a.py", 7, "a negative amount is paid in and not refused")
    other = Fault("a.py", 7, "the balance is never rounded")
    elsewhere = Fault("b.py", 7, again.said)
    assert drop_repeated([again, other, elsewhere], told) == (other, elsewhere)
