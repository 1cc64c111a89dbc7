"""A message to an incoming webhook of Slack.

https://api.slack.com/messaging/webhooks
"""

import json

from bot.config.notify import is_address
from runners.notify.message import ChannelError, Message, cut_bytes
from runners.notify.post import post

# Longer ones may be broken into several: https://api.slack.com/changelog/2018-04-truncating-really-long-messages
MAX_BYTES = 3900


def send_slack(url: str, message: Message) -> None:
    if not is_address(url):
        raise ChannelError("its address is none like https://hooks.slack.com/services/…")
    post(url, {"Content-Type": "application/json"}, _render_body(message), (url,))


def _render_body(message: Message) -> bytes:
    text = escape_slack(cut_bytes((message.title, *message.lines), MAX_BYTES))
    # Without Slack's formatting, whatever stars and backticks a title has, and without previews.
    # https://api.slack.com/docs/message-formatting
    data = {"text": text, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
    return json.dumps(data).encode()


def escape_slack(text: str) -> str:
    """The three characters of which Slack makes links and calls like `<!channel>`.

    https://api.slack.com/docs/message-formatting#how_to_escape_characters
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
