"""Small requests to a server on a Unix socket, by the standard library."""

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path

from bot.models.server_answers import list_objects, read_object
from bot.models.short_socket_path import short_path

MAX_ANSWER_BYTES = 8 << 20
"""More than the tokens of the longest window."""


class UnixConnection(http.client.HTTPConnection):
    """A connection that is opened with the first request, and again where it was closed."""

    def __init__(self, folder: Path, name: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._folder, self._name = folder, name

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        with short_path(self._folder, self._name) as path:
            self.sock.connect(path)

    def ask(
        self, path: str, body: Mapping[str, object] | None = None
    ) -> tuple[int, dict[str, object]]:
        """The status and the JSON object. Raises OSError or http.client.HTTPException."""
        status, data = self._ask(path, body)
        return status, read_object(data)

    def ask_list(self, path: str) -> list[dict[str, object]]:
        """The objects of a JSON list; empty for anything else. Raises as `ask` does."""
        _, data = self._ask(path, None)
        return list_objects(read_object(b'{"all": ' + data + b"}"), "all")

    def _ask(self, path: str, body: Mapping[str, object] | None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"}
        self.request("POST" if body is not None else "GET", path, json.dumps(body), headers)
        answer = self.getresponse()
        data = answer.read(MAX_ANSWER_BYTES + 1)
        if len(data) > MAX_ANSWER_BYTES:
            raise http.client.HTTPException("too long an answer")
        return answer.status, data
