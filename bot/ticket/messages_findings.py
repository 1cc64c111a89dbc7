"""What the bot says of the reviewer tier's findings: on their lines, above them, and instead."""

import re
from collections.abc import Iterator, Sequence

from bot.review.model import Fault, ReviewReport
from bot.text.escape import code_block, defang_markdown, fence_for, inline_text
from bot.text.invisible import make_printable, strip_hidden
from bot.text.listed import list_first
from bot.ticket.findings import Finding

_NOT_READ = "Not read:"
_POSTED_BY = re.compile(r"`([^`\n]{1,300})` (?:read the diff|gave no answer)")
MAX_LISTED = 20
MAX_REST_CHARACTERS = 3_000
MAX_WHY_CHARACTERS = 400
READING = "A model of the reviewer tier reads the diff."
HOW_TO_JUDGE = (
    "You judge: `/confirm` here if it is so (then it is worked in), `/dismiss` if it is not; 👍 and"
    " 👎 are only counted."
)
BECOMES_TASK = "It becomes a task; `/dismiss` here if it is none."
NOT_IN_THREAD = (
    "`/confirm` and `/dismiss` are for the thread of a finding by the reviewer tier: say it there,"
    " on the line."
)


def describe_finding(fault: Fault, finding: Finding, *, becomes_task: bool) -> str:
    """The comment on its line. All words of it that are a model's are harmless and bounded."""
    return "\n\n".join((*_list_paragraphs(fault, becomes_task=becomes_task), finding.mark))


def _list_paragraphs(fault: Fault, *, becomes_task: bool) -> Iterator[str]:
    yield defang_markdown(strip_hidden(fault.said)) or "It names this line, and says nothing."
    proof = inline_text(fault.proof, 400) or "it did not say"
    yield f"**What would prove it:** {proof}"
    if fault.named_line:
        yield (
            f"It named line {fault.named_line}, which this diff does not show; this is the nearest"
            " line that it does."
        )
    if fault.proof_state == "reproduced" and fault.test:
        yield f"**Proved:** {inline_text(fault.why, MAX_WHY_CHARACTERS)}."
        yield _fold_test(fault.test.path, fault.test.text)
        yield BECOMES_TASK if becomes_task else HOW_TO_JUDGE
        return
    why = inline_text(fault.why, MAX_WHY_CHARACTERS)
    yield f"**Not proved:** {why or 'it brought no test'}. {HOW_TO_JUDGE}"


def _fold_test(path: str, text: str) -> str:
    clean = "\n".join(strip_hidden(line, content=True) for line in text.splitlines())
    fence = fence_for(clean)
    # Not in the summary: within HTML no mark of Markdown makes another's words harmless.
    name = make_printable(path, 200)
    block = f"`{name}`:\n\n{fence}\n{clean}\n{fence}"
    return f"<details><summary>The test</summary>\n\n{block}\n\n</details>"


def summarize_reading(report: ReviewReport, count: int) -> str:
    """What stands above the remarks; `count` of them have a place."""
    return "\n\n".join(_summarize(report, count))


def _summarize(report: ReviewReport, count: int) -> Iterator[str]:
    by = f"`{make_printable(report.model)}`" if report.model else "The reviewer tier"
    if not report.answered:
        yield f"{by} gave no answer about the diff: no model has reviewed it."
        yield from _tell_left_out(report)
        return
    if not report.model:
        yield "Nothing new of this diff can be shown to a model: no model has reviewed it."
    elif report.rest:
        said = code_block(report.rest, MAX_REST_CHARACTERS)
        yield f"{by} read the diff and names no line of it. This is what it says:\n\n{said}"
    else:
        found = {0: "found nothing to object to", 1: "has one remark"}.get(
            count, f"has {count} remarks"
        )
        yield f"{by} read the diff and {found}. A person decides what to do about it."
    if report.by_author:
        yield (
            "It wrote some of this change itself: this machine names no other model for its"
            " reviewer tier, so this is no second opinion."
        )
    yield from _tell_left_out(report)


def _tell_left_out(report: ReviewReport) -> Iterator[str]:
    if report.unchanged:
        files = "1 file is" if report.unchanged == 1 else f"{report.unchanged} files are"
        yield f"{files} as when it was read last, and {_was(report.unchanged)} not read again."
    if report.unread:
        lines = list_first(report.unread, MAX_LISTED, lambda one: inline_text(one, 300))
        yield f"{_NOT_READ}\n{lines}"
    if report.dropped:
        remarks = "1 remark names" if report.dropped == 1 else f"{report.dropped} remarks name"
        yield f"{remarks} no file of this diff: left out."
    if report.repeated:
        remarks = (
            "1 remark repeats" if report.repeated == 1 else f"{report.repeated} remarks repeat"
        )
        yield f"{remarks} what it said of an earlier commit: not told again."
    if report.over:
        yield f"{report.over} more remarks are left out: it was asked for the worst."


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def tells_unread(body: str) -> bool:
    """Whether a reading's own text names something that it did not read, or not all of."""
    return f"\n{_NOT_READ}\n" in body


def read_posted_model(body: str) -> str:
    """Which model a reading's own text names, as `summarize_reading` writes it; empty for none."""
    found = _POSTED_BY.match(body)
    return found[1] if found else ""


def read_posted_words(body: str) -> tuple[str, str]:
    """What a comment of `describe_finding` says is wrong, and what would prove it."""
    said, _, rest = body.partition("\n\n**What would prove it:** ")
    return said.strip(), rest.partition("\n\n")[0].strip()


def list_faults(faults: Sequence[Fault]) -> str:
    """For a page that takes no comments on lines."""
    return "\n\n".join(
        f"`{make_printable(fault.path, 200)}:{fault.line}`: "
        + "\n\n".join(_list_paragraphs(fault, becomes_task=False))
        for fault in faults
    )


def not_reviewed(why: str) -> str:
    """`why` is a clause of ours; it may hold what a server said."""
    return f"No model has reviewed this: {inline_text(why, MAX_WHY_CHARACTERS)}. People can."


def waited_in_vain(seconds: float) -> str:
    return (
        f"the reviewer tier's models did not answer for {_describe_minutes(seconds)};"
        " whoever runs me has been told"
    )


def no_worker(seconds: float) -> str:
    return f"no worker had room for that for {_describe_minutes(seconds)}"


def _describe_minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def follow_up_started(count: int, number: int) -> str:
    findings = "1 finding" if count == 1 else f"{count} findings"
    return (
        f"{findings} of the reviewer tier, each with a test that is red here, become tasks:"
        f" round {number}."
    )


def not_settled(why: str, *, is_own_fault: bool = False) -> str:
    """`why` may be anybody's words. `is_own_fault`: Bricklayer's, and no model's."""
    told = f": {inline_text(why, MAX_WHY_CHARACTERS)}" if why.strip() else ""
    what = (
        "A fault of Bricklayer itself kept this from being settled"
        if is_own_fault
        else "No model of this machine could settle this"
    )
    return (
        f"{what}{told}.\n\nNothing was changed for it, and its"
        " test is not on the branch. `/confirm` here has it tried again, `/dismiss` closes it."
    )


def finding_settled(check: str, commit: str) -> str:
    return (
        f"Settled in {commit}: `{make_printable(check, 200)}` is green with the test above, which"
        " is on the branch now."
    )
