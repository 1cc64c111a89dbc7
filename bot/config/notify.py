"""`[notify]` of the machine's settings: who is told when a person is needed or a night is over."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.config.toml import EnvName, NotBlank, Table, Text

# A password before an @ would be a secret in this file; `url_env` names a variable for it.
_ADDRESS = re.compile(
    r"https?://(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?(?:/[^\s@#]*)?"
)
# https://docs.ntfy.sh/publish/: a topic is a part of the address, and the server takes these names.
NTFY_TOPIC = re.compile(r"(https?://[^/?#@\s]+)/([-_A-Za-z0-9]{1,64})")
_MAIL = re.compile(r"[^\s@<>(),;:\"\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,255}")


def is_address(url: str) -> bool:
    return bool(_ADDRESS.fullmatch(url))


def _check_address(url: str) -> str:
    if url and not is_address(url):
        raise ValueError("must be an address like https://example.org/hook, without a password")
    return url


def _check_topic(url: str) -> str:
    if url and not NTFY_TOPIC.fullmatch(url):
        raise ValueError("must be a topic's address like https://ntfy.sh/your-topic")
    return url


def _check_mail(address: str) -> str:
    if not _MAIL.fullmatch(address):
        raise ValueError("must be an address like you@example.org")
    return address


Address = Annotated[str, AfterValidator(_check_address)]
TopicAddress = Annotated[str, AfterValidator(_check_topic)]
MailAddress = Annotated[str, AfterValidator(_check_mail)]


def _require_one(url: str, url_env: str | None) -> None:
    if bool(url) == bool(url_env):
        raise ValueError("name either url or url_env, the variable that holds it")


class Channel(Table):
    """What all channels have."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that it names."""
        return tuple(str(value) for key, value in self if key.endswith("_env") and value)


class WebhookChannel(Channel):
    """JSON by POST to an address of yours, signed as Standard Webhooks are."""

    url: Address = ""
    """Where it goes."""
    url_env: EnvName | None = None
    """The environment variable that holds the address instead, where it is a secret."""
    secret_env: EnvName | None = None
    """The environment variable of the secret that signs: `whsec_…` in base64, or any text."""

    @model_validator(mode="after")
    def _check_url(self) -> Self:
        _require_one(self.url, self.url_env)
        return self


class NtfyChannel(Channel):
    """A topic of ntfy.sh, or of your own ntfy server. Who knows a public topic's name reads it."""

    url: TopicAddress = ""
    """The topic's address: `https://ntfy.sh/your-topic`."""
    url_env: EnvName | None = None
    """The environment variable that holds the address instead."""
    token_env: EnvName | None = None
    """The environment variable of an access token, where the topic needs one."""
    priority: int = Field(default=4, ge=1, le=5)
    """Of messages that need somebody, 1 to 5; a night's end has 3, the server's default."""

    @model_validator(mode="after")
    def _check_url(self) -> Self:
        _require_one(self.url, self.url_env)
        return self


class SlackChannel(Channel):
    """An incoming webhook of Slack, whose address is a secret."""

    url_env: EnvName
    """The environment variable that holds the webhook's address."""


class EmailChannel(Channel):
    """A mail by SMTP."""

    host: NotBlank
    """The mail server."""
    port: int = Field(default=587, ge=1, le=65_535)
    """Its port: 587 for `starttls`, 465 for `tls`."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`"none"` sends in clear text: only for a server of your own network, and without a login."""
    user: Text = ""
    """The login's name; empty where the server asks for none."""
    password_env: EnvName | None = None
    """The environment variable of the login's password."""
    sender: MailAddress
    """Whom the mail is from."""
    to: tuple[MailAddress, ...] = Field(min_length=1)
    """Whom it goes to."""

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if bool(self.user) != bool(self.password_env):
            raise ValueError("user and password_env belong together")
        if self.user and self.security == "none":
            raise ValueError('a password goes there: use security = "starttls" or "tls"')
        return self


class NotifySettings(Table):
    """Messages of `bricklayer serve`: somebody is needed, or the night is over. docs/notify.md."""

    needed: bool = True
    """Whether to tell that a person is needed: a plan, a diff or a question waits, a job is blocked
    or paused at a limit, or the server cannot work."""
    night_over: Annotated[str, Field(pattern=r"^(?:idle|off|(?:[01][0-9]|2[0-3]):[0-5][0-9])$")] = (
        "idle"
    )
    """When to send the night's report: `"idle"` (once nothing runs or waits in the queue, between
    22:00 and noon, at most once a night), a local time as `"07:30"`, or `"off"`."""
    empty_nights: bool = False
    """Whether a night in which nothing was done is told, in one line. With `"idle"` none is: what
    never began does not end."""
    webhook: WebhookChannel | None = None
    """JSON to an address of yours."""
    ntfy: NtfyChannel | None = None
    """A topic of ntfy."""
    slack: SlackChannel | None = None
    """A channel of Slack."""
    email: EmailChannel | None = None
    """A mail."""

    @property
    def channels(self) -> dict[str, Channel]:
        """Those that are set, by name, in a fixed order."""
        named: dict[str, Channel | None] = {
            "webhook": self.webhook,
            "ntfy": self.ntfy,
            "slack": self.slack,
            "email": self.email,
        }
        return {name: channel for name, channel in named.items() if channel}

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that all of them name."""
        return tuple(name for channel in self.channels.values() for name in channel.variables)
