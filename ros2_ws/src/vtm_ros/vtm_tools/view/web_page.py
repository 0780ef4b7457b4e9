"""Rerun's web page, forbidden to reach anything but this machine: by itself it asks for news, fonts and statistics."""

import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSED = ("Content-Type", "Content-Encoding")


class WebPage:
    """Serves what Rerun serves, with a policy that browsers enforce.

    Args:
        host: Where to serve.
        port: Where to serve.
        origin: The address of Rerun's page.
        data_origin: The address that the page may ask for data.
    """

    def __init__(self, host: str, port: int, origin: str, data_origin: str):
        allowed = f"'self' {data_origin} data: blob:"
        policy = f"default-src {allowed} 'unsafe-inline' 'wasm-unsafe-eval' 'unsafe-eval'"

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    with urllib.request.urlopen(origin + self.path, timeout=10.0) as answer:
                        body, headers = answer.read(), answer.headers
                except OSError:
                    self.send_error(404)
                    return
                self.send_response(200)
                for name in PASSED:
                    if name in headers:
                        self.send_header(name, headers[name])
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="vtm view page", daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
