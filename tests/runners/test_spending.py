"""What models may cost is bounded, by job, person, repository and day, whatever happens meanwhile."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.config.machine import CapsOfOne, Settings, SpendingCaps
from bot.config.tiers import Tier, TierSettings
from bot.errors import UserError
from bot.ledger import LedgerRow
from bot.models.chain import Chain, open_tier
from bot.models.hosted import HostedModel
from bot.models.model import ModelError, Prompt, Reply
from bot.models.scripted import ScriptModel
from bot.spending import DAY_SECONDS, Callee, Payer, Scope, SpendingCapError, Spent
from bot.storage.calls import CallStore, open_call_store
from runners.model_call import call_model
from runners.model_outages import ModelOutages
from runners.spending import Meter, bound_call, find_rooms, name_quota
from runners.worker_process.questions import Question, ask_all

NOON = 20_000 * DAY_SECONDS + DAY_SECONDS / 2
ANN = Payer(job="7#1", repo="7", person=42)
PROMPT = Prompt("", "Hello", reply=100, task="one", attempt=1)
TIER = TierSettings(
    models=("openai-chat:x",),
    base_url="http://127.0.0.1:1",
    context=1024,
    answer=100,
    price_in=1e3,
    price_out=2e3,
)
BOUND = bound_call(TIER, PROMPT)
ENOUGH = 10**9


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'x.sqlite'}"


@pytest.fixture
def store(url: str) -> CallStore:
    return open_call_store(url)


def meter(store: CallStore, payer: Payer = ANN, now: float = NOON, **caps: float) -> Meter:
    names = [name for name in SpendingCaps.model_fields if name not in {"tiers", "models"}]
    plenty = dict.fromkeys(names, ENOUGH)
    return Meter(store, SpendingCaps(**{**plenty, **caps}), payer, lambda: now)  # type: ignore[arg-type]


def spend(meter: Meter, tokens: int, cost: float = 0.0) -> None:
    meter.end_call(meter.begin_call("local", TIER, PROMPT), Spent(tokens, cost))


def test_a_bound_is_the_whole_window_at_its_price() -> None:
    assert Spent(1024, (924 * 1e3 + 100 * 2e3) / 1e6) == BOUND


@pytest.mark.parametrize(
    ("scope", "others"),
    [
        ("job", Payer(job="7#2", repo="7", person=42)),
        ("person_day", Payer(job="7#1", repo="7", person=43)),
        ("repository_day", Payer(job="7#1", repo="8", person=42)),
    ],
)
@pytest.mark.parametrize("unit", ["tokens", "cost"])
def test_each_cap_stops_its_own_and_nobody_else(
    store: CallStore, scope: Scope, unit: str, others: Payer
) -> None:
    cap = {f"{scope}_{unit}": 5000 if unit == "tokens" else 5.0}
    spend(meter(store, **cap), 4500, 4.5)
    with pytest.raises(SpendingCapError) as caught:
        meter(store, **cap).begin_call("planner", TIER, PROMPT)
    assert f"`{scope}_{unit}` under `[spending]`" in caught.value.hint
    assert "/resume" in caught.value.for_comment()
    assert ("4,500" if unit == "tokens" else "4.5000") in caught.value.what
    meter(store, others, **cap).begin_call("planner", TIER, PROMPT)


@pytest.mark.parametrize("unit", ["tokens", "cost"])
def test_the_cap_of_the_day_is_of_all_together_and_ends_with_the_day(
    store: CallStore, unit: str
) -> None:
    """At midnight UTC, wherever the machine stands."""
    cap = {f"day_{unit}": 5000 if unit == "tokens" else 5.0}
    spend(meter(store, Payer("9#9", "9", 9), now=NOON + DAY_SECONDS / 2 - 1, **cap), 4500, 4.5)
    with pytest.raises(SpendingCapError, match="today"):
        meter(store, now=NOON + DAY_SECONDS / 2 - 1, **cap).begin_call("local", TIER, PROMPT)
    spend(meter(store, now=NOON + DAY_SECONDS / 2, **cap), 1)


def test_a_job_is_capped_over_all_its_days(store: CallStore) -> None:
    spend(meter(store, now=NOON - 40 * DAY_SECONDS), 4500)
    with pytest.raises(SpendingCapError, match="for this job"):
        meter(store, job_tokens=5000).begin_call("local", TIER, PROMPT)


def test_a_call_that_never_ended_counts_with_its_bound(url: str) -> None:
    """Its process was killed while the model answered: the database is all that is left."""
    meter(open_call_store(url)).begin_call("local", TIER, PROMPT)
    assert open_call_store(url).sum_spent(ANN, NOON)["job"] == BOUND


def ask(chain: Chain, paid: Meter, monkeypatch: pytest.MonkeyPatch, *ends: BaseException) -> None:
    """A question of which each try ends so, whoever is asked; then there is an answer."""
    left = list(ends)

    def answer(*_: object) -> Reply:
        if left:
            raise left.pop(0)
        return Reply("Said.", 70, 7, 0.1, "x")

    monkeypatch.setattr(HostedModel, "ask", answer)
    call_model(chain, PROMPT, LedgerRow("one", 1, "local", ""), TIER, paid)


@pytest.fixture
def chain() -> Iterator[Chain]:
    """Of two models, each asked twice."""
    tier = TIER.model_copy(update={"models": TIER.models * 2, "retries": 1})
    with open_tier(tier, sleep=lambda _: None) as opened:
        yield opened


FAILED = ModelError("x", "cut", retryable=True, tokens_in=70, tokens_out=7)
SILENT = ModelError("x", "no whole answer within 1 s", retryable=True, unmeasured=True)
TRY = Spent(77, (70 * 1e3 + 7 * 2e3) / 1e6)


def test_a_call_that_is_interrupted_counts_with_its_bound(
    store: CallStore, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By anything but a model's own failure, which says what was spent."""
    with pytest.raises(KeyboardInterrupt):
        ask(chain, meter(store), monkeypatch, KeyboardInterrupt())
    assert store.sum_spent(ANN, NOON)["job"] == BOUND


