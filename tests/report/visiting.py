"""A page opened in Chromium, with everything it complains about: what the browser tests of all pages share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

NEEDS_CHROMIUM = pytest.mark.skipif(_CHROMIUM is None, reason="no chromium on this machine")


def opened_browser() -> Iterator["sync_api.Browser"]:
    """A browser, closed when the fixture that yields from it ends."""
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield opened
        opened.close()


class Visit:
    """An open page, with everything it complained about or asked the network for."""

    def __init__(self, browser: "sync_api.Browser", report: Path, **options) -> None:
        self.page = browser.new_page(**options)
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(report.as_uri())
        self.page.locator(".map-columns > span").first.wait_for(state="attached")

    def cosine(self) -> float:
        return float(self.page.locator(".map-cosine b").inner_text().replace("\u2212", "-"))
