"""An attempt by an agent's CLI: in a room of its own, before a proxy; what it leaves is a tree."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from bot.config.tiers import TierSettings
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.agent_cli.agent_model import AgentModel
from bot.models.chain import Chain
from bot.models.model import Event, Model, Prompt, Reply, Watch
from bot.plan.task_graph import list_touches
from bot.prompts.budget import FittedParts
from runners.agents.agent_meter import AgentMeter
from runners.agents.agent_room import make_room, remove_room
from runners.agents.call_account import CallAccount
from runners.agents.read_work import AgentWork, read_work
from runners.agents.run_agent import AgentRun, describe_call, run_agent
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult
from runners.build.attempt_strategy import choose_start_tree, tier_settings
from runners.build.executor_prompt import build_agent_prompt
from runners.build.ingredients import enter_draw
from runners.build.prompt_sources import gather_sources
from runners.build.task_run import TaskRun
from runners.build.tries import write_try
from runners.sandbox.agent_box import choose_prepared, open_agent_box

ROOM = "agent"
"""In the lane's folder, which the next run removes should this one be killed."""
MADE = "made"
"""The kind of the last event of a reply: what was left, so that a kept reply has it."""
MAX_EVENT_CHARACTERS = 2000


def execute_by_cli(run: TaskRun, attempt: Attempt, row: LedgerRow) -> AttemptRecord:
    """Have the first agent of the tier that can work do the task.

    Raises JobLimitError where nothing more may be spent, and what `ModelOutages.ask` raises.
    """
    tier, tree = tier_settings(run, attempt), choose_start_tree(run, attempt)
    told, draw = build_agent_prompt(gather_sources(run, attempt, tree), attempt)
    prompt = Prompt("", told.text, seed=row.number, task=run.task.id, attempt=attempt.nth + 1)
    chain = run.lane.open_chain(attempt.tier)
    agents = [cast("AgentModel", model) for model in chain.models]
    row = enter_draw(replace(row, dropped=told.dropped), draw)
    context = run.context
    with context.record.reserve(row.task, row.number, tier.agent.tokens):
        at_work: tuple[Model, ...] = tuple(
            _AgentAtWork(each.name, each, run, tier, row, tree) for each in agents
        )
        call = context.outages.ask(
            Chain(at_work, retries=0),
            prompt,
            row,
            tier,
            AgentMeter(context.meter, context.repo),
            may_fall_back=attempt.tier == "local" and "senior" in run.lane.settings.tiers,
        )
    asked = AttemptRecord(
        attempt,
        AttemptResult(AttemptOutcome.ASKED),
        call.row,
        tree,
        prompt=told.text,
        prompt_parts=_measure(told),
        executor=call.row.model,
    )
    if call.reply is None:
        outcome = AttemptOutcome.SERVER_DOWN if call.gave_up else call.outcome
        return replace(asked, result=AttemptResult(outcome, call.why), executor="")
    return _add_work(asked, call.reply)


def _measure(told: FittedParts) -> tuple[tuple[str, str, int], ...]:
    return tuple((each.name, each.why, len(each.text)) for each in told.parts)


def _add_work(record: AttemptRecord, reply: Reply) -> AttemptRecord:
    *events, made = reply.events
    return replace(
        record,
        reply=reply.text,
        cut_reason=str(made["stalled"]),
        made_tree=str(made["tree"]),
        made_files=tuple(cast("Sequence[str]", made["files"])),
        notes=tuple(cast("Sequence[str]", made["notes"])),
        thoughts=(("what it did", "\n".join(map(_format_event, events))),),
    )


def _format_event(event: Event) -> str:
    return json.dumps(event, ensure_ascii=False)[:MAX_EVENT_CHARACTERS]


@dataclass(slots=True)
class _AgentAtWork:
    """A model of a chain whose answer is the work at one task."""

    name: str
    model: AgentModel
    run: TaskRun
    tier: TierSettings
    row: LedgerRow
    tree: str

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        """Raises ModelError; nothing is left of its room, however it ends."""
        began, root = time.monotonic(), self.run.lane.folder / ROOM
        account = self._open_account()
        try:
            ended, work = self._work(root, prompt, watch, account)
        finally:
            remove_room(root)
        tree = write_try(self.run.context, self.run.task.id, self.row.number, self.tree, work.files)
        made = {"kind": MADE, **self._describe(tree, work, ended, account)}
        return Reply(
            text=ended.text,
            tokens_in=account.tokens_in,
            tokens_out=account.tokens_out,
            tokens_cached=account.cached,
            seconds=time.monotonic() - began,
            model=self.name,
            events=(*ended.events, made),
        )

    def close(self) -> None:
        """Nothing stays between runs."""

    def _open_account(self) -> CallAccount:
        context = self.run.context
        most = min(self.tier.agent.tokens, context.record.tokens_left)
        return CallAccount(context.meter, self.row.tier, self.tier, self.name, most)

    def _work(
        self, root: Path, prompt: Prompt, watch: Watch, account: CallAccount
    ) -> tuple[AgentRun, AgentWork]:
        context = self.run.context
        command = self.model.agent.build_command(describe_call(self.model, self.tier))
        touches = list_touches(self.run.task)
        own = {touch.path for touch in touches}
        unseen = make_room(root, context.repo, self.tree, command.files, own)
        box = open_agent_box(context.settings, context.config)
        prepared = choose_prepared(context.sandbox, context.setup)
        ended = run_agent(
            self.model, self.tier, box, root, prompt.user, account, watch, prepared=prepared
        )
        start = context.repo.list_entries(self.tree)
        work = read_work(
            root / "repo",
            start,
            own,
            removable={touch.path for touch in touches if touch.how == "delete"},
            unseen=unseen,
            made_by_setup=prepared.fresh if prepared else (),
        )
        return ended, work

    def _describe(
        self, tree: str, work: AgentWork, ended: AgentRun, account: CallAccount
    ) -> Mapping[str, object]:
        files = set(work.files)
        if self.tree != self.run.base_tree:
            files |= {touch.path for touch in list_touches(self.run.task)}
        limit = f"ended at {ended.limit}" if ended.limit else ""
        circles = "ended as it went round in circles" if ended.stalled else ""
        asked = (f"its request was refused: {why}" for why in account.refused[:2])
        notes = filter(None, (limit, circles, ended.why, *work.refused, *asked))
        return {
            "tree": tree,
            "files": sorted(files),
            "notes": list(notes),
            # Where something was done, the checks say what it is worth.
            "stalled": ended.stalled if tree == self.run.base_tree else "",
        }
