"""The job's models and its repository, anew for each fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.postgres import open_postgres

from faults.cluster import Cluster
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
    with open_postgres() as server:
        yield Cluster(server)
