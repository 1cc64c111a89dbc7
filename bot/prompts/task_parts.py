"""The parts of a task's prompt beside its file: what is known before it, what fails after it."""

from collections.abc import Iterator, Mapping, Sequence

from bot.failures import Failure, read_failures
from bot.models.token_estimate import estimate_tokens, truncate_text
from bot.prompts.budget import Part, make_part
from bot.prompts.failing_tests import find_failing_tests, is_shared
from bot.prompts.failure_reports import summarize_failures
from bot.prompts.fenced_code import fence_code
from bot.prompts.inputs import MAX_ANSWER_TOKENS, TaskPromptInput
from bot.prompts.related_tests import find_related_tests
from bot.prompts.strategies import Strategy
from bot.text.escape import guidance_section, list_section

TEST_WINDOW_DIVISOR = 4
"""A test file may have one token in so many of the window before it is cut to what matters."""
LEAST_DIVISOR = 16
"""A failing test keeps one token in so many of the window, however tight it is."""
PASSING = ", passing"
"""Ends the names of parts that hold tests which pass."""
DRAFT = "a first version, which still fails"
EXAMPLES = "Changes that people accepted here before. They are done; they only show how it is done:"
MIN_DIGEST_TOKENS = 120
"""What of a failure stays whatever else must go."""


def stable_parts(request: TaskPromptInput) -> Iterator[Part]:
    """What does not change between the attempts at a task: first what holds for the whole job.

    What the plan says to read stands behind it, and before the `answers`.
    """
    known = request.file_context
    yield make_part(
        "coaching", list_section("Notes from maintainers:", request.coaching), "lessons that apply"
    )
    # A task without words of its own has these, and they stay.
    name = "job" if request.task.text.strip() else "the job's words"
    yield make_part(name, request.job, "what the task is a part of")
    yield make_part(
        "guidance", guidance_section(request.guidance), "what the repository tells agents"
    )
    yield make_part(
        "folder notes", list_section("Folders:", known.folders), "where the task's files are"
    )
    done = list_section("Done before in this job:", known.finished_tasks)
    yield make_part("memory", done, "the last tasks that were finished before this one started")


def example_part(request: TaskPromptInput) -> Part:
    """Other tasks have others, so it stands behind what is the same for all of them.

    It has the room that nothing else of the prompt wants.
    """
    text = "\n\n".join((EXAMPLES, *request.examples)) if request.examples else ""
    return make_part("examples", text, "accepted changes like this one")


def answer_parts(request: TaskPromptInput) -> Iterator[Part]:
    for name, text in request.answers:
        answer = f"Answer to {name}: {truncate_text(text, MAX_ANSWER_TOKENS)}"
        yield make_part(
            f"answer of {name}", answer, "a query of this job found it out", kind="answers"
        )


def changing_parts(
    request: TaskPromptInput, failed: Sequence[Failure], tests: Sequence[Part]
) -> Iterator[Part]:
    """What differs from attempt to attempt, behind all that stays."""
    yield from tests
    description = describe_failure(request.digest, failed, request.strategy)
    yield make_part(
        "digest",
        description,
        "how the check fails now",
        reduced=truncate_text(description, MIN_DIGEST_TOKENS),
    )
    if request.strategy.draft == "beside" and request.draft:
        yield make_part("draft", _describe_draft(request), "the best attempt so far")
    # Advice on how to change a draft is none where there is no draft.
    advice = "" if request.strategy.form == "fix" and not request.draft else request.strategy.hint
    hints = "\n".join([*request.stalls, *filter(None, [advice])])
    yield make_part("hints", hints, "what went wrong before, and what this attempt is to mind")


def _describe_draft(request: TaskPromptInput) -> str:
    """By its hunks where they are much shorter: the file itself stands in the prompt, too."""
    title = f"{request.path}, {DRAFT}"
    if request.draft_diff and 2 * len(request.draft_diff) <= len(request.draft):
        return fence_code("draft.diff", request.draft_diff, f"{title}, as a diff of the file")
    return fence_code(request.path, request.draft, title)


def select_failures(request: TaskPromptInput) -> list[Failure]:
    """The failures the strategy speaks of; of one at a time, each attempt takes up another."""
    known = list(request.failures or read_failures(request.digest))
    if request.strategy.tests == "one" and known:
        return [known[request.attempt % len(known)]]
    return known


def test_parts(request: TaskPromptInput, failures: Sequence[Failure]) -> Iterator[Part]:
    """The failing tests whole; where none can be found, or all are wanted, the check's files."""
    shown = request.strategy.tests
    if shown == "none":
        return
    found = dict(find_failing_tests(request.tests, failures, _test_tokens(request)))
    least = dict(find_failing_tests(request.tests, failures[:1], request.window // LEAST_DIVISOR))
    if found and shown != "all":
        for path, text in found.items():
            yield _failing_test_part(path, text, least.get(path, ""))
        if request.leaves_bodies_out:
            yield from _passing_test_parts(request, found)
        return
    for path, text in request.tests:
        yield _whole_test_part(request, path, text, (found.get(path, ""), least.get(path, "")))


def _passing_test_parts(request: TaskPromptInput, failing: Mapping[str, str]) -> Iterator[Part]:
    """What the functions that are written anew did right: nothing else shows it any more."""
    names = " ".join(each.name for each in request.file_context.outline.symbols)
    for path, text in request.tests:
        besides = failing.get(path, "")
        others = find_related_tests(path, text, names, _test_tokens(request) // 2, besides=besides)
        if others and not is_shared(path):
            text_shown = fence_code(path, others, f"{path}, this passes already and must stay so")
            yield make_part(f"test {path}{PASSING}", text_shown, "what must stay", kind="tests")


def _failing_test_part(path: str, text: str, least: str) -> Part:
    """What it takes to see one failing test goes last but for how it fails."""
    head = f"{path}, {'what it uses' if is_shared(path) else 'this must pass'}"
    return make_part(
        f"test {path}",
        fence_code(path, text, head) if text else "",
        "the failing test",
        kind="tests",
        reduced=fence_code(path, least, head) if least else "",
        reduced_kind="failing test",
    )


def _whole_test_part(
    request: TaskPromptInput, path: str, text: str, failing: tuple[str, str]
) -> Part:
    """A test file, or of a long one what fails: the code must have the most room."""
    max_tokens = _test_tokens(request)
    if estimate_tokens(text) <= max_tokens and not is_shared(path):
        why = "what the check runs"
        return make_part(
            f"test {path}", fence_code(path, text, f"{path}, the test"), why, kind="tests"
        )
    if failing[0] or is_shared(path):
        return _failing_test_part(path, *failing)
    some = find_related_tests(path, text, request.task.text, max_tokens)
    text_shown = fence_code(path, some, f"{path}, some of its tests") if some else ""
    why = "what of the check's long test file speaks of the task"
    return make_part(f"test {path}", text_shown, why, kind="tests")


def _test_tokens(request: TaskPromptInput) -> int:
    return request.window // TEST_WINDOW_DIVISOR


def describe_failure(digest: str, failures: Sequence[Failure], strategy: Strategy) -> str:
    """What fails, also where the failing test is in view: a test does not say what came instead."""
    if not digest:
        return ""
    brief = strategy.digest == "brief" and failures
    return f"The check fails now:\n{summarize_failures(failures) if brief else digest}"
