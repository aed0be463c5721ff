"""The first page in Chromium, with nothing in its cache, on a slow phone's network and processor."""

import os
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
VISITS = 5
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER_PROCESSOR = 4
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}

# Seconds from the navigation: the first row of the list is painted; every script has run; the map's dots are painted.
WATCH = """
window.seen = {};
const mark = (name) => requestAnimationFrame(() => setTimeout(() => {
  window.seen[name] ??= performance.now() / 1000;
}));
const look = () => {
  if (document.querySelector(".station-row")) mark("list");
  if (document.querySelector("[data-map][data-ready=yes]")) mark("map");
  if (!window.seen.map) requestAnimationFrame(look);
};
requestAnimationFrame(look);
document.addEventListener("DOMContentLoaded", () => mark("interactive"));
"""


@dataclass(frozen=True)
class Visit:
    list_s: float
    interactive_s: float
    map_s: float
    bytes_received: int


def on_a_slow_phone(address: str) -> str:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return "first visit: not measured, for Playwright is not installed (.ci/install-tools brings it)"
    if not CHROMIUM.exists():
        return f"first visit: not measured, for there is no {CHROMIUM} (Debian: apt-get install chromium)"
    lines = ["first visit (1.6 Mbit/s, 150 ms, processor a quarter as fast), seconds; median of 5"]
    lines.append(f"{'width':>6} {'list':>7} {'interactive':>12} {'map':>7} {'received':>10}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        for viewport in (PHONE, DESK):
            visits = [_visit(browser, address, viewport) for _ in range(VISITS)]
            seen = [statistics.median(getattr(one, name) for one in visits) for name in Visit.__annotations__]
            lines.append("{:6} {:7.2f} {:12.2f} {:7.2f} {:10,.0f}".format(viewport["width"], *seen))
        browser.close()
    return "\n".join(lines)


def _visit(browser: Any, address: str, viewport: dict[str, int]) -> Visit:
    context = browser.new_context(viewport=viewport, locale="fr-FR")
    page = context.new_page()
    received = [0.0]

    def add(finished: dict[str, Any]) -> None:
        received[0] += finished["encodedDataLength"]

    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
    devtools.on("Network.loadingFinished", add)
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_function("() => window.seen.map && window.seen.list && window.seen.interactive")
    seen = page.evaluate("window.seen")
    context.close()
    return Visit(seen["list"], seen["interactive"], seen["map"], round(received[0]))
