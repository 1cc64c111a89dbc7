"""`[notify]` holds names of secrets and never secrets, and says what is wrong in it."""

import pytest

from bot.config.machine import parse_settings
from bot.errors import UserError

MAIL = '[notify.email]\nhost = "mail"\nsender = "a@example.org"\nto = ["b@example.org"]\n'


def test_nobody_is_told_unless_a_channel_is_set() -> None:
    assert parse_settings("").notify.channels == {}


def test_channels_are_those_that_are_set_with_the_variables_they_name() -> None:
    text = (
        f'{MAIL}user = "u"\npassword_env = "PW"\n[notify.ntfy]\nurl = "http://10.0.0.2:80/topic"\n'
    )
    notify = parse_settings(text).notify
    assert list(notify.channels) == ["ntfy", "email"]
    assert notify.variables == ("PW",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[notify]\nnight_over = "7:30"', 'must be "idle", "off" or a time like "07:30"'),
        ("[notify]\nsms = 1", "notify.sms: no such key"),
        ("[notify.webhook]", "name either url or url_env"),
        ('[notify.webhook]\nurl = "https://x/a"\nurl_env = "A"', "name either url or url_env"),
        ('[notify.webhook]\nurl = "https://me:secret@x/a"', "without a password"),
        ('[notify.webhook]\nurl = "file:///etc/passwd"', "must be an address"),
        ('[notify.ntfy]\nurl = "https://ntfy.sh/a/b"', "must be a topic's address"),
        ('[notify.slack]\nurl = "https://hooks.slack.com/x"', "notify.slack.url: no such key"),
        (f'{MAIL}user = "u"', "user and password_env belong together"),
        (f'{MAIL}user = "u"\npassword_env = "P"\nsecurity = "none"', "a password goes there"),
        (
            MAIL.replace("b@example.org", "b@example.org\\r\\nBcc: c@example.org"),
            "must be an address",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_key(text: str, told: str) -> None:
    with pytest.raises(UserError, match=r"notify") as refused:
        parse_settings(text)
    assert told in str(refused.value)
