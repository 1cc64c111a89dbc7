"""`[tiers.NAME]`, `[planner]` and `[[lanes]]`: which models there are, and where local ones run."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, PrivateAttr

from bot.config.llama import LlamaSettings
from bot.config.toml import EnvName, Name, Seconds, Table, Text

Tier = Literal["planner", "local", "senior", "reviewer"]
Size = Literal["small", "medium", "large"]
MAX_CANDIDATES = 8
DoingTier = Literal["local", "senior"]
"""A tier that does tasks."""
StartTier = Literal["local", "senior", "auto"]
"""Which tier begins a task."""
WorkKind = Literal["query", "docs", "test", "create", "rename", "fix", "edit"]
"""What kind of work a task is."""
StrategyName = Literal[
    "failing tests in view",
    "bodies rewritten",
    "fix one failure",
    "one failing function rewritten",
    "fix what is left",
    "smallest edit",
    "one failing test in view",
    "smallest change",
    "another way",
]
"""How a model is asked for a task by one reply (`bot.prompts.strategies`)."""
Mode = Literal["one-file", "agent"]
"""How a tier works on a task: by one reply an attempt, or in turns, by tools."""

MIN_THINKING_TOKENS = 64
"""Less room than that holds no thought."""


class Sampling(Table):
    """How the next token is chosen. What is not given is the model's profile's, or the attempt's.

    The names are those of llama-server; each goes to a server under the name it has there.
    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
    """

    temperature: float | None = Field(default=None, ge=0, le=5)
    """How freely tokens are drawn. One that is given holds for every attempt at a task."""
    top_p: float | None = Field(default=None, gt=0, le=1)
    """Draw among the likeliest tokens that together have this probability."""
    top_k: int | None = Field(default=None, ge=0)
    """Draw among this many of the likeliest tokens. 0: all."""
    min_p: float | None = Field(default=None, ge=0, le=1)
    """Leave out tokens less likely than this share of the likeliest one's probability."""
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    """Taken off tokens that stand in the text already."""
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    """Taken off a token once for each time that it stands in the text already."""
    repeat_penalty: float | None = Field(default=None, gt=0, le=2)
    """Divides the likelihood of tokens that stand in the text already. 1: none."""


def _check_thinking(value: object) -> object:
    tokens = isinstance(value, int) and not isinstance(value, bool)
    # A tuple, since a list of TOML has no hash that a set would need.
    if value in ("off", "auto") or (tokens and value >= MIN_THINKING_TOKENS):  # type: ignore[operator]
        return value
    least = f"a number of tokens without quotes, at least {MIN_THINKING_TOKENS}"
    raise ValueError(f'must be "off", "auto" or {least}; not {value!r}')


Thinking = Annotated[int | Literal["off", "auto"], BeforeValidator(_check_thinking)]

_OWN_BODY_KEYS = {
    **dict.fromkeys(("max_tokens", "max_completion_tokens", "n_predict"), "`answer`"),
    **dict.fromkeys((*Sampling.model_fields, "repetition_penalty"), "`sampling`"),
    "model": "`models`",
}
"""Keys of a request that a tier has settings of its own for."""
_FIXED_BODY_KEYS = frozenset({"messages", "stream", "stream_options", "n", "seed", "stop"})


