"""OpenAI's `codex exec`: every tool off, and a read-only sandbox under what might be left."""

import json

from bot.models.agent_cli.protocol import (
    Cli,
    CliCommand,
    CliReply,
    CliRequest,
    nested_value,
    text_or_empty,
)
from bot.models.token_estimate import bounded_count

INSTRUCTIONS = "instructions.md"
TOOL_FEATURES = (
    "shell_tool",
    "unified_exec",
    "multi_agent",
    "view_image",
    "image_generation",
    "plugins",
    "hooks",
    "goals",
    "tool_suggest",
    "sleep_tool",
    "skill_search",
    "shell_snapshot",
    "remote_plugin",
)
"""Feature flags that bring a tool, or run something beside the model."""
_SILENT = {"thread.started", "turn.started"}
_TOOLS = {
    "command_execution": ("shell", "command", "aggregated_output"),
    "file_change": ("apply_patch", "changes", "status"),
    "mcp_tool_call": ("mcp", "tool", "result"),
    "web_search": ("web_search", "query", "status"),
}
"""Item type -> the tool's name, where its arguments stand, where its result does."""


def build_command(call: CliRequest) -> CliCommand:
    instructions = call.home / INSTRUCTIONS
    settings: dict[str, object] = {
        "model_instructions_file": str(instructions),
        "web_search": "disabled",
        "project_doc_max_bytes": 0,
        "history.persistence": "none",
        "analytics.enabled": False,
        "tools.experimental_request_user_input.enabled": False,
        "tools.update_plan.enabled": False,
        "skills.include_instructions": False,
        "skills.bundled.enabled": False,
        "include_permissions_instructions": False,
        "include_environment_context": False,
        "include_apps_instructions": False,
        "include_collaboration_mode_instructions": False,
        "check_for_update_on_startup": False,
    }
    if call.base_url:
        settings |= _provider(call.base_url)
    return CliCommand(
        arguments=(
            *("exec", "--json", "--ephemeral", "--skip-git-repo-check"),
            *("--ignore-user-config", "--ignore-rules", "--sandbox", "read-only"),
            *(word for name in TOOL_FEATURES for word in ("--disable", name)),
            *(word for pair in settings.items() for word in ("-c", _toml(*pair))),
            *(("--model", call.model) if call.model else ()),
            "-",
        ),
        stdin=call.user,
        env={"CODEX_HOME": str(call.home / ".codex")},
        files={INSTRUCTIONS: call.system or "Answer the user.", ".codex/.keep": ""},
    )


def read_event(event: dict[str, object], reply: CliReply) -> None:
    kind = text_or_empty(event.get("type"))
    if kind == "item.completed" or (kind == "item.started" and _is_tool(event)):
        _item(event, reply, done=kind == "item.completed")
    elif kind == "turn.completed":
        reply.ended = True
        reply.tokens_in += bounded_count(nested_value(event, "usage", "input_tokens"))
        reply.tokens_out += bounded_count(nested_value(event, "usage", "output_tokens"))
        reply.tokens_cached += bounded_count(nested_value(event, "usage", "cached_input_tokens"))
    elif kind == "turn.failed":
        reply.failed = str(nested_value(event, "error", "message"))
    elif kind == "error":
        reply.record_event("error", event.get("message", ""))
    elif kind not in _SILENT and kind != "item.updated":
        reply.record_event("other", kind)


def _is_tool(event: dict[str, object]) -> bool:
    return text_or_empty(nested_value(event, "item", "type")) in _TOOLS


def _item(event: dict[str, object], reply: CliReply, *, done: bool) -> None:
    kind = text_or_empty(nested_value(event, "item", "type"))
    text = nested_value(event, "item", "text")
    if kind == "agent_message":
        reply.parts[f"{nested_value(event, 'item', 'id')}"] = str(text or "")
        reply.record_event("message", text or "", source="agent")
    elif kind in _TOOLS:
        tool, arguments, result = _TOOLS[kind]
        if done:
            code = nested_value(event, "item", "exit_code")
            reply.record_event(
                "observation", nested_value(event, "item", result) or "", tool=tool, exit_code=code
            )
        else:
            reply.record_event("action", tool=tool, args=nested_value(event, "item", arguments))
    elif kind == "error":
        reply.record_event("error", nested_value(event, "item", "message") or "")
    else:
        reply.record_event("other", kind)


def _provider(base_url: str) -> dict[str, object]:
    """A provider of its own name: the built-in one may not be moved."""
    at = "model_providers.bricklayer"
    return {
        "model_provider": "bricklayer",
        f"{at}.name": "bricklayer",
        f"{at}.base_url": base_url,
        f"{at}.env_key": CODEX.key_env,
        f"{at}.wire_api": "responses",
        f"{at}.request_max_retries": 0,
        f"{at}.stream_max_retries": 0,
    }


def _toml(name: str, value: object) -> str:
    """JSON's strings, numbers and truths are TOML's too."""
    return f"{name}={json.dumps(value)}"


CODEX = Cli(
    binary="codex",
    package="@openai/codex",
    build_command=build_command,
    read_event=read_event,
    login={"auth.json": ".codex/auth.json"},
    login_env=(),
    key_env="CODEX_API_KEY",
    folder_env=("CODEX_HOME", ".codex"),
)
