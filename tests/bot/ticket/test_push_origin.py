"""Who moved a branch, by GitHub's record of its pushes."""

from bot.github.types import Push
from bot.github.webhooks import Person
from bot.ticket.push_origin import is_listed, list_pushers, trace_pushes

MONA, APP = Person(1, "mona"), Person(2, "pre-commit-ci[bot]", bot=True)
PUSHES = (
    Push("c", "d", APP),
    Push("b", "c", MONA),
    Push("a", "b", MONA),
    Push("0", "a", Person(3, "bricklayer[bot]", bot=True), forced=True),
)
"""The latest first, as GitHub lists them."""


def test_every_push_in_between_counts_and_none_before() -> None:
    assert trace_pushes(PUSHES, "a", "d") == tuple(reversed(PUSHES[:3]))
    assert list_pushers(trace_pushes(PUSHES, "a", "d")) == (MONA, APP)


def test_what_is_not_all_known_is_not_known() -> None:
    """A gap, another branch's commits, or a push that the record does not have yet."""
    assert not trace_pushes(PUSHES[:1] + PUSHES[2:], "a", "d")
    assert not trace_pushes(PUSHES, "a", "e")
    assert not trace_pushes((), "a", "d")
    assert not trace_pushes(PUSHES, "z", "d")


def test_an_app_is_listed_by_its_login_whatever_its_case_and_a_person_never() -> None:
    for name in ("pre-commit-ci[bot]", "Pre-Commit-CI"):
        assert is_listed(APP, [name])
    assert not is_listed(Person(2, "pre-commit-ci"), ["pre-commit-ci[bot]"])
    assert not is_listed(APP, ["pre-commit"])
