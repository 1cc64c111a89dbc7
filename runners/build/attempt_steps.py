"""The two halves of an attempt: ask a tier, then lay what it said. Each is one durable step."""

import traceback
from collections.abc import Sequence
from dataclasses import replace

from bot.config.machine import TierSettings
from bot.errors import GitError, UserError
from bot.ledger import Row
from bot.models.model import ModelError
from bot.plan import writes
from bot.prompts.budget import TaskTooLarge
from runners import stalls
from runners.build.attempt import (
    NO_BITE,
    PASSED,
    PLAN_FAULT,
    Attempt,
    Laid,
    judge,
    reply_edit,
    unapplied,
)
from runners.build.context import Site, Told
from runners.build.costs import priced, row_of_reply, spent
from runners.build.prompt_sources import best, context_for, draft_of, scene_of
from runners.build.results import NO_MODEL, Try, Turn
from runners.checks.failure_digest import digest
from runners.edits import EditError
from runners.edits.exact_blocks import laid_out

ASKED, TOO_LARGE = "asked", "task too large"
FAULT = "fault of bricklayer"
ANSWER_TOKENS = 200


def ask(turn: Turn, one: Attempt) -> Try:
    """Ask the attempt's tier. The manifest asks nobody."""
    row = Row(task=turn.task.id, number=one.number, tier=one.tier, model="")
    if one.tier == "manifest":
        return Try(one, Laid(ASKED), replace(row, model="exact blocks"), turn.base)
    tree = _start_tree(turn, one)
    try:
        context = context_for(scene_of(turn, one, tree), one)
        row = replace(row, dropped=context.dropped)
        reply = turn.lane.tier(one.tier).ask(context.prompt, stalls.watch())
    except TaskTooLarge as large:
        return Try(one, Laid(TOO_LARGE, str(large)), row, tree)
    except ModelError as gone:
        return Try(one, Laid(NO_MODEL, str(gone)), priced(spent(row, gone), _tier(turn, one)), tree)
    row = priced(row_of_reply(row, reply), _tier(turn, one))
    draft, user = draft_of(turn, one) if context.drafted else "", context.prompt.user
    return Try(one, Laid(ASKED), row, tree, user, reply.text, reply.cut_why, draft, context.spans)


def lay(turn: Turn, tried: Try) -> Try:
    """Apply what the attempt brought and let the checks decide; write it down for people."""
    if tried.laid.outcome == ASKED:
        tried = replace(tried, laid=_laid(turn, tried))
    return told(turn, tried)


def told(turn: Turn, tried: Try) -> Try:
    """Enter an attempt in the ledger, keep its evidence and show it."""
    row = replace(tried.row, outcome=tried.laid.outcome)
    turn.site.meter.add(row)
    _keep(turn.site, tried)
    for fall in row.falls:
        turn.site.tell(Told("attempt", f"{fall.model} fell: {fall.why}", turn.task.id, good=False))
    text = f"{row.number} {row.tier} {row.model}: {tried.laid.outcome}"
    why = f": {tried.laid.why}" if tried.laid.why else ""
    why += f" (no room for: {', '.join(row.dropped)})" if row.dropped else ""
    turn.site.tell(Told("attempt", text + why, turn.task.id, good=tried.laid.passed, row=row))
    return replace(tried, row=row)


def answer(turn: Turn, tried: Try) -> tuple[Try, str]:
    """Take a query's reply as it is, cut to what later prompts have room for. Writes no file."""
    text = digest(tried.reply, tokens=ANSWER_TOKENS) if tried.laid.outcome == ASKED else ""
    laid = replace(tried.laid, outcome=PASSED if text else tried.laid.outcome)
    return told(turn, replace(tried, laid=laid)), text


def _laid(turn: Turn, tried: Try) -> Laid:
    past = [_stall_try(one, one.laid) for one in turn.tries]
    try:
        files = _files(turn, tried)
    except EditError as wrong:
        laid = unapplied(wrong)
        if tried.attempt.tier == "manifest":
            return laid
        return _named(laid, stalls.read(_stall_try(tried, laid), past, turn.base))
    except (OSError, GitError, UserError):
        raise  # the machine's or a person's to mend: the attempt is made again then
    except Exception as bug:  # noqa: BLE001  # a reply we cannot read must not end a night's work
        return _fault(turn, tried, bug)
    tree = turn.site.repo.tree_with(turn.base, files)
    laid = Laid(ASKED, tree=tree, files=tuple(sorted(files)))
    if signs := stalls.read(_stall_try(tried, laid), past, turn.base):
        said = replace(laid, why=stalls.sentence(signs[0]), digest=_last_digest(turn.tries))
        return _named(said, signs)
    counted = turn.start.counted
    laid = judge(turn.site, turn.lane, turn.task, tree, laid.files, counted)
    if tried.attempt.tier == "manifest" and laid.outcome == NO_BITE:
        return replace(laid, outcome=PLAN_FAULT)
    return replace(laid, stalls=stalls.read(_stall_try(tried, laid), past, turn.base))


def _fault(turn: Turn, tried: Try, bug: Exception) -> Laid:
    """Ours: keep what is needed to mend it, and let the next attempt be made."""
    name = f"{tried.row.task}-{tried.row.number}-fault"
    trace = "".join(traceback.format_exception(bug))
    turn.site.keep_evidence(name, [("traceback", trace), ("reply", tried.reply)])
    where = turn.site.folder / "evidence" / f"{name}.txt"
    return Laid(FAULT, f"{type(bug).__name__} while the reply was read, please report {where}")


def _files(turn: Turn, tried: Try) -> dict[str, bytes | None]:
    if tried.attempt.tier == "manifest":
        return laid_out(
            turn.task.blocks, lambda path: turn.site.repo.read(turn.base, path), writes(turn.task)
        )
    try:
        return reply_edit(turn.site, turn.task, turn.base, tried.start, tried.reply, tried.spans)
    except EditError:
        if not tried.draft:
            raise
        return reply_edit(turn.site, turn.task, turn.base, tried.draft, tried.reply)


def _named(laid: Laid, signs: tuple[str, ...]) -> Laid:
    """Name the attempt after the stall that ended it; what was refused keeps its why."""
    return replace(laid, outcome=signs[0], stalls=signs) if signs else laid


def _stall_try(tried: Try, laid: Laid) -> stalls.Try:
    return stalls.Try(
        reply=tried.reply,
        prompt=tried.prompt,
        applied=bool(laid.tree),
        files=laid.tree,
        failure=laid.key if laid.tree else "",
        cut=tried.cut,
    )


def _last_digest(tries: Sequence[Try]) -> str:
    return next((one.laid.digest for one in reversed(tries) if one.laid.digest), "")


def _start_tree(turn: Turn, one: Attempt) -> str:
    """Senior may go on from the best local try, the one with the fewest failing tests."""
    if one.tier != "senior" or not turn.task.carry:
        return turn.base
    nearest = best(turn.tries)
    return nearest.laid.tree if nearest else turn.base


def _tier(turn: Turn, one: Attempt) -> TierSettings:
    return turn.lane.settings.tiers[one.tier]  # type: ignore[index]  # a tier that was asked


def _keep(site: Site, tried: Try) -> None:
    name = f"{tried.row.task}-{tried.row.number}"
    laid = tried.laid
    outcome = f"{laid.outcome}\n{laid.why}\n{laid.digest}"
    left_out = (
        [("left out of the prompt", "\n".join(tried.row.dropped))] if tried.row.dropped else []
    )
    parts = [("prompt", tried.prompt), *left_out, ("reply", tried.reply), ("outcome", outcome)]
    site.keep_evidence(name, parts)
