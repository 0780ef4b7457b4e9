"""A headless Chromium, spoken to by its DevTools protocol through a pipe."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

PAUSE_S = 1.0
"""Between two screenshots, so that the page has the processor for itself."""
PATIENCE_S = 240.0
"""A software renderer on a busy machine needs minutes for its first picture."""
OPTIONS = (
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage",
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--remote-debugging-pipe",
)  # fmt: skip
REFUSED = ("Content Security Policy", "Failed to fetch")
"""What the console says of requests that the page's policy kept in."""


class Chromium:
    """One page.  said: (level, text) of its console's lines so far.  sent: addresses that answered."""

    def __init__(self, program: str, folder: Path, size: tuple[int, int]):
        ours, theirs = os.pipe(), os.pipe()
        pipe = f'exec "$0" "$@" 3<&{ours[0]} 4>&{theirs[1]}'
        window = f"--window-size={size[0]},{size[1]}"
        self._process = subprocess.Popen(
            ["bash", "-c", pipe, program, *OPTIONS, f"--user-data-dir={folder}", window, "about:blank"],
            pass_fds=(ours[0], theirs[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(ours[0]), os.close(theirs[1])
        self._write, self._read, self._rest = ours[1], theirs[0], b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._session: dict[str, str] = {}
        self._count, self._loaded = 0, False
        self.said: list[tuple[str, str]] = []
        self.sent: set[str] = set()
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = {"sessionId": self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command of the protocol."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters, **self._session}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE_S
        while self._count not in self._answers:
            assert time.monotonic() < deadline and self._process.poll() is None, f"no answer to {method}"
            self._listen()
        answer = self._answers.pop(self._count)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def go(self, address: str) -> None:
        """Open another page, and wait until it has loaded."""
        self._loaded = False
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + PATIENCE_S
        while not self._loaded:
            assert time.monotonic() < deadline and self._process.poll() is None, f"{address} does not load"
            self._listen()

    def resize(self, width: int, height: int) -> None:
        """Give the page a window of so many pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def value(self, script: str) -> Any:
        """What an expression in JavaScript comes to on the page."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"]["value"]

    def screenshot(self) -> np.ndarray:
        """(H, W, 3) BGR of what is seen."""
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)

    def wait_until_seen(self, seen: Callable[[np.ndarray], bool]) -> np.ndarray:
        """The first screenshot of which `seen` is true."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            image = self.screenshot()
            if seen(image):
                return image
            looked = time.monotonic()
            while time.monotonic() < looked + PAUSE_S:
                self._listen()
        raise AssertionError(f"not seen in {PATIENCE_S:.0f} s; the console says {self.faults()}")

    def faults(self) -> list[str]:
        """Errors in the console, but for requests that the page's policy refuses."""
        return [text for level, text in self.said if level == "error" and not any(word in text for word in REFUSED)]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        os.close(self._write), os.close(self._read)

    def _listen(self) -> None:
        if not select.select([self._read], [], [], 0.5)[0]:
            return
        *messages, self._rest = (self._rest + os.read(self._read, 1 << 20)).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self._note(message["method"], message["params"])

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.consoleAPICalled":
            texts = (str(item.get("value", item.get("description"))) for item in told["args"])
            self.said.append((told["type"], " ".join(texts)))
        elif method == "Runtime.exceptionThrown":
            self.said.append(("error", json.dumps(told["exceptionDetails"])))
        elif method == "Log.entryAdded":
            self.said.append((told["entry"]["level"], told["entry"]["text"]))
        elif method == "Network.responseReceived":
            self.sent.add(told["response"]["url"])


@contextmanager
def opened(address: str = "about:blank", size: tuple[int, int] = (1000, 640)) -> Iterator[Chromium]:
    """The page at `address` in a window of `size` pixels; skips where there is no Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("there is no Chromium to look at pages with; apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="vtm-chromium-", ignore_cleanup_errors=True) as folder:
        browser = Chromium(program, Path(folder), size)
        try:
            browser.go(address)
            yield browser
        finally:
            browser.close()
