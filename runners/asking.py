"""The two halves of an attempt: ask a tier, then lay what it said. Each is one durable step."""

from collections.abc import Sequence
from dataclasses import replace

from bot.context.prompt import TaskTooLarge, build
from bot.job import Task
from bot.ledger import Row
from bot.tiers import ModelError, Prompt, Reply
from runners import stall
from runners.attempt import (
    NO_BITE,
    PLAN_FAULT,
    Attempt,
    Laid,
    blocks_edit,
    judge,
    reply_edit,
    unapplied,
)
from runners.edits import EditError
from runners.ends import Start, Try
from runners.lanes import OpenLane
from runners.site import Site, Told

NO_MODEL, ASKED, TOO_LARGE = "no model answered", "asked", "task too large"


def ask(
    site: Site, lane: OpenLane, task: Task, one: Attempt, start: Start,
    tries: Sequence[Try], notes: Sequence[str],
) -> Try:
    """Ask the attempt's tier. The manifest asks nobody."""
    base = site.repo.resolve(start.base, "tree")
    row = Row(task=task.id, number=one.number, tier=one.tier, model="")
    if one.tier == "manifest":
        return Try(one, Laid(ASKED), replace(row, model="exact blocks"), base)
    tree = _start_tree(task, one, base, tries)
    try:
        prompt = _prompt(site, task, one, start, tree, tries, notes)
        reply = lane.tier(one.tier).ask(prompt, stall.watch())
    except TaskTooLarge as large:
        return Try(one, Laid(TOO_LARGE, str(large)), row, tree)
    except ModelError as gone:
        return Try(one, Laid(NO_MODEL, str(gone)), replace(row, model=gone.model), tree)
    return Try(one, Laid(ASKED), _row(row, reply), tree, prompt.user, reply.text, reply.cut_why)


def lay(
    site: Site, lane: OpenLane, task: Task, start: Start, tries: Sequence[Try], tried: Try
) -> Try:
    """Apply what the attempt brought and let the checks decide; write it down for people."""
    if tried.laid.outcome == ASKED:
        tried = replace(tried, laid=_laid(site, lane, task, start, tries, tried))
    row = replace(tried.row, outcome=tried.laid.outcome)
    site.meter.add(row)
    _keep(site, tried)
    text = f"{row.number} {row.tier} {row.model}: {tried.laid.outcome}"
    why = f": {tried.laid.why}" if tried.laid.why else ""
    site.tell(Told("attempt", text + why, task.id, good=tried.laid.passed, row=row))
    return replace(tried, row=row)


def answer(reply: str) -> str:
    """What a query found out, for later prompts: about 200 tokens at most."""
    return digest(reply, tokens=200)


def _laid(
    site: Site, lane: OpenLane, task: Task, start: Start, tries: Sequence[Try], tried: Try
) -> Laid:
    base = site.repo.resolve(start.base, "tree")
    try:
        if tried.attempt.tier == "manifest":
            files = blocks_edit(site, task, base)
        else:
            files = reply_edit(site, task, base, tried.start, tried.reply)
    except EditError as wrong:
        laid = unapplied(wrong)
        return _named(laid, stall.read(_stall_try(tried, laid), _past(tries), base))
    tree = site.repo.tree_with(base, files)
    laid = Laid(ASKED, tree=tree, files=tuple(sorted(files)))
    if signs := stall.read(_stall_try(tried, laid), _past(tries), base):
        return _named(replace(laid, why=stall.sentence(signs[0]), digest=_last_digest(tries)), signs)
    laid = judge(site, lane, task, tree, laid.files)
    if laid.passed or tried.attempt.tier != "manifest" or laid.outcome != NO_BITE:
        return replace(laid, stalls=stall.read(_stall_try(tried, laid), _past(tries), base))
    return replace(laid, outcome=PLAN_FAULT)


def _named(laid: Laid, signs: tuple[str, ...]) -> Laid:
    """An attempt that a stall ended carries its name; a reply cut short or refused keeps its why."""
    return replace(laid, outcome=signs[0], stalls=signs) if signs else laid


def _stall_try(tried: Try, laid: Laid) -> stall.Try:
    return stall.Try(
        reply=tried.reply,
        prompt=tried.prompt,
        applied=bool(laid.tree),
        files=laid.tree,
        failure=laid.key if laid.tree else "",
        cut=tried.cut,
    )


def _past(tries: Sequence[Try]) -> list[stall.Try]:
    return [_stall_try(one, one.laid) for one in tries]


def _last_digest(tries: Sequence[Try]) -> str:
    return next((one.laid.digest for one in reversed(tries) if one.laid.digest), "")


def _start_tree(task: Task, one: Attempt, base: str, tries: Sequence[Try]) -> str:
    """Senior may go on from the best local try, the one with the fewest failing tests."""
    if one.tier != "senior" or not task.carry:
        return base
    ranked = [t for t in tries if t.laid.tree and t.laid.failing is not None]
    best = min(ranked, key=lambda t: (t.laid.failing, t.attempt.number), default=None)
    return best.laid.tree if best else base


def _row(row: Row, reply: Reply) -> Row:
    return replace(
        row,
        model=reply.model,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        tokens_cached=reply.tokens_cached,
        seconds=reply.seconds,
    )


def _keep(site: Site, tried: Try) -> None:
    name = f"{tried.row.task}-{tried.row.number}"
    laid = tried.laid
    outcome = f"{laid.outcome}\n{laid.why}\n{laid.digest}"
    parts = [("prompt", tried.prompt), ("reply", tried.reply), ("outcome", outcome)]
    site.keep_evidence(name, parts)
