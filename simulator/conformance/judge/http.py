"""A plain JSON client, a free port, and patience with an end."""

import json
import socket
import time
import urllib.error
import urllib.request


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(method, url, body=None, headers=None, timeout=15):
    """One request with a body of bytes; status and body of the answer, whatever it is."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with _direct.open(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def call(method, url, body=None, token=None):
    """One JSON request; the answer's JSON."""
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    status, answer = send(method, url, data, headers)
    parsed = json.loads(answer) if answer else None
    if not 200 <= status < 300:
        raise Refused(status, parsed)
    return parsed


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def eventually(what, question, seconds=10):
    """Asks until the answer is there."""
    until = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
