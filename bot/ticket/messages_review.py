"""What the bot says to reviewers: in threads, and about them in the status comment."""

from collections.abc import Mapping, Sequence

from bot.text.escape import inline_text
from bot.text.invisible import make_printable

MAX_LISTED_RANGES = 6
NO_PLACE = (
    "This file is no longer on the branch, or is not a plain file: there is nothing to change here."
)


def rework_started(count: int, number: int) -> str:
    threads = "1 review thread becomes a task" if count == 1 else f"{count} threads become tasks"
    return f"{threads}: rework round {number}."


def comment_too_long(characters: int, room: int, *, several: bool) -> str:
    """`room` is how many characters such words may have for the models of this machine."""
    what = (
        "The comments of this thread that I have not worked in are"
        if several
        else ("Your comment is")
    )
    return (
        f"{what} {characters:,} characters; beside the file, the models of this machine have room"
        f" for about {room:,}. I cut nobody's words, so I changed nothing. Please say it in fewer"
        " words, or in several threads; a long log or text can be put into a file of the"
        " repository and be named."
    )


def changes_made(
    changes: Mapping[str, Sequence[tuple[int, int]]], commit: str, checks: Sequence[str]
) -> str:
    """`changes`: of each file the first and last line of each place, as git tells them."""
    places = "; ".join(_describe_change(path, ranges) for path, ranges in changes.items())
    passed = ", ".join(f"`{make_printable(check)}`" for check in checks)
    proof = f"{passed} passed on it" if passed else "No check proves it"
    return (
        f"Changed {places or 'nothing'}, in {commit}. {proof}; whether it is what you meant, only"
        " you can say. If it is not, say so here."
    )


def suggestion_laid(
    changes: Mapping[str, Sequence[tuple[int, int]]], commit: str, checks: Sequence[str]
) -> str:
    places = "; ".join(_describe_change(path, ranges) for path, ranges in changes.items())
    passed = ", ".join(f"`{make_printable(check)}`" for check in checks)
    proof = f" {passed} passed on it." if passed else ""
    return f"Your suggestion is laid as it stands: {places or 'nothing'}, in {commit}.{proof}"


def _describe_change(path: str, ranges: Sequence[tuple[int, int]]) -> str:
    listed = [
        f"after line {first}"
        if last < first
        else (f"line {first}" if first == last else f"lines {first} to {last}")
        for first, last in ranges[:MAX_LISTED_RANGES]
    ]
    if len(ranges) > MAX_LISTED_RANGES:
        listed.append(f"{len(ranges) - MAX_LISTED_RANGES} more places")
    where = f" ({', '.join(listed)})" if listed else ""
    return f"`{make_printable(path)}`{where}"


def thread_not_settled(why: str) -> str:
    """`why` may be anybody's words."""
    return (
        f"I could not do this: {inline_text(why, 300)}\n\n"
        "Resolve this thread to leave it as it is. To have it tried again, say more here, then"
        " comment `/retry`."
    )


def suggestion_not_laid(why: str) -> str:
    return (
        f"Your suggestion is not on the branch: {inline_text(why, 300)}\n\nNo model was asked, and"
        " nothing else was put in its place. Suggest something else, or say in words what you"
        " want."
    )


def suggestion_refused(why: str) -> str:
    """`why` is a clause with what to do; nothing of the comment was worked in."""
    return f"I did not lay your suggestion: {inline_text(why, 400)}. I changed nothing."


def answer_of_model(model: str, answer: str) -> str:
    """`answer` is a model's, made harmless."""
    by = f"`{make_printable(model)}`" if model else "A model"
    return (
        f"{by} answers, from the plan and the diff; nothing has proved it, and nothing was"
        f" changed:\n\n{answer}\n\nTo have something changed, say here what."
    )


NO_ANSWER = (
    "I have no answer: no model of this machine gave one. Nothing was changed. Ask again to have it"
    " tried again, or say what is to be changed."
)
