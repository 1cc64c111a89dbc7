"""The parts that tell: what is known before the task, and what fails after it."""

from collections.abc import Iterator, Sequence

from bot.models.token_estimate import cut, estimate_tokens
from bot.prompts.budget import Part, part
from bot.prompts.failing_tests import failing_tests, related_tests
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.strategies import Strategy
from bot.prompts.test_failures import SHOWN, Failure, brief, failures
from bot.text.escape import fence_text, list_section

OF_TESTS = 4
"""A test file may have one token in so many of the window before it is cut to what matters."""
DRAFT = "a first version, which still fails"
ANSWER, LITTLE = 200, 120
"""Tokens of a query's answer, and of the failure that is told whatever else must go."""


def stable(asked: TaskPromptInput) -> Iterator[Part]:
    """What does not change between the attempts at a task: first what holds for the whole job.

    What the plan says to read stands behind it, and before the `answers`.
    """
    known = asked.file_context
    yield part(
        "coaching", list_section("Notes from maintainers:", asked.notes), "lessons that apply"
    )
    yield part("map", asked.map_, "where things are in the repository")
    yield part(
        "folder notes", list_section("Folders:", known.folders), "where the task's files are"
    )
    done = list_section("Done before in this job:", known.memory)
    yield part("memory", done, "the last tasks that were finished before this one started")


def answers(asked: TaskPromptInput) -> Iterator[Part]:
    for name, text in asked.found:
        said = f"Answer to {name}: {cut(text, ANSWER)}"
        yield part(f"answer of {name}", said, "a query of this job found it out", kind="answers")


def changing(
    asked: TaskPromptInput, failed: Sequence[Failure], tests: Sequence[Part]
) -> Iterator[Part]:
    """What differs from attempt to attempt, behind all that stays."""
    yield from tests
    told = failure(asked.digest, failed, asked.strategy, unseen=not tests)
    yield part("digest", told, "how the check fails now", less=cut(told, LITTLE))
    if asked.strategy.draft == "beside" and asked.draft:
        beside = fence_text(f"{asked.path}, {DRAFT}", asked.draft)
        yield part("draft", beside, "the best try so far")
    hints = "\n".join([*asked.stalls, *filter(None, [asked.strategy.hint])])
    yield part("hints", hints, "what went wrong before, and what this attempt is to mind")


def failed(asked: TaskPromptInput) -> list[Failure]:
    """The failures the angle speaks of; of one at a time, each attempt takes up another."""
    known = list({str(each): each for each in failures(asked.digest)}.values())
    if asked.strategy.tests == "one" and known:
        return [known[asked.attempt % len(known)]]
    return known[:SHOWN]


def tests_shown(asked: TaskPromptInput, red: Sequence[Failure]) -> Iterator[Part]:
    shown = asked.strategy.tests
    if shown == "none":
        return
    names = {each.function for each in red if each.function}
    found = failing_tests(asked.tests, names) if shown != "all" else []
    for path, text in found:
        told = fence_text(f"{path}, this must pass", text)
        yield part(f"test {path}", told, "the failing test", kind="tests")
    for path, text in asked.tests if not found else ():
        yield _test(asked, path, text)


def _test(asked: TaskPromptInput, path: str, text: str) -> Part:
    """A test file, or of a long one what speaks of the task: the code must have the most room."""
    room = asked.window // OF_TESTS
    if estimate_tokens(text) <= room:
        why = "what the check runs"
        return part(f"test {path}", fence_text(f"{path}, the test", text), why, kind="tests")
    some = related_tests(path, text, asked.task.text, room)
    told = fence_text(f"{path}, some of its tests", some) if some else ""
    why = "what of the check's long test file speaks of the task"
    return part(f"test {path}", told, why, kind="tests")


def failure(digest: str, red: Sequence[Failure], angle: Strategy, *, unseen: bool) -> str:
    """What fails; an angle that would leave it to the tests tells it where they are not seen."""
    if not digest or (angle.digest == "nothing" and not unseen):
        return ""
    one = str(red[0]) if angle.tests == "one" and red else ""
    return f"The check fails now:\n{digest if angle.digest == 'all' else one or brief(digest)}"
