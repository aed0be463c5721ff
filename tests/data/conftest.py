"""The real files are no part of the project: AUTOLIB_DATA names their folder, else they are looked for beside it."""

import os
from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture(scope="session")
def published_files() -> Path:
    folder = Path(os.environ.get("AUTOLIB_DATA") or settings.BASE_DIR.parent / "shared/data")
    if not (folder / "stations_snapshot_2018-05-18.csv").is_file():
        pytest.skip(f"The real network is not in {folder}: set AUTOLIB_DATA to the folder that holds its files.")
    return folder
