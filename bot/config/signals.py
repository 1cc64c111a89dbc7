"""What this machine tells to whoever watches it: its log, its numbers, its traces."""

from typing import Literal

from bot.config.toml import EnvName, Table


class LogSettings(Table):
    """How `bricklayer serve`, `bricklayer worker` and what they start write their log."""

    format: Literal["text", "json"] = "text"
    """`"text"` for people; `"json"` for programs, an object a line (docs/signals.md)."""


class SignalSettings(Table):
    """What programs that watch this machine get of it. Nothing is given, or sent, by default."""

    metrics: bool = False
    """`GET /metrics` of `bricklayer serve`, for Prometheus. Needs `bricklayer-bot[metrics]`."""
    metrics_token_env: EnvName = "BRICKLAYER_METRICS_TOKEN"  # noqa: S105  # the variable's name
    """The environment variable that holds a token. Where it is set, who asks for metrics has to
    send it; where it is not, only this machine itself is answered."""
    traces: bool = False
    """`bricklayer serve` and `bricklayer worker` send a trace of each run by OTLP, to where the
    variables `OTEL_EXPORTER_OTLP_…` say. Needs `bricklayer-bot[otel]`."""
