"""Answering the questions of a plan that only asks. Nothing in this module writes a file."""

from dataclasses import replace

from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.profiles import thinking_room
from bot.plan import Job, Task, sort_tasks
from bot.prompts.budget import TaskTooLargeError
from bot.prompts.inputs import MAX_ANSWER_TOKENS, MISSING_FILE, Answer, TaskPromptInput
from bot.prompts.strategies import choose_strategy
from bot.prompts.task_prompt import TaskPrompt, compose_prompt
from runners.checks.failure_digest import shorten_output
from runners.evidence import keep_evidence, list_dropped
from runners.planning.conversation import Conversation, PlannerContext, add_unanswered


def only_asks(job: Job) -> bool:
    return bool(job.tasks) and all(task.kind == "query" for task in job.tasks)


def answer_queries(planner: PlannerContext, job: Job, conversation: Conversation) -> Conversation:
    """Ask the planner each question, one call each; the answers replace the plan."""
    answers: list[Answer] = []
    texts: list[str] = []
    for task in (task for phase in job.phases for task in sort_tasks(phase)):
        conversation, text = _answer_query(planner, task, tuple(answers), conversation)
        if not text:
            failure = conversation.failure or f"{task.id}: the answer is empty"
            return replace(conversation, plan="", failure=failure)
        answers.append(Answer(task.id, shorten_output(text, tokens=MAX_ANSWER_TOKENS)))
        texts.append(text if len(job.tasks) == 1 else f"{task.id}: {text}")
    return replace(conversation, plan="", answer="\n\n".join(texts))


def _answer_query(
    planner: PlannerContext, task: Task, answers: tuple[Answer, ...], conversation: Conversation
) -> tuple[Conversation, str]:
    """Ask once; the whole reply, empty where there is none."""
    try:
        context = _build_prompt(planner, task, answers)
    except TaskTooLargeError as exc:
        return replace(conversation, failure=str(exc)), ""
    row = LedgerRow(task.id, 1, "planner", planner.chain.name, dropped=context.dropped)
    call = planner.ask(context.prompt, row)
    if call.reply is None:
        return add_unanswered(conversation, call), ""
    parts = [("prompt", context.prompt.user), *list_dropped(row.dropped), *call.thoughts]
    keep_evidence(planner.evidence, f"query-{task.id}", [*parts, ("reply", call.reply.text)])
    row = replace(call.row, outcome=AttemptOutcome.PASSED)
    return replace(conversation, rows=(*conversation.rows, row)), call.reply.text.strip()


def _build_prompt(planner: PlannerContext, task: Task, answers: tuple[Answer, ...]) -> TaskPrompt:
    """Raises TaskTooLargeError where the window is too small."""
    files = [(path, planner.lookup.read(path)) for path in task.reads]
    thinking = thinking_room(planner.tier)
    reads = [(path, raw.decode(errors="replace") if raw else MISSING_FILE) for path, raw in files]
    return compose_prompt(
        TaskPromptInput(
            task=task,
            content=None,
            # The planner is a large model: the prompts for senior are written for one.
            strategy=choose_strategy("senior", 0),
            window=planner.tier.context,
            reply=planner.tier.answer + thinking,
            thinking=thinking,
            reads=tuple(reads),
            answers=answers,
            attempt=1,
        )
    )
