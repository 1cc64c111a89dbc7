"""A plan that only asks: its questions are answered, and nothing here could write anything."""

from dataclasses import replace

from bot.ledger import LedgerRow
from bot.models.model import ModelError
from bot.plan import Job, Task, sort_tasks
from bot.prompts.budget import TaskTooLargeError
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.strategies import choose_strategy
from bot.prompts.task_prompt import compose
from runners import evidence, stalls
from runners.build.prompt_sources import MISSING_FILE
from runners.checks.failure_digest import digest
from runners.model_call import add_cost, row_of_failure, row_of_reply
from runners.planning.conversation import Conversation, PlannerContext

ANSWER_TOKENS = 200
"""What an answer may take in the prompts of the questions after it."""


def only_asks(job: Job) -> bool:
    return bool(job.tasks) and all(task.kind == "query" for task in job.tasks)


def answer(desk: PlannerContext, job: Job, conversation: Conversation) -> Conversation:
    """Put the plan's questions to the planner, one call each; the answers take the plan's place."""
    found: list[tuple[str, str]] = []
    said: list[str] = []
    for task in (task for phase in job.phases for task in sort_tasks(phase)):
        conversation, text = _one(desk, task, found, conversation)
        if not text:
            return replace(
                conversation, plan="", gone=conversation.gone or f"{task.id}: the answer is empty"
            )
        found.append((task.id, digest(text, tokens=ANSWER_TOKENS)))
        said.append(text if len(job.tasks) == 1 else f"{task.id}: {text}")
    return replace(conversation, plan="", answer="\n\n".join(said))


def _one(
    desk: PlannerContext, task: Task, found: list[tuple[str, str]], conversation: Conversation
) -> tuple[Conversation, str]:
    row = LedgerRow(task.id, 1, "planner", desk.chain.name)
    files = [(path, desk.lookup.read(path)) for path in task.reads]
    try:
        asked = TaskPromptInput(
            task=task,
            content=None,
            strategy=choose_strategy("senior", 0),
            window=desk.tier.context,
            reply=desk.tier.reply,
            reads=tuple(
                (path, raw.decode(errors="replace") if raw else MISSING_FILE) for path, raw in files
            ),
            found=tuple(found),
            attempt=1,
        )
        context = compose(asked)
        prompt = context.prompt
        row = replace(row, dropped=context.dropped)
        reply = desk.chain.ask(prompt, stalls.create_watch())
    except TaskTooLargeError as exc:
        return replace(conversation, gone=str(exc)), ""
    except ModelError as exc:
        row = replace(add_cost(row_of_failure(row, exc), desk.tier), outcome="no model answered")
        return replace(
            conversation, rows=(*conversation.rows, row), gone=f"no model answered: {exc}"
        ), ""
    row = replace(add_cost(row_of_reply(row, reply), desk.tier), outcome="passed")
    left_out = [("left out of the prompt", "\n".join(context.dropped))] if context.dropped else []
    parts = [("prompt", prompt.user), *left_out, ("reply", reply.text)]
    evidence.keep(desk.evidence, f"query-{task.id}", parts)
    return replace(conversation, rows=(*conversation.rows, row)), reply.text.strip()
