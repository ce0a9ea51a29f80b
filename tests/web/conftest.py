"""One server for all tests of a module: each test has orders of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.serving import Web


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with Web(tmp_path_factory.mktemp("web")) as server:
        yield server
        assert "Traceback" not in server.log
