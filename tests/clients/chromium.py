"""A real Chromium, driven through the DevTools protocol with nothing but `websockets`."""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from websockets.sync.client import ClientConnection, connect

FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",  # CI runs as root
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # WebGL without a graphics card.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
ANSWER_SECONDS: Final = 30.0

Json = dict[str, Any]


class PageError(AssertionError):
    """The page threw, or did not do in time what the test waits for."""


class Page:
    """One tab. Events are kept, in the order of their arrival, in `events`."""

    def __init__(self, socket: ClientConnection) -> None:
        """Take over the tab behind a DevTools socket."""
        self.events: list[Json] = []
        self._socket = socket
        self._calls = 0
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> Json:
        """Result of a DevTools command; events that arrive meanwhile are kept.

        Raises:
            PageError: The browser refused the command, or did not answer in time.
        """
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        deadline = time.monotonic() + ANSWER_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            try:
                message: Json = json.loads(self._socket.recv(timeout=left))
            except TimeoutError:
                break
            if message.get("id") == self._calls:
                if "error" in message:
                    raise PageError(f"{method}: {message['error']['message']}")
                return dict(message["result"])
            self.events.append(message)
        raise PageError(f"{method} got no answer within {ANSWER_SECONDS:g} s")

    def open(self, url: str, width: int, height: int) -> None:
        """Load an address in a window of that size."""
        self.resize(width, height)
        self.call("Page.navigate", url=url)

    def resize(self, width: int, height: int) -> None:
        """Give the page another size, in CSS pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression; a promise is waited for.

        Raises:
            PageError: The expression threw.
        """
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageError(f"{expression}: {details.get('exception', {}).get('description', details['text'])}")
        return answer["result"].get("value")

    def wait_for(self, expression: str, within: float = 30.0) -> Any:
        """The first truthy value of an expression.

        Raises:
            PageError: It stayed falsy for `within` seconds.
        """
        return self.wait_until(lambda: self.evaluate(expression), expression, within)

    def wait_until(self, condition: Callable[[], Any], what: str, within: float = 30.0) -> Any:
        """The first truthy result of `condition`, asked again and again while the page goes on."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if value := condition():
                return value
            self.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
        raise PageError(f"waited {within:g} s in vain for: {what}; the page said: {self.complaints()}")

    def type(self, text: str) -> None:
        """Type into the focused element, as an input method does."""
        self.call("Input.insertText", text=text)

    def press_enter(self) -> None:
        """Press and release the Enter key."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        self.call("Input.dispatchKeyEvent", type="keyDown", **key)
        self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    def screenshot(self, path: Path, transparent: bool = False) -> None:
        """Save what the page shows as PNG; `transparent` keeps the alpha channel, as a video overlay would."""
        if transparent:
            self.call("Emulation.setDefaultBackgroundColorOverride", color={"r": 0, "g": 0, "b": 0, "a": 0})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def received_messages(self) -> list[bytes]:
        """Binary WebSocket messages that the page has received so far, read off the network, not from the page."""
        self.call("Runtime.evaluate", expression="0")  # brings in the events that wait in the socket
        frames = [e["params"]["response"] for e in self.events if e.get("method") == "Network.webSocketFrameReceived"]
        return [base64.b64decode(frame["payloadData"]) for frame in frames if frame["opcode"] == 2]

    def requested_urls(self) -> list[str]:
        """Addresses that the page has asked for over the network."""
        sent = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [url for url in sent if not url.startswith(("data:", "blob:"))]

    def complaints(self) -> list[str]:
        """Exceptions and logged errors so far."""
        thrown = [e["params"]["exceptionDetails"] for e in self.events if e.get("method") == "Runtime.exceptionThrown"]
        logged = [e["params"]["entry"] for e in self.events if e.get("method") == "Log.entryAdded"]
        return [d.get("exception", {}).get("description", d["text"]) for d in thrown] + [
            f"{entry['text']} {entry.get('url', '')}".strip() for entry in logged if entry["level"] == "error"
        ]


class Chromium:
    """A headless browser with its own empty profile, ended and removed on exit."""

    def __init__(self, executable: str) -> None:
        """Start the browser.

        Raises:
            PageError: It said no DevTools address.
        """
        self._profile = tempfile.TemporaryDirectory(prefix="signllm-chromium-", ignore_cleanup_errors=True)
        command = [executable, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={self._profile.name}"]
        self._process = subprocess.Popen([*command, "about:blank"], stderr=subprocess.PIPE, text=True)
        self._sockets = ExitStack()
        self._address = self._read_address()

    def __enter__(self) -> Chromium:
        """The running browser."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it."""
        self._sockets.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._profile.cleanup()

    def new_page(self) -> Page:
        """A fresh tab."""
        browser = self._connect(self._address)
        browser.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}))
        while (answer := json.loads(browser.recv(timeout=ANSWER_SECONDS))).get("id") != 1:
            pass
        host = self._address.split("/devtools/")[0]
        return Page(self._connect(f"{host}/devtools/page/{answer['result']['targetId']}"))

    def _connect(self, address: str) -> ClientConnection:
        # Without pings: they would draw random numbers in the background of tests that count on drawing alone.
        connecting = connect(address, max_size=None, max_queue=None, compression=None, proxy=None, ping_interval=None)
        return self._sockets.enter_context(connecting)

    def _read_address(self) -> str:
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:  # ends when the browser does
            if "DevTools listening on " in line:
                return line.split("DevTools listening on ")[1].strip()
            said.append(line)
        raise PageError("Chromium ended without a DevTools address: " + "".join(said[-5:]))
