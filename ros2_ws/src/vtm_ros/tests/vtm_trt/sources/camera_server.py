"""A network camera on this machine."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import pytest

from tests.vtm_trt.sources import films

MOST_PICTURES = 2000


class Camera(BaseHTTPRequestHandler):
    """Sends pictures as network cameras do, until the server's `lost` is set; `film` as a file."""

    def do_GET(self) -> None:
        if self.path == "/film.avi":
            content = self.server.film  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        for number in range(MOST_PICTURES):
            if self.server.lost.wait(0.02):  # type: ignore[attr-defined]
                return
            jpeg = cv2.imencode(".jpg", films.picture(number % 10))[1].tobytes()
            head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, *_) -> None: ...


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Camera) as server:
        server.daemon_threads = True
        server.lost = threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.lost.set()  # type: ignore[attr-defined]
        server.shutdown()


def url(server: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"
