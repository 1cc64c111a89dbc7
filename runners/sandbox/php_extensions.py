"""The files by which a system's PHP loads its extensions: without them it has no iconv and no Phar.

Debian and Fedora have one for each. Only those that load something and say nothing else are shown:
others may hold a licence's key or a password, as php.ini may.
https://www.php.net/manual/en/configuration.file.php#configuration.file.scan
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

ETC = Path("/etc")
MAX_FILES, MAX_BYTES = 200, 4096
_FOLDERS = ("php/*/cli/conf.d", "php.d")
_LOADS = re.compile(rb"\s*(?:;.*|(?:zend_)?extension\s*=\s*\"?[\w./-]+\"?\s*)?")


@functools.cache
def list_php_extensions(etc: Path = ETC) -> tuple[Path, ...]:
    """Looked for once a process: each check would read a few dozen files for it."""
    found = sorted(path for folder in _FOLDERS for path in etc.glob(f"{folder}/*.ini"))
    return tuple(_keep_plain(found[:MAX_FILES]))


def _keep_plain(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            if not path.is_file() or path.stat().st_size > MAX_BYTES:
                continue
            lines = path.read_bytes().splitlines()
        except OSError:
            continue
        if all(map(_LOADS.fullmatch, lines)):
            yield path
