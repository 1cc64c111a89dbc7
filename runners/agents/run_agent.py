"""One attempt of an agent's CLI: its room, its proxy, its sandbox, and how it ended."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.agent_cli.agent import AgentCall
from bot.models.agent_cli.agent_model import AgentModel
from bot.models.model import ModelError, Watch
from bot.text.secrets import redact_line
from runners.agents import forwarder
from runners.agents.agent_room import SOCKET
from runners.agents.call_account import CallAccount
from runners.agents.hear_events import HeardEvents
from runners.agents.model_proxy import ModelProxy
from runners.agents.model_server import AskedServer
from runners.sandbox import Outcome, Prepared
from runners.sandbox.agent_box import show_program
from runners.sandbox.bubblewrap import Bubblewrap
from runners.sandbox.layout import BOX
from runners.sandbox.model import WorkRoom
from runners.sandbox.thread_commands import hear_output

PORT = 4141
"""Inside, where nothing else listens."""
INSIDE = "/etc/bricklayer-agent"
SOCKET_INSIDE, TASK_INSIDE = f"{INSIDE}/{SOCKET}", f"{INSIDE}/task"
FORWARDER_INSIDE = f"{INSIDE}/forwarder.py"
MIN_ANSWER_SHARE = 4
"""An answer may have one token in so many of the window, or `answer` where that is more."""
MAX_TOLD_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class AgentRun:
    """How it ended. `limit` names the limit it was ended at, `stalled` the stall it showed.

    `text` is what it said last of all, `events` what it did.
    """

    text: str
    events: tuple[Mapping[str, object], ...]
    seconds: float
    exit_code: int
    limit: str = ""
    stalled: str = ""
    why: str = ""


def describe_call(model: AgentModel, tier: TierSettings) -> AgentCall:
    answer = max(tier.answer, tier.context // MIN_ANSWER_SHARE)
    return AgentCall(model.model, f"http://127.0.0.1:{PORT}/v1", BOX.home, tier.context, answer)


def run_agent(  # noqa: PLR0913, PLR0917  # who works, in what, for how long, and who pays
    model: AgentModel,
    tier: TierSettings,
    box: Bubblewrap,
    root: Path,
    task: str,
    account: CallAccount,
    watch: Watch,
    *,
    prepared: Prepared | None = None,
) -> AgentRun:
    """Work in the room at `root`, which was made for it; none of its processes is left.

    Raises ModelError where its server or key is at fault, SpendingCapError at a cap, UserError
    where the CLI cannot work at all.
    """
    call = describe_call(model, tier)
    command = model.agent.build_command(call)
    heard = HeardEvents(model.agent.cli, watch)
    server = AskedServer(model.name, model.server, model.key, model.agent.wire, tier)
    proxy = ModelProxy(server, account, model.model, call.answer)
    program, shown = show_program(model.program)
    room = WorkRoom(
        root,
        box.limits.disk,
        shown=(shown, (root / SOCKET, SOCKET_INSIDE)),
        files={
            TASK_INSIDE: task.encode(errors="replace"),
            FORWARDER_INSIDE: Path(forwarder.__file__).read_bytes(),
        },
        env=command.env,
        should_stop=lambda: account.should_stop() or bool(heard.stalled),
    )
    argv = [find_python(), "-IS", FORWARDER_INSIDE, SOCKET_INSIDE, str(PORT), TASK_INSIDE]
    with proxy.listen(root / SOCKET), hear_output(heard.hear):
        outcome = box.run(
            [*argv, program, *command.arguments],
            checkout=room.empty,
            timeout=tier.agent.seconds,
            prepared=prepared,
            room=room,
        )
    heard.finish()
    return judge_run(model, heard, account, outcome)


def judge_run(
    model: AgentModel, heard: HeardEvents, account: CallAccount, outcome: Outcome
) -> AgentRun:
    """Raises what is no fault of the agent's."""
    if fault := _find_fault(model, account):
        raise fault
    said = redact_line(heard.other, (model.key,), max_characters=-MAX_TOLD_CHARACTERS)
    if not account.calls and outcome.ended == "exit":
        raise _never_asked(model, outcome, said, heard)
    return AgentRun(
        heard.reply.text,
        tuple(heard.reply.events),
        outcome.seconds,
        outcome.exit_code,
        limit=account.limit or _name_limit(outcome),
        stalled=heard.stalled,
        why=_explain_exit(outcome, said),
    )


def _find_fault(model: AgentModel, account: CallAccount) -> Exception | None:
    """With what was spent until then."""
    if account.broken:
        return account.broken
    if account.error and not account.error.of_model:
        return account.error
    if account.error:  # the next model of the tier has caps of its own
        told = ModelError(
            model.name, f"not asked: {account.error.reason or account.error.what}", cause="cap"
        )
    elif account.fault:
        told = account.fault
    else:
        return None
    return ModelError(
        model.name,
        told.why,
        wait=told.wait,
        cause=told.cause,
        tokens_in=account.tokens_in,
        tokens_out=account.tokens_out,
    )


def _name_limit(outcome: Outcome) -> str:
    names = {
        "timeout": f"its limit of {outcome.seconds:,.0f} seconds",
        "output": "its limit of output",
        "memory": "its limit of memory",
        "processes": "its limit of processes",
        "disk": "its limit of disk space",
    }
    return names.get(outcome.ended, "")


def _explain_exit(outcome: Outcome, said: str) -> str:
    if outcome.ended != "exit" or not outcome.exit_code:
        return ""
    return f"it ended with exit code {outcome.exit_code}{f': {said}' if said else ''}"


def _never_asked(model: AgentModel, outcome: Outcome, said: str, heard: HeardEvents) -> UserError:
    detail = heard.reply.failed or said or "it said nothing"
    what = f"{model.agent.cli.binary} ended with exit code {outcome.exit_code} and never asked its"
    hint = f"Try `bricklayer doctor`, or another version: npm install -g {model.agent.cli.package}."
    return UserError(f"{what} model: {detail}", where=model.name, hint=hint)


def find_python() -> str:
    """The interpreter that a sandbox shows: that of the bot's environment, not the environment."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return str(Path(sys.base_prefix).resolve() / "bin" / version)
