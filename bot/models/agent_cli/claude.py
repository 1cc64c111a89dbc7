"""Anthropic's `claude --print`: no tools, none of the person's settings, a stream of events."""

import json

from bot.models.agent_cli.protocol import Cli, CliCommand, CliReply, CliRequest, nested_value
from bot.models.token_estimate import bounded_count

SYSTEM_FILE = "system.md"
# https://code.claude.com/docs/en/permissions
DENY_READ = {"permissions": {"deny": ["Read"]}}
"""A prompt's `@/some/file` is read by the CLI itself, tools or not, unless reading is denied."""


def build_command(call: CliRequest) -> CliCommand:
    return CliCommand(
        # https://code.claude.com/docs/en/cli-reference
        arguments=(
            *("--print", "--verbose", "--output-format", "stream-json"),
            *("--include-partial-messages", "--input-format", "text"),
            *("--tools", "", "--strict-mcp-config", "--setting-sources", ""),
            *("--permission-mode", "dontAsk", "--disable-slash-commands"),
            *("--settings", json.dumps(DENY_READ)),
            *("--no-session-persistence", "--no-chrome"),
            *("--system-prompt-file", str(call.home / SYSTEM_FILE)),
            *(("--model", call.model) if call.model else ()),
        ),
        stdin=call.user,
        # https://code.claude.com/docs/en/env-vars
        env={
            "CLAUDE_CONFIG_DIR": str(call.home / ".claude"),
            "CLAUDE_CODE_DISABLE_ATTACHMENTS": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            **({"ANTHROPIC_BASE_URL": call.base_url} if call.base_url else {}),
        },
        files={SYSTEM_FILE: call.system or "Answer the user."},
    )


def read_event(event: dict[str, object], reply: CliReply) -> None:
    kind = event.get("type")
    if kind == "stream_event":
        _read_stream_event(nested_value(event, "event"), reply)
    elif kind == "assistant":
        _record_blocks(event, reply, "agent")
    elif kind == "user":
        _record_blocks(event, reply, "user")
    elif kind == "rate_limit_event":
        # `status` is also "allowed" and "allowed_warning". The time is in seconds since 1970.
        # https://github.com/anthropics/claude-code/issues/77018
        if nested_value(event, "rate_limit_info", "status") == "rejected":
            reply.resets_at = bounded_count(nested_value(event, "rate_limit_info", "resetsAt"))
    elif kind == "result":
        _read_result(event, reply)


def _read_stream_event(event: object, reply: CliReply) -> None:
    # Events of Anthropic's Messages API: https://docs.anthropic.com/en/docs/build-with-claude/streaming
    kind = nested_value(event, "type")
    if kind == "message_start":
        reply.current = str(nested_value(event, "message", "id"))
    elif kind == "content_block_delta" and nested_value(event, "delta", "type") == "text_delta":
        part = f"{reply.current}.{nested_value(event, 'index')}"
        reply.parts[part] = reply.parts.get(part, "") + str(
            nested_value(event, "delta", "text") or ""
        )
    elif kind == "message_delta":
        reply.full = nested_value(event, "delta", "stop_reason") == "max_tokens"


def _record_blocks(event: dict[str, object], reply: CliReply, source: str) -> None:
    content = nested_value(event, "message", "content")
    for block in content if isinstance(content, list) else []:
        kind = nested_value(block, "type")
        if kind == "text":
            reply.record_event("message", nested_value(block, "text") or "", source=source)
        elif kind == "tool_use":
            reply.record_event(
                "action", tool=nested_value(block, "name"), args=nested_value(block, "input")
            )
        elif kind == "tool_result":
            failed = nested_value(block, "is_error") is True
            text = nested_value(block, "content") or ""
            reply.record_event("error" if failed else "observation", text, tool="tool")


def _read_result(event: dict[str, object], reply: CliReply) -> None:
    """The last event: the tokens in all, and the error where the run failed."""
    usage = event.get("usage")
    cached = bounded_count(nested_value(usage, "cache_read_input_tokens"))
    written = bounded_count(nested_value(usage, "cache_creation_input_tokens"))
    # `input_tokens` are those that were neither read from the cache nor written to it.
    # https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
    reply.tokens_in = bounded_count(nested_value(usage, "input_tokens")) + cached + written
    reply.tokens_out = bounded_count(nested_value(usage, "output_tokens"))
    reply.tokens_cached = cached
    text = str(event.get("result") or event.get("subtype") or "")
    if event.get("is_error") is True:
        reply.failed = text or "it ended with an error"
        reply.status = bounded_count(event.get("api_error_status"))
        return
    reply.ended = True
    if not reply.text and text:
        reply.parts["result"] = text


CLAUDE = Cli(
    binary="claude",
    package="@anthropic-ai/claude-code",
    build_command=build_command,
    read_event=read_event,
    login={".credentials.json": ".claude/.credentials.json"},
    login_env=("CLAUDE_CODE_OAUTH_TOKEN",),
    key_env="ANTHROPIC_API_KEY",
    folder_env=("CLAUDE_CONFIG_DIR", ".claude"),
)
