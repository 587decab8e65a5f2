"""The browser that all tests of the page share, and pages in fresh tabs of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from signllm_bridge.doctor import find_chromium
from signllm_bridge.server.http_pages import PAGES
from tests.clients.chromium import Chromium, Page
from tests.clients.watching import OpenPage


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    executable = find_chromium()
    missing = None
    if executable is None:
        missing = "there is no Chromium on this machine: apt-get install chromium"
    elif not (PAGES / "index.html").is_file():
        missing = "the page is not built: npm ci && npm run build in web_overlay/"
    if missing is not None:
        if "chromium" in os.environ.get("SIGNLLM_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
    assert executable is not None
    with Chromium(executable) as chromium:
        yield chromium


@pytest.fixture
def open_page(browser: Chromium) -> Iterator[OpenPage]:
    """Opens a page in a fresh tab and waits until avatar and server are there; it must end without a complaint."""
    opened: list[Page] = []

    def open_(address: str, query: str = "", *, width: int = 1280, height: int = 720) -> Page:
        page = browser.new_page()
        opened.append(page)
        page.open(address + query, width, height)
        page.wait_for("window.signllm !== undefined")
        page.evaluate("window.signllm.ready")
        return page

    yield open_
    complaints = [complaint for page in opened for complaint in page.complaints()]
    for page in opened:
        page.call("Page.close")
    # A browser logs every refused connection, also the one that a test is about.
    assert [complaint for complaint in complaints if "ERR_CONNECTION_REFUSED" not in complaint] == []
