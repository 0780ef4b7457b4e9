"""The Rerun viewer as a program of its own, in a window or for the browser, reached from this machine alone."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from vtm.errors import VtmError
from vtm_tools.view.web_page import WebPage

HOST = "127.0.0.1"
DATA_PORT, WEB_PORT = 9876, 9090
"""Rerun's usual ports; any free ones where these are taken."""
PATIENCE_S = 20.0
MEMORY = "1GiB"


class Viewer:
    """A running viewer.

    Args:
        web: Serve it to browsers instead of opening a window.

    Attributes:
        data_url: Where to log to.
        page: What to open in the browser, empty for a window.

    Raises:
        VtmError: It does not start.
    """

    def __init__(self, web: bool):
        program = _program()
        data = _free_port(DATA_PORT)
        self.data_url = f"rerun+http://{HOST}:{data}/proxy"
        self.page = ""
        options = ["--bind", HOST, "--port", str(data), "--hide-welcome-screen", "--server-memory-limit", MEMORY]
        self._web_page: WebPage | None = None
        if web:
            inner, port = _free_port(0), _free_port(WEB_PORT)
            self._web_page = WebPage(HOST, port, f"http://{HOST}:{inner}", f"http://{HOST}:{data}")
            self.page = f"http://{HOST}:{port}/?url={quote(self.data_url, safe='')}&hide_welcome_screen=1"
            options += ["--serve-web", "--web-viewer-port", str(inner)]
        else:
            options += ["--expect-data-soon", "--memory-limit", "50%"]
        self._settings = tempfile.mkdtemp(prefix="vtm-view-")
        environment = _without_analytics(program, self._settings)
        self._errors = Path(self._settings) / "log"
        with self._errors.open("wb") as log:
            self._process = subprocess.Popen([program, *options], env=environment, stdout=log, stderr=log)
        try:
            self._wait_until_ready(data)
        except BaseException:
            self.close()
            raise

    def wait(self) -> None:
        """Until the window is closed."""
        self._process.wait()

    def is_open(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._web_page:
            self._web_page.close()
        shutil.rmtree(self._settings, ignore_errors=True)

    def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.is_open() and time.monotonic() < deadline:
            with socket.socket() as client:
                if client.connect_ex((HOST, port)) == 0:
                    return
            time.sleep(0.05)
        raise VtmError("the Rerun viewer cannot open a window here; add --web for the browser, or --save film.rrd")


def _program() -> str:
    """Rerun's own program, not a script of the same name on the path."""
    spec = find_spec("rerun_cli")
    program = Path(spec.submodule_search_locations[0]) / "rerun" if spec and spec.submodule_search_locations else None
    if program is None or not program.is_file():
        raise VtmError("the viewer Rerun is not installed; run: pip install rerun-sdk")
    return str(program)


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                server.bind((HOST, port))
            except OSError:
                continue
            return server.getsockname()[1]
    raise VtmError("no free port on this machine; close some programs")


def _without_analytics(program: str, settings: str) -> dict[str, str]:
    """An environment whose Rerun sends nothing anywhere, while the user's own settings stay as they are."""
    environment = {**os.environ, "XDG_CONFIG_HOME": settings, "XDG_DATA_HOME": settings, "RERUN_APP_ONLY": "true"}
    subprocess.run([program, "analytics", "disable"], env=environment, check=True, capture_output=True)
    return environment
