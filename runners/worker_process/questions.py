"""Questions that are put to a tier and build nothing, as what is wrong with a diff."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.config.machine import Settings
from bot.config.tiers import Tier
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.chain import Chain, open_tier
from bot.models.llama_server.place import find_server_place
from bot.models.model import Prompt
from bot.models.profiles import thinking_room
from bot.text.listed import cut_end
from runners.metered_models import CallMeter
from runners.model_outages import ModelOutages


@dataclass(frozen=True, slots=True)
class Question:
    """`about` names it in the ledger. `reply` is the room of an answer, in tokens."""

    about: str
    tier: Tier
    system: str
    user: str
    reply: int = 200


def ask_all(
    settings: Settings, questions: Sequence[Question], meter: CallMeter, outages: ModelOutages
) -> tuple[tuple[str, ...], tuple[LedgerRow, ...]]:
    """An answer for each, empty where no model gave one, and what they cost.

    Each is a call of its own, with no history. What is too long for the window is cut at its end.
    Raises ModelOutageError and ModelSettingsError where models cannot be asked: that is no answer.
    """
    answers: list[str] = []
    rows: list[LedgerRow] = []
    for number, question in enumerate(questions, 1):
        tier = settings.tiers[question.tier]
        with open_tier(tier, servers=find_server_place(settings)) as chain:
            answer, row = _ask(settings, chain, question, number, meter, outages)
        answers.append(answer)
        rows.append(row)
    return tuple(answers), tuple(rows)


def _ask(  # noqa: PLR0913, PLR0917  # a question, to whom, and who pays
    settings: Settings,
    chain: Chain,
    question: Question,
    number: int,
    meter: CallMeter,
    outages: ModelOutages,
) -> tuple[str, LedgerRow]:
    tier = settings.tiers[question.tier]
    thinking = thinking_room(tier)
    reply_tokens = min(question.reply, tier.answer) + thinking
    prompt = Prompt(
        system=question.system,
        user=_fit(chain, question, tier.context - reply_tokens),
        reply=reply_tokens,
        thinking=thinking,
        seed=number,
        task=question.about,
        attempt=1,
    )
    row = LedgerRow(question.about, number, question.tier, "", outcome=AttemptOutcome.ANSWERED)
    call = outages.ask(chain, prompt, row, tier, meter)
    return call.reply.text if call.reply else "", call.row


def _fit(chain: Chain, question: Question, max_tokens: int) -> str:
    """The beginning of the question that fits into `max_tokens`, with the system prompt.

    Where it is not all of it, its last line says how much is missing.
    """
    count, text, size = chain.open_counter(), question.user, len(question.user)
    while size and count.count_call([question.system, text]) > max_tokens:
        # A quarter at a time: counting costs time, and a few rounds are enough.
        size = size * 3 // 4
        text = cut_end(question.user, size)
    return text
