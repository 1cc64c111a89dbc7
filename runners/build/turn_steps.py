"""The two durable steps of each turn: doing what the last reply asked for, and asking for the next.

A job that is killed between them goes on with the reply that was paid for. Nothing that a model
says ends a task: what its turns made is judged by the checks, as any attempt is.
"""

import functools
from dataclasses import replace

from bot.ledger import AttemptOutcome, LedgerRow, add_turn
from bot.plan import format_check
from bot.prompts.tool_prompt import MAX_TURNS
from runners.build.ask_attempt import find_small_window, has_senior, to_failure
from runners.build.attempt_records import AttemptRecord
from runners.build.attempt_strategy import tier_settings
from runners.build.task_run import TaskRun
from runners.build.tries import write_try
from runners.build.turn_tools import Workbench
from runners.build.turn_work import AskedTurn, TurnWork, summarize_turns, to_turn_reply
from runners.disk_floor import require_free_disk
from runners.model_call import ModelCall
from runners.progress import ProgressEvent
from runners.stalls import find_turn_stall
from runners.tool_use.history import NoRoomError, fit_history
from runners.tool_use.read_calls import find_calls
from runners.tool_use.turns import Turn, TurnEnd, TurnReply, describe_turn

NO_CALL = (
    "No call could be read in your reply, so nothing was done. Write one call as a JSON object in a"
    " ```json fence, or an edit as a SEARCH/REPLACE block."
)
CUT_OFF = "Your reply reached its limit and was cut off. Do less in one reply."
_SEEDS_APART = 100


def run_tools(run: TaskRun, record: AttemptRecord) -> TurnEnd:
    """Do what the last reply asked for, on the tree as it is; the same again after a kill."""
    require_free_disk(run.context.settings)
    work = _require_work(record)
    reply, tree = _require_reply(work), work.find_tree(record.start_tree)
    if reply.fault:
        return TurnEnd(tree, end=reply.fault)
    if reply.cut_why:
        return TurnEnd(tree, stall=reply.cut_why)
    calls = find_calls(reply.text, reply.calls)
    bench = Workbench(
        run,
        record.start_tree,
        tree,
        tier_settings(run, record.attempt).context,
        functools.partial(_write, run, record, reply.number),
        work.first.user,
        truncated=reply.stop != "end",
    )
    for call in calls:
        bench.do_call(call)
    cut = CUT_OFF if reply.stop == "length" else ""
    done = TurnEnd(bench.tree, calls, tuple(bench.results), answer="" if calls else cut or NO_CALL)
    done = _find_end(run, record, Turn(reply, done), is_done=bench.is_done)
    _tell(run, record, Turn(reply, done))
    return done


def ask_turn(run: TaskRun, record: AttemptRecord) -> AskedTurn:
    """Ask for the next reply. A server that is down is waited for, and the turn is made again.

    Raises JobLimitError where nothing more may be spent.
    """
    require_free_disk(run.context.settings)
    context, work = run.context, _require_work(record)
    number = len(work.turns) + 1
    bound = tier_settings(run, record.attempt).context
    try:
        with context.record.reserve(record.row.task, record.row.number, bound):
            call = _ask_within_window(run, record, work, number)
    except NoRoomError as exc:
        fault = TurnReply(number, fault=str(exc), outcome=AttemptOutcome.TOO_LARGE)
        return AskedTurn(fault, record.row)
    row = add_turn(record.row, call.row)
    context.record.add_attempt(replace(row, outcome=AttemptOutcome.ASKED))
    return AskedTurn(to_turn_reply(number, call), row)


def _require_work(record: AttemptRecord) -> TurnWork:
    assert record.work  # noqa: S101 - only attempts in turns come here
    return record.work


def _require_reply(work: TurnWork) -> TurnReply:
    assert work.reply  # noqa: S101 - as above
    return work.reply


def _write(
    run: TaskRun, record: AttemptRecord, turn: int, tree: str, files: dict[str, bytes | None]
) -> str:
    return write_try(run.context, run.task.id, f"{record.row.number}-{turn}", tree, files)


def _find_end(run: TaskRun, record: AttemptRecord, turn: Turn, *, is_done: bool) -> TurnEnd:
    """The turn's end, with why it is the last one where it is."""
    work, done = _require_work(record), turn.done
    turns = (*work.turns, turn)
    if is_done:
        return replace(done, end="the model called done")
    if {format_check(check) for check in run.checks} <= _list_passed(turns):
        return replace(done, end="its checks pass")
    if stall := find_turn_stall(summarize_turns(turns), record.start_tree):
        return replace(done, stall=stall)
    if len(turns) >= MAX_TURNS:
        return replace(done, end=f"all {MAX_TURNS} turns are used up")
    return done


def _list_passed(turns: tuple[Turn, ...]) -> set[str]:
    """The checks that passed since the last edit."""
    passed = set[str]()
    for result in (result for turn in turns for result in turn.done.results):
        if result.tree:
            passed.clear()
        if result.passed:
            passed.add(result.passed)
    return passed


def _tell(run: TaskRun, record: AttemptRecord, turn: Turn) -> None:
    told = f"{record.row.number} {record.row.tier}: turn {turn.reply.number}: {describe_turn(turn)}"
    run.context.report(ProgressEvent("task", told, run.task.id))


def _ask_within_window(
    run: TaskRun, record: AttemptRecord, work: TurnWork, number: int
) -> ModelCall:
    """The call for which the server had room. Raises NoRoomError."""
    windows, attempt = run.context.windows, record.attempt
    row = LedgerRow(record.row.task, record.row.number, record.row.tier, "")
    history = [turn.to_exchange() for turn in work.turns]
    chain = run.lane.open_chain(attempt.tier)
    spent = list(row.failures)
    while True:
        settings = tier_settings(run, attempt)
        first = replace(work.first, seed=work.first.seed + _SEEDS_APART * (number - 1))
        prompt = fit_history(first, history, settings.context, chain.open_counter())
        call = run.context.outages.ask(
            chain,
            prompt,
            row,
            settings,
            run.context.meter,
            may_fall_back=attempt.tier == "local" and has_senior(run),
        )
        call = replace(call, row=replace(call.row, failures=(*spent, *call.row.failures)))
        why, window = find_small_window(prompt, call)
        if not why:
            return call
        spent = list(call.row.failures)
        if call.row.tokens:
            spent.append(to_failure(call.row, why))
        windows.learn(attempt.tier, settings, window, why)
