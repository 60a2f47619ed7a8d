"""Stands where the carrier posts: keeps every webhook as it came, and passes those of the product on."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from .http import free_port, send

MOST_KEPT = 1_000
LONGEST = 64 * 1024


@dataclass(frozen=True)
class Webhook:
    path: str
    signature: str
    fields: dict


class Recorder:
    """Listens at `url`; `product` is where `/webhooks/…` is passed on to."""

    def __init__(self, product):
        self.webhooks = []
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler(product))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def to(self, path):
        """The webhooks that came to a path, its query aside."""
        return [webhook for webhook in self.webhooks if webhook.path.split("?")[0] == path]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()

    def _handler(recorder, product):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = min(int(self.headers.get("content-length", 0)), LONGEST)
                body = self.rfile.read(length)
                signature = self.headers.get("x-twilio-signature", "")
                fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
                if len(recorder.webhooks) < MOST_KEPT:
                    recorder.webhooks.append(Webhook(self.path, signature, fields))
                status, answer = 200, b""
                if self.path.startswith("/webhooks/"):
                    kept = {name: self.headers[name] for name in ("content-type", "x-twilio-signature") if name in self.headers}
                    status, answer = send("POST", product + self.path, body, kept)
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                """What came is in `webhooks`."""

        return Handler
