"""The programs that fits are compared with run on one BLAS thread too: on a busy machine two wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chatarena.hull.threads import one_thread


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield
