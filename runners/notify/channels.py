"""The channels that the settings name, each as a function that sends one message."""

from collections.abc import Callable, Mapping
from functools import partial

from bot.config.notify import (
    EmailChannel,
    NotifySettings,
    NtfyChannel,
    SlackChannel,
    WebhookChannel,
    is_address,
)
from runners.notify.mail import send_email
from runners.notify.message import ChannelError, Message
from runners.notify.ntfy import send_ntfy
from runners.notify.slack import send_slack
from runners.notify.webhook import send_webhook

Send = Callable[[Message], None]
"""Raises ChannelError."""
Environment = Mapping[str, str]


def open_channels(settings: NotifySettings, env: Environment) -> dict[str, Send]:
    """By name, in a fixed order. What a variable holds is read when a message is sent."""
    openers: dict[str, Send] = {}
    if settings.webhook:
        openers["webhook"] = partial(_send_webhook, settings.webhook, env)
    if settings.ntfy:
        openers["ntfy"] = partial(_send_ntfy, settings.ntfy, env)
    if settings.slack:
        openers["slack"] = partial(_send_slack, settings.slack, env)
    if settings.email:
        openers["email"] = partial(_send_email, settings.email, env)
    return openers


def list_secrets(settings: NotifySettings, env: Environment) -> tuple[str, ...]:
    """What the named variables hold: none of it may be in a message."""
    return tuple(filter(None, (env.get(name, "") for name in settings.variables)))


def _send_webhook(channel: WebhookChannel, env: Environment, message: Message) -> None:
    url = channel.url or _read(channel.url_env, env)
    if not is_address(url):
        raise ChannelError(f"{channel.url_env} holds no address like https://example.org/hook")
    send_webhook(url, _read(channel.secret_env, env), message)


def _send_ntfy(channel: NtfyChannel, env: Environment, message: Message) -> None:
    url = channel.url or _read(channel.url_env, env)
    send_ntfy(url, _read(channel.token_env, env), channel.priority, message)


def _send_slack(channel: SlackChannel, env: Environment, message: Message) -> None:
    send_slack(_read(channel.url_env, env), message)


def _send_email(channel: EmailChannel, env: Environment, message: Message) -> None:
    send_email(channel, _read(channel.password_env, env), message)


def _read(name: str | None, env: Environment) -> str:
    """Empty where none is named."""
    if not name:
        return ""
    if value := env.get(name, "").strip():
        return value
    raise ChannelError(f"the environment variable {name} is not set")
