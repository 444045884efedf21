"""Real data that nobody here wrote: where it lies beside the checkout, and a word where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2].parent / "shared" / "data"


def data_folder(name: str) -> Path:
    """The folder of one data set; the test is skipped, saying so, where it is absent."""
    folder = FOLDER / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not here: {folder} does not exist")
    return folder
