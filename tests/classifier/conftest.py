import shutil
from pathlib import Path

import pytest

from classifier.model import BUNDLED, Classifier
from classifier.topics import Topic

RECALL = Topic("recall", ("löysin lasinsirun pullosta",))


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    """The bundled model with one topic, loaded once for all tests."""
    return Classifier(topics=[RECALL])


@pytest.fixture
def copied_model(tmp_path: Path) -> Path:
    """A model's folder that a test may damage."""
    return Path(shutil.copytree(BUNDLED, tmp_path / "model"))
