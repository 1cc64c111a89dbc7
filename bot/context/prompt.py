"""One prompt from nothing: the same parts always give the same bytes, and they fit the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.context.angles import FORMS, Angle, Form, Tests
from bot.context.brief import SHOWN, Failure, brief, failures
from bot.context.failing import failing_tests
from bot.context.skeleton import skeleton
from bot.job import Task, writes
from bot.tiers import Prompt
from bot.tiers.tokens import estimate, estimate_call

SYSTEM = "You are an expert programmer. You reply with code."
DRAFT = "a first version, which still fails"
PYTHON = (".py", ".pyi")
_REPLY_SLACK = 200


class TaskTooLarge(Exception):  # noqa: N818 - it says what is the matter with the task
    """The task's own text and file do not fit: the plan must split it, nothing is truncated."""

    def __init__(self, task: str, needs: int, window: int) -> None:
        super().__init__(f"{task} needs about {needs} tokens of a window of {window}: split it")
        self.needs = needs
        self.window = window


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the prompt. `worth` 0 always stays; of the others the highest goes first."""

    text: str
    worth: int = 0


def build(  # noqa: PLR0913 - the parts of a prompt are what they are
    task: Task,
    content: str | None,
    *,
    angle: Angle,
    window: int,
    reply: int,
    seed: int = 0,
    digest: str = "",
    tests: Sequence[tuple[str, str]] = (),
    reads: Sequence[tuple[str, str]] = (),
    found: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
    stalls: Sequence[str] = (),
    map_: str = "",
    draft: str = "",
    attempt: int = 0,
) -> Prompt:
    """Ask for one task from one angle, most stable part first so that prefix caches hit.

    `window` is the model's, in tokens, and `reply` the most of it an answer may have. `content` is
    the file as it stands, None where there is none yet. `tests` and `reads` are (path, text),
    `found` (query task, its answer), `notes` coaching, `stalls` sentences on the last attempt,
    `draft` the file as the best failed try had it: `digest` is of that one then. Parts go, least
    valuable first, until the call fits; raises `TaskTooLarge` when the task and its file alone do
    not.
    """
    path = task.file or next(iter(sorted(writes(task))), "")
    instead = angle.draft == "instead" and 0 < estimate(draft) <= reply
    form = _form(task, path, angle.form, content, reply) if not instead else "mend"
    room = _reply_room(draft if instead else content, reply)
    failed = _failed(digest, angle, attempt)
    shown = list(_tests(tests, failed, angle.tests))
    bare = _bare(task, content, shown) if form == "anew" else ""
    form = "file" if form == "anew" and not bare else form
    parts = [
        Part(_bullets("Notes from maintainers:", notes), 2),
        Part(map_, 6),
        *(Part(_fence(path, text), 4) for path, text in reads),
        *(Part(f"Answer to {name}: {text}", 3) for name, text in found),
        Part(_fence(f"{path}, {DRAFT}", draft) if instead else _subject(path, bare or content)),
        *shown,
        Part(f"Task: {task.text.strip()}"),
        Part(_failure(digest, failed, angle, unseen=not shown), 1),
        Part(_fence(f"{path}, {DRAFT}", draft) if angle.draft == "beside" and draft else "", 7),
        Part("\n".join([*stalls, *filter(None, [angle.hint])])),
        Part(FORMS[form].format(path=path)),
    ]
    user = _fit(task.id, [part for part in parts if part.text], window - room, window)
    return Prompt(
        SYSTEM,
        user,
        temperature=angle.temperature,
        seed=seed,
        reply=room,
        task=task.id,
        attempt=attempt,
    )


def _fit(task: str, parts: Sequence[Part], room: int, window: int) -> str:
    kept = list(parts)
    while True:
        user = "\n\n".join(part.text for part in kept)
        needs = estimate_call(SYSTEM, user)
        if needs <= room:
            return user
        least = max(range(len(kept)), key=lambda at: (kept[at].worth, at))
        if not kept[least].worth:
            raise TaskTooLarge(task, needs + window - room, window)
        del kept[least]


def _form(task: Task, path: str, wanted: Form, content: str | None, reply: int) -> Form:
    """Ask for a whole file only where the answer has room for it, for parts only of Python."""
    if task.kind == "query":
        return "answer"
    if content is None:
        return "file"
    if wanted == "parts" and path.endswith(PYTHON):
        return "parts"
    if wanted == "edit" or estimate(content) > reply:
        return "edit"
    return "anew" if wanted == "anew" and path.endswith(PYTHON) else "file"


def _bare(task: Task, content: str | None, tests: Sequence[Part]) -> str:
    return skeleton(content or "", [task.text, "\n".join(part.text for part in tests)])


def _reply_room(content: str | None, reply: int) -> int:
    """A small file needs a small answer; what runs on past that is not one."""
    return reply if content is None else min(reply, 2 * estimate(content) + _REPLY_SLACK)


def _failed(digest: str, angle: Angle, attempt: int) -> list[Failure]:
    """The failures the angle speaks of; of one at a time, each attempt takes up another."""
    known = list({str(each): each for each in failures(digest)}.values())
    if angle.tests == "one" and known:
        return [known[attempt % len(known)]]
    return known[:SHOWN]


def _tests(
    tests: Sequence[tuple[str, str]], failed: Sequence[Failure], shown: Tests
) -> Iterator[Part]:
    if shown == "none":
        return
    names = {each.function for each in failed if each.function}
    found = failing_tests(tests, names) if shown != "all" else []
    for path, text in found or tests:
        title = "this must pass" if found else "the test"
        yield Part(_fence(f"{path}, {title}", text), 5)


def _failure(digest: str, failed: Sequence[Failure], angle: Angle, *, unseen: bool) -> str:
    """What fails; an angle that would leave it to the tests tells it where they are not seen."""
    if not digest or (angle.digest == "nothing" and not unseen):
        return ""
    one = str(failed[0]) if angle.tests == "one" and failed else ""
    return f"The check fails now:\n{digest if angle.digest == 'all' else one or brief(digest)}"


def _subject(path: str, content: str | None) -> str:
    if not path:
        return ""
    return f"{path} does not exist yet." if content is None else _fence(path, content)


def _fence(path: str, text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{path}\n{fence}\n{text.rstrip()}\n{fence}"


def _bullets(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines)]) if lines else ""
