"""A message to a topic of ntfy, published as JSON: no text of others becomes a header.

https://docs.ntfy.sh/publish/#publish-as-json
"""

import json

from bot.config.notify import NTFY_TOPIC
from runners.notify.message import ChannelError, Message, cut_bytes
from runners.notify.post import post

# A longer one becomes a file that is attached: https://docs.ntfy.sh/publish/#limitations
MAX_BYTES = 4000
_DEFAULT_PRIORITY = 3


def send_ntfy(url: str, token: str, priority: int, message: Message) -> None:
    topic = NTFY_TOPIC.fullmatch(url)
    if topic is None:
        raise ChannelError("its address is no topic's, like https://ntfy.sh/your-topic")
    headers = {"Content-Type": "application/json"}
    if token:  # https://docs.ntfy.sh/publish/#access-tokens
        headers["Authorization"] = f"Bearer {token}"
    post(topic[1], headers, _render_body(topic[2], priority, message), (url, token))


def _render_body(topic: str, priority: int, message: Message) -> bytes:
    data: dict[str, object] = {
        "topic": topic,
        "title": message.title,
        "message": cut_bytes(message.lines, MAX_BYTES),
        "priority": priority if message.kind == "needed" else _DEFAULT_PRIORITY,
        # A second message with the same one replaces the first on the phone; a server before 2.16
        # passes it over. https://docs.ntfy.sh/publish/#updating-deleting-notifications
        "sequence_id": message.id,
    }
    if message.url:
        data["click"] = message.url
    return json.dumps(data).encode()
