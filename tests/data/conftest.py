"""What tests of data share."""

import pytest


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """Point the cache into the test's folder, and name no folder of data; -> the cache."""
    monkeypatch.setenv("NPPRUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NPPRUNE_DATA", raising=False)
    return tmp_path / "cache"
