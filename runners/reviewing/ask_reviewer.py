"""Asks the reviewer tier about a diff: a model that did not write it, where there is one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.config.machine import Settings
from bot.config.tiers import TierSettings
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.chain import Chain, open_tier
from bot.models.llama_server.place import find_server_place
from bot.models.model import Prompt
from bot.models.profiles import thinking_room
from bot.review.choose_parts import ChosenParts, choose_parts
from bot.review.diff_parts import FileDiff
from bot.review.prompt import SYSTEM, describe_job, render_diff
from bot.review.same_model import order_models
from runners.metered_models import CallMeter
from runners.model_outages import ModelOutages

ABOUT = "review"
"""How the ledger calls a reading."""
MIN_WINDOW = 1024


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reviewer is shown besides the diff: see `bot.review.prompt.describe_job`."""

    plan: str
    lessons: Sequence[str]
    checks: Mapping[str, str]
    tests: Sequence[str]

    def describe(self, room: int, count: Callable[[str], int]) -> str:
        """All of it; of a plan that would take more than half of `room`, the beginning."""
        plan = self.plan
        while count(text := self._render(plan)) > room // 2 and plan:
            plan = plan[: len(plan) * 3 // 4]
        return text

    def _render(self, plan: str) -> str:
        left = len(self.plan) - len(plan)
        cut = f"{plan}\n[{left} more characters are not shown]" if left else plan
        return describe_job(cut, self.lessons, self.checks, self.tests)


@dataclass(frozen=True, slots=True)
class Asked:
    """`text` is empty where no answer came; `row` is what it cost, None where nobody was asked."""

    text: str
    row: LedgerRow | None
    chosen: ChosenParts


def ask_reviewer(  # noqa: PLR0913  # what is shown, to whom, and who pays
    settings: Settings,
    files: Sequence[FileDiff],
    shown: Shown,
    authors: Collection[str],
    *,
    meter: CallMeter,
    outages: ModelOutages,
) -> Asked:
    """Raises ModelOutageError and ModelSettingsError where no model can be asked: no answer."""
    tier = settings.tiers["reviewer"]
    tier = tier.model_copy(update={"models": order_models(tier.models, authors)})
    window = tier.context
    with open_tier(tier, servers=find_server_place(settings)) as chain:
        while True:
            prompt, chosen = _make_prompt(chain, tier, files, shown, window)
            if not chosen.parts:  # a model that is shown nothing finds nothing
                return Asked("", None, chosen)
            row = LedgerRow(ABOUT, 1, "reviewer", "", outcome=AttemptOutcome.ANSWERED)
            call = outages.ask(chain, prompt, row, tier, meter)
            # A server may have a smaller window than the settings say: then less is shown.
            if call.reply is None and MIN_WINDOW <= call.window < window:
                window = call.window
                continue
            text = call.reply.text if call.reply else ""
            return Asked(text, call.row, chosen)


def _make_prompt(
    chain: Chain, tier: TierSettings, files: Sequence[FileDiff], shown: Shown, window: int
) -> tuple[Prompt, ChosenParts]:
    count = chain.open_counter()
    thinking = thinking_room(tier)
    reply = min(tier.answer, window // 2) + thinking
    room = window - reply - count.count_call([SYSTEM, ""])
    head = shown.describe(room, count)
    frame = render_diff(())
    chosen = choose_parts(files, room - count(f"{head}\n\n{frame}\n\n"), count)
    prompt = Prompt(
        system=SYSTEM,
        user=f"{head}\n\n{render_diff(chosen.parts)}",
        reply=reply,
        thinking=thinking,
        task=ABOUT,
        attempt=1,
    )
    return _shorten(prompt, files, chosen, count.count_call, window, head)


def _shorten(  # noqa: PLR0913, PLR0917  # a prompt, and what it is made of
    prompt: Prompt,
    files: Sequence[FileDiff],
    chosen: ChosenParts,
    size: Callable[[Sequence[str]], int],
    window: int,
    head: str,
) -> tuple[Prompt, ChosenParts]:
    """Without its last parts where all of them together take more than each did alone."""
    parts = list(chosen.parts)
    while parts and size([prompt.system, prompt.user]) + prompt.reply > window:
        parts.pop()
        prompt = replace(prompt, user=f"{head}\n\n{render_diff(parts)}")
    left = chosen if len(parts) == len(chosen.parts) else ChosenParts.of(files, parts)
    return prompt, left
