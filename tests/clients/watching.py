"""What a user does on the page, and what can be seen of it."""

from __future__ import annotations

from collections.abc import Callable

from signllm_bridge.messages import Frame, ServerMessage, UtteranceEnd
from signllm_bridge.wire import decode_server_message
from tests.clients.chromium import Page

OpenPage = Callable[..., Page]
"""Opens an address in a fresh tab and waits until avatar and server are there."""


def sign(page: Page, text: str) -> None:
    """Type into the text box and press Enter, as a user does."""
    page.evaluate("document.getElementById('text').select(), document.getElementById('text').focus()")
    page.type(text)
    page.press_enter()


def messages(page: Page) -> list[ServerMessage]:
    """What the server sent to the page, decoded here and not by the page."""
    decoded = [decode_server_message(data) for data in page.received_messages()]
    return [message for message in decoded if message is not None]


def frames(page: Page) -> list[Frame]:
    return [message for message in messages(page) if isinstance(message, Frame)]


def text_of(page: Page, element: str) -> str:
    return str(page.evaluate(f"document.getElementById('{element}').innerText"))


def is_in_sight(page: Page, element: str) -> bool:
    """Whether the element lies in the window and nothing covers its middle."""
    return bool(
        page.evaluate(
            f"""(() => {{
                const wanted = document.getElementById('{element}');
                const box = wanted.getBoundingClientRect();
                const found = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
                return box.width > 0 && wanted.contains(found);
            }})()"""
        )
    )


def wait_for_end(page: Page) -> None:
    """Wait until an utterance has come to its end, on the network and on the display."""
    page.wait_until(lambda: any(isinstance(m, UtteranceEnd) for m in messages(page)), "the end of the utterance")
    page.wait_for("window.signllm.activity() === 'idle'")
