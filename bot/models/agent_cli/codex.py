"""OpenAI's `codex exec`: every tool off, and its read-only sandbox in case one is left."""

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

INSTRUCTIONS_FILE = "instructions.md"
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
"""Feature flags that add a tool, or run something besides the model."""
_IGNORED_EVENTS = {"thread.started", "turn.started"}
_TOOL_ITEMS = {
    "command_execution": ("shell", "command", "aggregated_output"),
    "file_change": ("apply_patch", "changes", "status"),
    "mcp_tool_call": ("mcp", "tool", "result"),
    "web_search": ("web_search", "query", "status"),
}
"""Item type -> the tool's name, the key of its arguments, the key of its result."""


def build_command(call: CliRequest) -> CliCommand:
    # Settings: https://developers.openai.com/codex/config-reference
    # AGENTS.md files are read up to `project_doc_max_bytes`: https://developers.openai.com/codex/guides/agents-md
    instructions = call.home / INSTRUCTIONS_FILE
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
        settings |= _provider_settings(call.base_url)
    return CliCommand(
        # https://developers.openai.com/codex/cli/reference#codex-exec
        arguments=(
            *("exec", "--json", "--ephemeral", "--skip-git-repo-check"),
            *("--ignore-user-config", "--ignore-rules", "--sandbox", "read-only"),
            *(word for name in TOOL_FEATURES for word in ("--disable", name)),
            *(word for pair in settings.items() for word in ("-c", format_setting(*pair))),
            *(("--model", call.model) if call.model else ()),
            "-",
        ),
        stdin=call.user,
        env={"CODEX_HOME": str(call.home / ".codex")},
        files={INSTRUCTIONS_FILE: call.system or "Answer the user.", ".codex/.keep": ""},
    )


def read_event(event: dict[str, object], reply: CliReply) -> None:
    kind = text_or_empty(event.get("type"))
    if kind == "item.completed" or (kind == "item.started" and _is_tool(event)):
        _read_item(event, reply, done=kind == "item.completed")
    elif kind == "turn.completed":
        reply.ended = True
        # OpenAI counts cached tokens among the input: https://platform.openai.com/docs/guides/prompt-caching
        reply.tokens_in += bounded_count(nested_value(event, "usage", "input_tokens"))
        reply.tokens_out += bounded_count(nested_value(event, "usage", "output_tokens"))
        reply.tokens_cached += bounded_count(nested_value(event, "usage", "cached_input_tokens"))
    elif kind == "turn.failed":
        reply.failed = str(nested_value(event, "error", "message"))
    elif kind == "error":
        reply.record_event("error", event.get("message", ""))
    elif kind not in _IGNORED_EVENTS and kind != "item.updated":
        reply.record_event("other", kind)


def _is_tool(event: dict[str, object]) -> bool:
    return text_or_empty(nested_value(event, "item", "type")) in _TOOL_ITEMS


def _read_item(event: dict[str, object], reply: CliReply, *, done: bool) -> None:
    kind = text_or_empty(nested_value(event, "item", "type"))
    text = nested_value(event, "item", "text")
    if kind == "agent_message":
        reply.parts[f"{nested_value(event, 'item', 'id')}"] = str(text or "")
        reply.record_event("message", text or "", source="agent")
    elif kind in _TOOL_ITEMS:
        tool, arguments, result = _TOOL_ITEMS[kind]
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


def _provider_settings(base_url: str) -> dict[str, object]:
    """A provider with a name of its own: the built-in ones cannot be overridden."""
    # https://developers.openai.com/codex/config-advanced#custom-model-providers
    prefix = "model_providers.bricklayer"
    return {
        "model_provider": "bricklayer",
        f"{prefix}.name": "bricklayer",
        f"{prefix}.base_url": base_url,
        f"{prefix}.env_key": CODEX.key_env,
        f"{prefix}.wire_api": "responses",
        f"{prefix}.request_max_retries": 0,
        f"{prefix}.stream_max_retries": 0,
    }


def format_setting(name: str, value: object) -> str:
    """Strings, numbers and booleans are written the same in JSON and TOML."""
    return f"{name}={json.dumps(value)}"


# CODEX_API_KEY is read by `codex exec` only: https://developers.openai.com/codex/noninteractive
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
