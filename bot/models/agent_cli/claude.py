"""Anthropic's `claude --print`: no tools, no settings of the person's, text streamed as events."""

import json

from bot.models.agent_cli.protocol import Call, Cli, Heard, Start, inner
from bot.models.token_estimate import bounded_count

SYSTEM = "system.md"
NO_READING = {"permissions": {"deny": ["Read"]}}
"""A prompt's `@/some/file` is read by the CLI itself, tools or not, unless reading is denied."""


def start(call: Call) -> Start:
    return Start(
        arguments=(
            *("--print", "--verbose", "--output-format", "stream-json"),
            *("--include-partial-messages", "--input-format", "text"),
            *("--tools", "", "--strict-mcp-config", "--setting-sources", ""),
            *("--permission-mode", "dontAsk", "--disable-slash-commands"),
            *("--settings", json.dumps(NO_READING)),
            *("--no-session-persistence", "--no-chrome"),
            *("--system-prompt-file", str(call.home / SYSTEM)),
            *(("--model", call.model) if call.model else ()),
        ),
        stdin=call.user,
        env={
            "CLAUDE_CONFIG_DIR": str(call.home / ".claude"),
            "CLAUDE_CODE_DISABLE_ATTACHMENTS": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            **({"ANTHROPIC_BASE_URL": call.base_url} if call.base_url else {}),
        },
        files={SYSTEM: call.system or "Answer the user."},
    )


def hear(event: dict[str, object], heard: Heard) -> None:
    kind = event.get("type")
    if kind == "stream_event":
        _streamed(inner(event, "event"), heard)
    elif kind == "assistant":
        _blocks(event, heard, "agent")
    elif kind == "user":
        _blocks(event, heard, "user")
    elif kind == "result":
        _result(event, heard)


def _streamed(event: object, heard: Heard) -> None:
    kind = inner(event, "type")
    if kind == "message_start":
        heard.current = str(inner(event, "message", "id"))
    elif kind == "content_block_delta" and inner(event, "delta", "type") == "text_delta":
        part = f"{heard.current}.{inner(event, 'index')}"
        heard.parts[part] = heard.parts.get(part, "") + str(inner(event, "delta", "text") or "")
    elif kind == "message_delta":
        heard.full = inner(event, "delta", "stop_reason") == "max_tokens"


def _blocks(event: dict[str, object], heard: Heard, source: str) -> None:
    content = inner(event, "message", "content")
    for block in content if isinstance(content, list) else []:
        kind = inner(block, "type")
        if kind == "text":
            heard.note("message", inner(block, "text") or "", source=source)
        elif kind == "tool_use":
            heard.note("action", tool=inner(block, "name"), args=inner(block, "input"))
        elif kind == "tool_result":
            refused = inner(block, "is_error") is True
            text = inner(block, "content") or ""
            heard.note("error" if refused else "observation", text, tool="tool")


def _result(event: dict[str, object], heard: Heard) -> None:
    """The last event: what it cost in all, and the error where it is one."""
    usage = event.get("usage")
    cached = bounded_count(inner(usage, "cache_read_input_tokens"))
    written = bounded_count(inner(usage, "cache_creation_input_tokens"))
    heard.tokens_in = bounded_count(inner(usage, "input_tokens")) + cached + written
    heard.tokens_out = bounded_count(inner(usage, "output_tokens"))
    heard.tokens_cached = cached
    said = str(event.get("result") or event.get("subtype") or "")
    if event.get("is_error") is True:
        heard.failed = said or "it ended with an error"
        heard.status = bounded_count(event.get("api_error_status"))
        return
    heard.ended = True
    if not heard.text and said:
        heard.parts["result"] = said


CLAUDE = Cli(
    binary="claude",
    package="@anthropic-ai/claude-code",
    start=start,
    hear=hear,
    login={".credentials.json": ".claude/.credentials.json"},
    login_env=("CLAUDE_CODE_OAUTH_TOKEN",),
    key_env="ANTHROPIC_API_KEY",
    folder_env=("CLAUDE_CONFIG_DIR", ".claude"),
)
