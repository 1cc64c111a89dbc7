"""`opencode run`: an agent of our own with every tool off and every permission denied."""

import json
import re

from bot.models.agent_cli.protocol import (
    Cli,
    CliCommand,
    CliReply,
    CliRequest,
    nested_value,
    text_or_empty,
)
from bot.models.token_estimate import bounded_count

AGENT = "bricklayer"
KEY_ENV = "BRICKLAYER_CLI_KEY"
# It replaces `{env:NAME}` and `{file:path}` in the text, before that is read as JSON: an escaped
# brace is left alone. https://opencode.ai/docs/config/#variables
_PLACEHOLDER_BRACE = re.compile(r'\{(?!["}])')
"""A brace inside a string of JSON, as in `{file:/some/path}`, which opencode would replace."""
# https://opencode.ai/docs/agents/
MAX_STEPS = 3
"""In the last one opencode tells the model to answer without tools; one that asked for a tool it
does not have may still answer."""


def build_command(call: CliRequest) -> CliCommand:
    model = call.model
    if call.base_url and model and not model.startswith(f"{AGENT}/"):
        model = f"{AGENT}/{model}"
    return CliCommand(
        # https://opencode.ai/docs/cli/
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
            "OPENCODE_CONFIG_CONTENT": _PLACEHOLDER_BRACE.sub(
                r"\\u007b", json.dumps(_build_config(call))
            ),
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
            "OPENCODE_DISABLE_CLAUDE_CODE": "1",
            "OPENCODE_DISABLE_EXTERNAL_SKILLS": "1",
            "OPENCODE_DISABLE_PROJECT_CONFIG": "1",
            **({"OPENCODE_DISABLE_MODELS_FETCH": "1"} if call.base_url else {}),
        },
    )


def read_event(event: dict[str, object], reply: CliReply) -> None:
    kind = event.get("type")
    part = event.get("part")
    if kind == "text":
        text = str(nested_value(part, "text") or "")
        reply.parts[f"{nested_value(part, 'id')}"] = text
        reply.record_event("message", text, source="agent")
    elif kind == "tool_use":
        _record_tool(part, reply)
    elif kind == "step_finish":
        _read_step_finish(part, reply)
    elif kind == "error":
        reply.failed = str(
            nested_value(event, "error", "data", "message") or nested_value(event, "error", "name")
        )
        reply.status = bounded_count(nested_value(event, "error", "data", "statusCode"))
    elif kind != "step_start":
        reply.record_event("other", kind)


def _record_tool(part: object, reply: CliReply) -> None:
    tool = nested_value(part, "tool")
    reply.record_event("action", tool=tool, args=nested_value(part, "state", "input"))
    if nested_value(part, "state", "status") == "error":
        reply.record_event("error", nested_value(part, "state", "error") or "", tool=tool)
    else:
        reply.record_event("observation", nested_value(part, "state", "output") or "", tool=tool)


def _read_step_finish(part: object, reply: CliReply) -> None:
    """Add a step's tokens; those read from the cache are not among `input`."""
    cached = bounded_count(nested_value(part, "tokens", "cache", "read"))
    written = bounded_count(nested_value(part, "tokens", "cache", "write"))
    reply.tokens_in += bounded_count(nested_value(part, "tokens", "input")) + cached + written
    reply.tokens_out += bounded_count(nested_value(part, "tokens", "output"))
    reply.tokens_out += bounded_count(nested_value(part, "tokens", "reasoning"))
    reply.tokens_cached += cached
    reason = text_or_empty(nested_value(part, "reason"))
    reply.full = reason == "length"
    reply.ended = reason in {"stop", "length"}


def _build_config(call: CliRequest) -> dict[str, object]:
    # `permission` is the way since 1.1.1, `tools` the one before: both, for every version in use.
    # https://opencode.ai/v1/docs/permissions/
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
            AGENT: {**agent, "prompt": call.system or "Answer the user.", "steps": MAX_STEPS}
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


# `opencode auth login` writes auth.json there: https://opencode.ai/docs/providers/
OPENCODE = Cli(
    binary="opencode",
    package="opencode-ai",
    build_command=build_command,
    read_event=read_event,
    login={"auth.json": ".local/share/opencode/auth.json"},
    login_env=(),
    key_env=KEY_ENV,
    folder_env=("", ".local/share/opencode"),
    retries_itself=True,
)