def _check_extra(extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
    for key in extra:
        if setting := _OWN_BODY_KEYS.get(key):
            raise ValueError(f"{key} has a setting of its own: {setting}")
        if key in _FIXED_BODY_KEYS:
            raise ValueError(f"{key} is set by the program itself: take it out")
    return extra


class AgentLimits(Table):
    """What one attempt of a CLI that does tasks itself may take, `agent:codex` say.

    At a limit it is ended, and what it has done by then is judged.
    """

    seconds: Seconds = 1800
    """Seconds that it may work."""
    tokens: int = Field(default=1_000_000, ge=1000)
    """Tokens of all its calls, read and written: each call reads again what came before it."""


class TierSettings(Table):
    """One tier, `planner`, `local`, `senior` or `reviewer`: its models, and what all of them share.

    Sizes are in tokens, prices for a million tokens in a currency of your choice.
    """

    RENAMED: ClassVar[dict[str, str]] = {"reply": "answer"}

    models: tuple[str, ...] = Field(min_length=1)
    """Names of models in order of preference, as `openai-chat:NAME` or
    `llama-server:/path.gguf`."""
    context: int = Field(default=8192, ge=1024)
    """The model's window: prompt, thought and answer together. The planner tier has 65536."""
    answer: int = Field(default=2048, ge=64)
    """Room for one answer. The planner tier has 16384."""
    thinking: Thinking = "auto"
    """Room for thought before the answer, on top of it: `"off"`, `"auto"` or a number of tokens."""
    whole_file: int | None = Field(default=None, ge=1)
    """A file up to this size is asked for whole, a larger one as changes. Default: `answer`."""
    mode: Mode | None = None
    """How it works on a task. `"one-file"`: each attempt is one reply. `"agent"`: in turns, by
    tools that read, search, edit and run the task's checks. Default: by the model's size."""
    sampling: Sampling = Sampling()
    """How the next token is chosen."""
    extra: Annotated[dict[str, JsonValue], AfterValidator(_check_extra)] = Field(
        default_factory=dict
    )
    """More keys for the body of each request, as the server knows them."""
    size: Size | None = None
    """How large its model is: `"small"` below 10 billion parameters, `"large"` from 60 on. Default:
    as `bricklayer doctor` measured it, else by its name, else small on this machine or in its
    network, and large elsewhere."""
    candidates: int | None = Field(default=None, ge=1, le=MAX_CANDIDATES)
    """For the local tier: how many answers each attempt at a task after the first asks for, side by
    side and each in another way. Default: 3 of a small model and 2 of a medium one, as far as
    `slots` has them."""
    strategies: tuple[StrategyName, ...] = Field(default=(), max_length=20)
    """For the local tier: how attempts at a task ask, in their order, in the place of those for its
    model's size; candidates side by side are asked in these ways, too."""
    base_url: str = ""
    """The server's address, as `http://127.0.0.1:8080/v1`. Without one: the provider's own."""
    api_key_env: str = ""
    """The environment variable that holds the key. Without one: the provider's usual variable."""
    timeout: Seconds = 600
    """Seconds that one call may take."""
    retries: int = Field(default=2, ge=0, le=10)
    """How often a call that failed by the server's or the network's fault is made again at once."""
    wait: float = Field(default=900, ge=0, le=86_400)
    """Seconds that a server which is down is waited for, before the run stops; it can go on later.
    One that never answered in a run is waited for 60 seconds at most."""
    quota_wait: float = Field(default=21_600, ge=0, le=691_200)
    """Seconds that a run waits where a provider says until when a quota is used up and no other
    model of the tier is left. A job of `bricklayer serve` makes room for others and comes back."""
    fallback: bool = False
    """Whether senior, which may cost money, then does what the local tier is down for."""
    slots: int = Field(default=1, ge=1, le=64)
    """How many requests its models answer at a time, in each lane. `llama-server:` starts with as
    many slots; of a server of your own say how many it has, or `bricklayer doctor` asks it and
    has it remembered."""
    gpu_layers: int = -1
    """For a model file: how many of the model's layers lie on the GPU. -1: all."""
    threads: int = Field(default=0, ge=0)
    """For a model file: threads of the processor. 0 shares the cores out among the lanes."""
    llama: LlamaSettings = LlamaSettings()
    """How llama.cpp runs a model file."""
    agent: AgentLimits = AgentLimits()
    """For `agent:`: what one attempt may take."""
    price_in: float = Field(default=0.0, ge=0)
    """Price of a million tokens of prompts."""
    price_out: float = Field(default=0.0, ge=0)
    """Price of a million tokens of thoughts and answers."""
    price_cached: float | None = Field(default=None, ge=0)
    """Price of a million tokens of prompts that the server had already. Default: `price_in`."""
    _table: str = PrivateAttr("this tier's")

    @property
    def table(self) -> str:
        """How the file calls this table, for what a person is told about it."""
        return self._table


PLANNER_DEFAULTS = {"context": 65_536, "answer": 16_384}
"""What the planner tier has where its table does not say: a frontier model, and a whole plan."""


class PlannerSettings(Table):
    """What the planner sees before it writes a plan, and how often it is asked again."""

    RENAMED: ClassVar[dict[str, str]] = {"files": "look"}

    map: int = Field(default=3000, ge=500, le=16000)
    """Tokens of the repository's map."""
    look: int = Field(default=30_000, ge=0, le=500_000)
    """Tokens of what it may ask to see, all looks at one plan together: files, lines, words."""
    looks: int = Field(default=3, ge=0, le=10)
    """How often it may ask. 0: never."""
    checks: float = Field(default=300, ge=0, le=86_400)
    """Seconds that checks may run while a plan is made: all of them once on the base, so that the
    planner sees which are red and how, then those of its tasks, so that it can mend a plan whose
    checks prove nothing. `[setup]` is not counted. 0: none is run."""
    replans: int = Field(default=1, ge=0, le=5)
    """How often it is asked, in one run of a job, for what is left of a phase whose plan turned out
    to be at fault. 0: never."""


class Lane(Table):
    """One place where a local model runs, as a GPU. Lanes bound how many tasks run at once."""

    name: Name
    """Its name, in messages and in the state folder."""
    # https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html#cuda-environment-variables
    env: dict[EnvName, Text] = Field(default_factory=dict)
    """Environment of the process that runs its model files, as `{CUDA_VISIBLE_DEVICES = "1"}`."""
    base_url: str = ""
    """A server of its own for the `local` tier, in the place of that tier's `base_url`: one
    llama-server a card."""
