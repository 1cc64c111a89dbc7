"""The job's models and its repository, anew for each fault."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub

from faults.cluster import Cluster, open_cluster
from faults.word_models import WordModels, serve_words
from faults.words_machine import WordsMachine
from faults.words_project import WordsProject


@pytest.fixture
def words() -> Iterator[WordModels]:
    with serve_words() as models:
        yield models


@pytest.fixture
def project(tmp_path: Path, words: WordModels) -> WordsProject:
    made = WordsProject(tmp_path, models_server=words)
    made.prepare()
    return made


@pytest.fixture
def machine(github: GitHub, tmp_path: Path, words: WordModels) -> Iterator[WordsMachine]:
    made = WordsMachine(tmp_path, github, words=words)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    # Not below the test's folder: the path of a socket has 107 characters at most.
    with tempfile.TemporaryDirectory() as folder, open_cluster(Path(folder)) as made:
        yield made
