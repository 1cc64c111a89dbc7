"""What was shown to a model and what it said, kept as text that a person can read."""

import gzip
import io
import os
import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.text.invisible import show_hidden

FOLDER = "evidence"
"""In a job's folder: there each run has one of its own, and in that each attempt a file."""
_PACKED = ".gz"
_FILE = re.compile(r"(?P<name>[^.].*)\.txt(?:\.gz)?", re.DOTALL)
_LOOKS_SHOWN = re.compile(r"<(?=U\+[0-9A-F]{4,6}>)")
_HEADING = re.compile(r"^===== (.*) =====$", re.MULTILINE)
_LOOKS_HEADED = re.compile(r"^(?=\\*=====)", re.MULTILINE)
_WAS_HEADED = re.compile(r"^\\(?=\\*=====)", re.MULTILINE)
Parts = Sequence[tuple[str, str]]
"""(title, body), in the order they are written."""
MAX_PACKED_BYTES = 256 << 10
"""Of one attempt, as it takes when it is packed: code and logs are some megabytes then."""
MAX_READ_BYTES = 64 << 20


def keep_evidence(folder: Path, name: str, parts: Parts) -> Path:
    """Write `name`.txt, whole or not at all: a file renamed over another replaces it at once.

    Only its owner may read it. https://man7.org/linux/man-pages/man2/rename.2.html
    """
    return write_evidence(folder, name, format_evidence(parts))


def write_evidence(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{name}.part"
    half.unlink(missing_ok=True)
    half.touch(0o600)
    half.write_text(text, encoding="utf-8", newline="")
    return half.replace(folder / f"{name}.txt")


def format_evidence(parts: Parts) -> str:
    """As `read_evidence` takes it. What is too long for it is cut in its middle, and says so."""
    lengths = [len(body) for _, body in parts]
    while True:
        cut = [
            (title, _cut_middle(body, length))
            for (title, body), length in zip(parts, lengths, strict=True)
        ]
        text = show_unseen(
            "\n\n".join(f"===== {title} =====\n{_mark_headings(body)}" for title, body in cut)
        )
        if len(text) <= MAX_PACKED_BYTES // 4 or _measure_packed(text) <= MAX_PACKED_BYTES:
            return text
        longest = lengths.index(max(lengths))
        lengths[longest] //= 2


def pack_old(path: Path) -> bool:
    """Have a file of evidence packed in its place; False where somebody else did.

    Readers find one or the other: the packed one is there before the other one goes.
    """
    packed = path.with_name(f"{path.name}{_PACKED}")
    half = path.with_name(f".{packed.name}.part")
    try:
        half.unlink(missing_ok=True)
        half.touch(0o600)
        at = path.stat()
        half.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        os.utime(half, ns=(at.st_atime_ns, at.st_mtime_ns))
        half.replace(packed)
        path.unlink()
    except FileNotFoundError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """`name` is what it was written under, `path` where it was seen, packed or not.

    `at` is when it was written, in seconds since 1970.
    """

    name: str
    path: Path
    at: float


def list_written(folder: Path) -> list[WrittenFile]:
    """What is in a run's folder, each once, in no order of its own; nothing without a folder.

    A file that is packed while the folder is read may be in neither form, or in both, among what
    was read. What is gone from one look has been there packed since before the next begins.
    https://pubs.opengroup.org/onlinepubs/9699919799/functions/readdir.html
    """
    looks = (entry for _ in range(2) for entry in _list_entries(folder))
    names = dict.fromkeys(known["name"] for entry in looks if (known := _FILE.fullmatch(entry)))
    return [found for name in names if (found := find_written(folder, name))]


def _list_entries(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []


def find_written(folder: Path, name: str) -> WrittenFile | None:
    """The newest of what was written under the name; None where there is nothing.

    In this order of forms: the packed one is there before the other one goes.
    """
    for path in (folder / f"{name}.txt", folder / f"{name}.txt{_PACKED}"):
        with suppress(FileNotFoundError, NotADirectoryError):
            return WrittenFile(name, path, path.stat().st_mtime)
    return None


def read_file(path: Path) -> str:
    """Of either form, whichever is there now. Raises OSError."""
    packed = path if path.suffix == _PACKED else path.with_name(f"{path.name}{_PACKED}")
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        body, path = packed.read_bytes(), packed
    if path.suffix == _PACKED:
        with gzip.open(io.BytesIO(body)) as file:
            body = file.read(MAX_READ_BYTES)
    return body.decode(errors="replace")


def _measure_packed(text: str) -> int:
    # As a file holds it, and no larger than the database's form of it, by the quickest of levels.
    return len(zlib.compress(text.encode(errors="replace"), level=1))


def _cut_middle(body: str, length: int) -> str:
    """Its beginning and its end, which tell most."""
    if length >= len(body):
        return body
    half = length // 2
    note = f"\n[{len(body) - 2 * half:,} characters are left out here]\n"
    return f"{body[:half]}{note}{body[len(body) - half :]}"


def read_evidence(text: str) -> list[tuple[str, str]]:
    """The parts of such a file. No line of a body can be taken for the heading of another part."""
    _, *found = _HEADING.split(text)
    titles, bodies = found[::2], found[1::2]
    last = len(bodies) - 1
    return [
        (
            title,
            _WAS_HEADED.sub("", body.removeprefix("\n").removesuffix("" if at == last else "\n\n")),
        )
        for at, (title, body) in enumerate(zip(titles, bodies, strict=True))
    ]


def run_evidence_folder(job_folder: Path, run: int) -> Path:
    """What each attempt of a job's run saw and said; runs count from 1."""
    return job_folder / FOLDER / f"run-{run}"


def list_evidence_folders(job_folder: Path) -> list[tuple[int, Path]]:
    """Each run that left something, oldest first; 0 is what an older release kept of all runs."""
    top = job_folder / FOLDER
    runs = sorted(
        (int(number), path)
        for path in top.glob("run-*")
        if (number := path.name.removeprefix("run-")).isdecimal()
    )
    return [(0, top), *runs] if any(top.glob("*.txt*")) else runs


def _mark_headings(body: str) -> str:
    r"""With a `\` before each line that reads like a heading, or like one that was marked so."""
    return _LOOKS_HEADED.sub(r"\\", body)


def show_unseen(text: str) -> str:
    """Each character that a terminal acts on, or nobody sees, as `<U+001B>`.

    Nothing is lost: `<U+` that stood there before is `<U+003C>U+`. Line ends stay.
    """
    lines = _LOOKS_SHOWN.sub("<U+003C>", text).split("\r\n")
    return "\r\n".join(map(show_hidden, lines))


def list_dropped(dropped: Sequence[str]) -> Parts:
    """A part that names what the window had no room for; none where there was room."""
    return [("left out of the prompt", "\n".join(dropped))] if dropped else []
