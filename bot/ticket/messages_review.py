"""What the bot says to reviewers: in threads, and about them in the status comment."""

from collections.abc import Mapping, Sequence

from bot.text.escape import inline_text
from bot.text.invisible import make_printable
from bot.ticket.model import Ticket
from bot.ticket.status_comment import describe_next_step, format_headline

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


def wish_not_done(why: str) -> str:
    """`why` may be anybody's words."""
    return (
        f"I could not do this: {inline_text(why, 300)}\n\nNothing was changed for it; the job goes"
        " on with the rest. Say it here in other words or more exactly, and I try again."
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


REPLANNING = "The planner writes the plan anew, with what was said about it."
BLOCKED_FIRST = (
    "I have read this. The job is blocked; comment `/retry` to take it up again. What you wrote"
    " waits, and is worked in once the job is in review."
)
BLOCKED_PLAN_FIRST = (
    "I have read this. The job is blocked. Where the plan is wrong, take the label off and set it"
    " again: it is planned anew, with this in view. Where the plan is right, comment `/retry`; then"
    " what you wrote waits, and is worked in once the job is in review."
)
NO_FILE = (
    "I cannot tell which file this is about, so I changed nothing. Name the file, or comment on its"
    " lines."
)


SUMMARY_OF_THREADS = (
    "I took this text for a summary of its review's threads; those I work in, each where it stands."
    " If it asks for more than they do, say so in a comment that names me."
)


def request_started(by: str, number: int) -> str:
    return f"What @{by} asked for is being built: rework round {number}."


def ended_before(stage: str) -> str:
    return (
        f"The job ended before this was worked in: it is {stage}. Say it again if the job goes on."
    )


def request_not_done(why: str) -> str:
    """`why` may be anybody's words."""
    return (
        f"I could not do this: {inline_text(why, 300)}\n\nComment `/retry` to have it tried again,"
        " or say it in other words."
    )


def no_plan(why: str) -> str:
    """`why` may be anybody's words."""
    return (
        f"The planner found no plan for this: {inline_text(why, 300)}\n\nNothing was changed. Say"
        " it in other words, or comment on the lines that it is about."
    )


def plan_written_anew(url: str, code: str, *, same: bool) -> str:
    plan = f"[the plan]({url})" if url else "the plan"
    what = "has written the same plan again" if same else "has written the plan anew with this"
    ask = f" To approve it, comment `/approve {code}`." if code else ""
    return f"The planner {what}: {plan}.{ask}"


def comments_left_out(count: int) -> str:
    comments = "1 older comment" if count == 1 else f"{count} older comments"
    return f"The planner's window had no room for {comments} on this issue; the newest were shown."


def followup_background(plan: str, diff: str, by: str, words: str) -> str:
    """For a planner's prompt: all of them quoted already."""
    return (
        f"This plan for the issue is built already:\n\n{plan}\n\nWhat it changed:\n\n{diff}\n\n"
        f"Now @{by} asks, on top of that:\n\n{words}\n\nPlan only what these words ask for. The"
        " repository you are shown has the changes already."
    )


def state_of_job(ticket: Ticket) -> str:
    """For a page where the status comment is not."""
    parts = (f"{format_headline(ticket)}.", ticket.why, describe_next_step(ticket))
    full = f"All of it is in the status comment on #{ticket.issue}."
    return "\n\n".join(part for part in (*parts, full) if part)


def too_many_requests(most: int) -> str:
    return (
        f"{most} comments wait to be worked in already, so I have not taken this one. Say it again"
        " once those are answered."
    )


def approve_the_diff(code: str) -> str:
    return (
        "An approving review is not enough here: a diff waits for approval that is not on this"
        f" page yet. Read it where the status comment shows it, then comment `/approve {code}`."
    )


def approved_another_head(commit: str, code: str) -> str:
    return (
        f"That review is of `{make_printable(commit[:12])}`, which is not the commit that waits for"
        f" approval. Please look at the plan as it is now; then comment `/approve {code}`."
    )
