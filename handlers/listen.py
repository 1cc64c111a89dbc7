"""A place to listen at, taken before anybody is told of it."""

import errno
import socket

from bot.errors import UserError

WAITING = 2048
"""Connections that the kernel keeps until they are taken."""


def bound(host: str, port: int, hint: str) -> socket.socket:
    """Raises UserError where it cannot be had; `mend` says how to name another port."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as exc:
        raise UserError(f"no address: {exc.strerror}", where=host, hint=hint) from exc
    listening = socket.socket(family, kind)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(place)
        listening.listen(WAITING)
    except OSError as exc:
        listening.close()
        taken = exc.errno == errno.EADDRINUSE
        what = "the port is taken" if taken else f"nobody can listen there: {exc.strerror}"
        raise UserError(what, where=f"{host}:{port}", hint=hint) from exc
    return listening
