"""The pictures of the documentation, taken of the real page: `python -m tests.clients.pictures`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from signllm_bridge.doctor import find_chromium
from tests.clients.chromium import Chromium, Page
from tests.clients.serving import serving

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
SIZE: Final = (1280, 720)
SENTENCE: Final = "?text=Hello,+my+name+is+Ana.&autoplay"
CHIP: Final = 2
"""The chip in whose middle the pictures are taken: NAME, for which both hands meet in front of the chest."""


def take(folder: Path = FOLDER) -> list[Path]:
    """Sign a sentence on the page and as an overlay, and save a picture of each.

    Returns:
        The PNG files that were written.

    Raises:
        FileNotFoundError: There is no Chromium.
        PageError: The page did not come to the moment of the picture.
    """
    executable = find_chromium()
    if executable is None:
        raise FileNotFoundError("there is no Chromium on this machine: install chromium")
    written = []
    with serving("signllm") as address, Chromium(executable) as browser:
        for name, query in {"page": SENTENCE, "overlay": SENTENCE + "&transparent"}.items():
            page = browser.new_page()
            page.open(address + query, *SIZE)
            pause_in_the_middle_of_chip(page, CHIP)
            path = folder / f"{name}.png"
            page.screenshot(path, transparent=name == "overlay")
            page.call("Page.close")
            written.append(path)
    return written


def pause_in_the_middle_of_chip(page: Page, index: int, delay: float = 0.7) -> None:
    """Press Pause `delay` seconds after the chip was reached; the page itself watches, for it is never late."""
    page.wait_for("window.signllm !== undefined")
    page.evaluate(
        f"""(function wait() {{
            const chip = document.querySelectorAll('.chip')[{index}];
            const pause = () => document.getElementById('play').click();
            if (chip?.classList.contains('now')) setTimeout(pause, {1000 * delay:g});
            else requestAnimationFrame(wait);
        }})()"""
    )
    page.wait_for("window.signllm.activity() === 'paused'")
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")


if __name__ == "__main__":
    for picture in take(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(picture)