@pytest.mark.parametrize(
    ("ends", "spent"),
    [
        ((), TRY),
        ((FAILED,), TRY + TRY),
        ((FAILED,) * 4, TRY + TRY + TRY + TRY),
        # Whatever it thought, unseen, until its time was up, may have been charged.
        ((SILENT,), BOUND + TRY),
        ((FAILED, SILENT, FAILED), TRY + BOUND + TRY + TRY),
    ],
)
def test_each_try_counts_whatever_comes_of_the_call(
    store: CallStore,
    chain: Chain,
    monkeypatch: pytest.MonkeyPatch,
    ends: tuple[ModelError, ...],
    spent: Spent,
) -> None:
    ask(chain, meter(store), monkeypatch, *ends)
    found = store.sum_spent(ANN, NOON)["job"]
    assert (found.tokens, found.cost) == (spent.tokens, pytest.approx(spent.cost))


def test_no_try_of_a_call_passes_a_cap(
    store: CallStore, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain of models, each tried again, would take many times what the first one may."""
    cap = BOUND.tokens + 2 * TRY.tokens
    with pytest.raises(SpendingCapError):
        ask(chain, meter(store, job_tokens=cap), monkeypatch, *([FAILED] * 4))
    assert store.sum_spent(ANN, NOON)["job"].tokens == 3 * TRY.tokens


def test_a_refused_call_counts_for_nothing(store: CallStore) -> None:
    for _ in range(3):
        with pytest.raises(SpendingCapError):
            meter(store, job_tokens=1000).begin_call("local", TIER, PROMPT)
    assert store.sum_spent(ANN, NOON)["job"] == Spent()


def test_many_at_once_do_not_pass_a_cap_together(url: str) -> None:
    """Each has a connection of its own, as another process would."""

    def try_one(_: int) -> bool:
        try:
            meter(open_call_store(url), job_tokens=5 * 1024).begin_call("local", TIER, PROMPT)
        except SpendingCapError:
            return False
        return True

    open_call_store(url)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_one, range(16))) == 5


def test_what_a_call_took_is_entered_by_the_model_call_itself(
    store: CallStore, tmp_path: Path
) -> None:
    (tmp_path / "r.md").write_text("## reply: one\n\nSaid.\n")
    tier = TIER.model_copy(update={"models": (f"script:{tmp_path / 'r.md'}",)})
    with open_tier(tier) as chain:
        made = call_model(chain, PROMPT, LedgerRow("one", 1, "local", ""), tier, meter(store))
    spent = store.sum_spent(ANN, NOON)["job"]
    assert spent == Spent(made.row.tokens, made.row.cost)
    assert 0 < spent.tokens < BOUND.tokens


def test_nothing_is_asked_at_a_cap(
    store: CallStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r.md").write_text("## reply: one\n\nSaid.\n")
    tier = TIER.model_copy(update={"models": (f"script:{tmp_path / 'r.md'}",)})
    at_cap, row = meter(store, day_tokens=1), LedgerRow("one", 1, "local", "")
    with open_tier(tier) as chain:
        monkeypatch.setattr(ScriptModel, "ask", None)  # whoever asked would fail
        with pytest.raises(UserError, match="today"):
            call_model(chain, PROMPT, row, tier, at_cap)


def test_defaults_let_a_usual_job_through(store: CallStore) -> None:
    """One with prices as of a frontier model: a planner of 64 k and some thirty calls."""
    tier = TierSettings(models=("x",), context=65_536, answer=16_384, price_in=3.0, price_out=15.0)
    usual = Meter(store, SpendingCaps(), ANN, time.time)
    for _ in range(30):
        usual.end_call(usual.begin_call("planner", tier, PROMPT), Spent(20_000, 0.12))


BAD, GOOD = "## reply: *, fail 429, wait 3600\n", "## reply: *\n```\nhi\n```\n"


def open_chain(folder: Path, *scripts: str) -> tuple[TierSettings, Chain]:
    names = []
    for number, text in enumerate(scripts):
        (folder / f"{number}.md").write_text(text)
        names.append(f"script:{folder / f'{number}.md'}")
    tier = TierSettings(models=tuple(names), retries=0, context=1024, answer=100)
    return tier, open_tier(tier, sleep=lambda _: None)


def test_a_quota_that_is_used_up_is_remembered_by_every_machine_until_it_is_free(
    url: str, tmp_path: Path
) -> None:
    """The next attempt, another process and another machine ask the next model at once."""
    tier, chain = open_chain(tmp_path, BAD, GOOD)
    begun = time.time()
    for hours, tries in ((0, 1), (0.5, 0), (0.9, 0), (1.1, 1)):
        machine = meter(open_call_store(url), now=begun + hours * 3600)
        call = call_model(chain, PROMPT, LedgerRow("fix", 1, "local", ""), tier, machine)
        assert (call.row.model, call.reply is not None) == (chain.models[1].name, True)
        (failed,) = call.row.failures
        assert ("not asked" in failed.why) == (not tries), hours
        with open_call_store(url).engine.connect() as db:
            asked = db.exec_driver_sql(
                "SELECT count(*) FROM bricklayer_calls WHERE model = ?", (tier.models[0],)
            ).scalar_one()
        assert asked == (2 if hours > 1 else 1)


def test_a_quota_is_one_accounts_at_one_address(
    store: CallStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another key, address or model may have some left; the key itself is not kept."""
    monkeypatch.setenv("KEY", "sk-secret")
    tier = TIER.model_copy(update={"api_key_env": "KEY"})
    payer = meter(store)
    payer.note_used_up("openai-chat:x", tier, 3600, "429\nresets \x1b[2J later")
    used_up = payer.find_used_up("openai-chat:x", tier)
    assert used_up
    assert used_up.until == NOON + 3600
    assert "\x1b" not in used_up.why
    assert payer.find_used_up("openai-chat:y", tier) is None
    elsewhere = tier.model_copy(update={"base_url": "http://127.0.0.1:2"})
    assert payer.find_used_up("openai-chat:x", elsewhere) is None
    assert "sk-secret" not in name_quota("openai-chat:x", tier)
    monkeypatch.setenv("KEY", "sk-other")
    assert payer.find_used_up("openai-chat:x", tier) is None


@pytest.mark.parametrize("unit", ["tokens", "cost"])
@pytest.mark.parametrize("span", ["job", "day"])
def test_near_a_models_own_cap_the_next_of_the_chain_takes_the_call(
    store: CallStore, tmp_path: Path, unit: str, span: str
) -> None:
    """The ledger says which did, and why; where none is left, the job pauses."""
    tier, chain = open_chain(tmp_path, GOOD, GOOD)
    tier = tier.model_copy(update={"price_in": 1e3, "price_out": 2e3})
    capped = {tier.models[0]: CapsOfOne(**{f"{span}_{unit}": 1500 if unit == "tokens" else 1.5})}
    # The first call takes a little; with the bound of the second one it would pass the cap.
    payer = Meter(store, SpendingCaps(models=capped), ANN, lambda: NOON)
    payer.end_call(payer.begin_call("local", tier, PROMPT, tier.models[0]), Spent(600, 0.6))
    call = call_model(chain, PROMPT, LedgerRow("fix", 1, "local", ""), tier, payer)
    (failed,) = call.row.failures
    assert [call.row.model, failed.model] == [chain.models[1].name, chain.models[0].name]
    assert "not asked: the cap of" in failed.why
    assert f"of {tier.models[0]} " in failed.why
    both = SpendingCaps(models=dict.fromkeys(tier.models, CapsOfOne(day_tokens=0)))
    with pytest.raises(
        SpendingCapError, match=r"1\.md today \(UTC\) is reached(?s:.*)midnight UTC"
    ):
        ModelOutages(lambda _event: None).ask(
            chain, PROMPT, LedgerRow("fix", 2, "local", ""), tier, Meter(store, both, ANN)
        )


def test_a_tiers_cap_is_its_own_and_pauses(store: CallStore) -> None:
    """The error says which cap, what is left of each, when a day's is free, and how to go on."""
    caps = SpendingCaps(tiers={"senior": CapsOfOne(day_tokens=2000, job_tokens=9000)})
    payer = Meter(store, caps, ANN, lambda: NOON)
    payer.begin_call("senior", TIER, PROMPT, "m")
    payer.begin_call("local", TIER, PROMPT, "m")
    with pytest.raises(SpendingCapError) as raised:
        Meter(store, caps, Payer("8#1", "8", 1), lambda: NOON).begin_call("senior", TIER, PROMPT)
    told = str(raised.value)
    for words in (
        "the cap of 2,000 tokens of the senior tier today (UTC) is reached: 1,024 are spent",
        "976 tokens of 2,000 tokens",
        "9,000 tokens of 9,000 tokens",
        "leave 20,000,000 tokens and a cost of 20.00 for this job",
        "`day_tokens` under `[spending.tiers.senior]`",
        "from midnight UTC",
    ):
        assert words in told, words
    assert "`/resume`" in raised.value.for_comment()


def test_what_is_left_is_listed_for_each_tier_model_and_quota(store: CallStore) -> None:
    """For a job all of it, for the machine what is of the day."""
    caps = SpendingCaps(
        tiers={"senior": CapsOfOne(day_tokens=5000, job_tokens=2000)},
        models={"cli:claude": CapsOfOne(day_cost=3.0)},
    )
    settings = Settings(spending=caps)
    payer = Meter(store, caps, ANN, lambda: NOON)
    payer.end_call(payer.begin_call("senior", TIER, PROMPT, "cli:claude"), Spent(900, 0.5))
    payer.note_used_up("cli:codex", TIER, 7200, "resets 2pm")
    rooms = find_rooms(store.engine, settings, ANN, NOON)
    assert rooms.caps == (
        "of the senior tier for this job 1,100 tokens of 2,000 tokens",
        "of the senior tier today (UTC) 4,100 tokens of 5,000 tokens",
        "of cli:claude today (UTC) 2.50 of a cost of 3.00",
    )
    assert rooms.describe_used_up() == ["cli:codex has no quota left until 2024-10-04 14:00 UTC"]
    today = find_rooms(store.engine, settings, Payer(), NOON)
    assert (today.caps, today.used_up) == (rooms.caps[1:], rooms.used_up)
    later = find_rooms(store.engine, settings, ANN, NOON + 7201)
    assert (later.caps, later.used_up) == (rooms.caps, ())


@pytest.mark.parametrize("whose", ["planner", "local", "senior", "reviewer"])
def test_whoever_asks_pays_planner_reviewer_and_questions_too(
    store: CallStore, tmp_path: Path, whose: Tier
) -> None:
    """There is one way to a model, and it is by the meter: each call is in the job's sum."""
    tier, _ = open_chain(tmp_path, GOOD)
    settings = Settings(tiers={whose: tier})
    question = Question("diff", whose, "", "Is anything wrong?")
    outages = ModelOutages(lambda _event: None)
    answers, (row,) = ask_all(settings, [question], meter(store), outages)
    assert answers[0]
    spent = store.sum_spent(ANN, NOON, Callee(whose), ("job", "tier_job"))
    assert spent["job"] == spent["tier_job"] == Spent(row.tokens, 0.0)
    assert row.tokens
    with pytest.raises(SpendingCapError):
        ask_all(settings, [question], meter(store, job_tokens=row.tokens), outages)
