"""`opencode run`: an agent of our own with every tool off and every permission denied."""

import json
import re

from bot.models.agent_cli.protocol import Call, Cli, Heard, Start, inner, word
from bot.models.token_estimate import bounded_count

AGENT = "bricklayer"
KEY_ENV = "BRICKLAYER_CLI_KEY"
_FILLED_IN = re.compile(r'\{(?!["}])')
"""A brace inside a string of JSON, as in `{file:/some/path}`, which opencode would fill in."""
MOST_STEPS = 3
"""The last one is told to stop: a model that asks for a tool it has not may still answer."""


def start(call: Call) -> Start:
    model = call.model
    if call.base_url and model and not model.startswith(f"{AGENT}/"):
        model = f"{AGENT}/{model}"
    return Start(
        arguments=(
            *(
                "run",
                "--print-logs",
                "--log-level",
                "ERROR",
                "--format",
                "json",
                "--pure",
                "--agent",
                AGENT,
                "--title",
                "task",
            ),
            *(("--model", model) if model else ()),
        ),
        stdin=call.user,
        env={
            "OPENCODE_CONFIG_CONTENT": _FILLED_IN.sub(r"\\u007b", json.dumps(_config(call))),
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
            "OPENCODE_DISABLE_CLAUDE_CODE": "1",
            "OPENCODE_DISABLE_EXTERNAL_SKILLS": "1",
            "OPENCODE_DISABLE_PROJECT_CONFIG": "1",
            **({"OPENCODE_DISABLE_MODELS_FETCH": "1"} if call.base_url else {}),
        },
    )


def hear(event: dict[str, object], heard: Heard) -> None:
    kind = event.get("type")
    part = event.get("part")
    if kind == "text":
        text = str(inner(part, "text") or "")
        heard.parts[f"{inner(part, 'id')}"] = text
        heard.note("message", text, source="agent")
    elif kind == "tool_use":
        _tool(part, heard)
    elif kind == "step_finish":
        _finish(part, heard)
    elif kind == "error":
        heard.failed = str(
            inner(event, "error", "data", "message") or inner(event, "error", "name")
        )
        heard.status = bounded_count(inner(event, "error", "data", "statusCode"))
    elif kind != "step_start":
        heard.note("other", kind)


def _tool(part: object, heard: Heard) -> None:
    tool = inner(part, "tool")
    heard.note("action", tool=tool, args=inner(part, "state", "input"))
    if inner(part, "state", "status") == "error":
        heard.note("error", inner(part, "state", "error") or "", tool=tool)
    else:
        heard.note("observation", inner(part, "state", "output") or "", tool=tool)


def _finish(part: object, heard: Heard) -> None:
    """Every step counts its own tokens; what came from the cache is not among `input`."""
    cached = bounded_count(inner(part, "tokens", "cache", "read"))
    written = bounded_count(inner(part, "tokens", "cache", "write"))
    heard.tokens_in += bounded_count(inner(part, "tokens", "input")) + cached + written
    heard.tokens_out += bounded_count(inner(part, "tokens", "output"))
    heard.tokens_out += bounded_count(inner(part, "tokens", "reasoning"))
    heard.tokens_cached += cached
    reason = word(inner(part, "reason"))
    heard.full = reason == "length"
    heard.ended = reason in {"stop", "length"}


def _config(call: Call) -> dict[str, object]:
    agent = {"mode": "primary", "tools": {"*": False}, "permission": {"*": "deny"}}
    config: dict[str, object] = {
        "share": "disabled",
        "autoupdate": False,
        "snapshot": False,
        "lsp": False,
        "formatter": False,
        "permission": {"*": "deny"},
        "tools": {"*": False},
        "agent": {
            AGENT: {**agent, "prompt": call.system or "Answer the user.", "steps": MOST_STEPS}
        },
    }
    if call.base_url:
        provider = {
            "npm": "@ai-sdk/openai-compatible",
            "name": AGENT,
            "env": [KEY_ENV],
            "options": {"baseURL": call.base_url},
            "models": {call.model.removeprefix(f"{AGENT}/") or "default": {}},
        }
        config["provider"] = {AGENT: provider}
    return config


OPENCODE = Cli(
    binary="opencode",
    package="opencode-ai",
    start=start,
    hear=hear,
    login={"auth.json": ".local/share/opencode/auth.json"},
    login_env=(),
    key_env=KEY_ENV,
    folder_env=("", ".local/share/opencode"),
    retries_itself=True,
)
