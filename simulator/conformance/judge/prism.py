"""Twilio's published description as a judge that stands between adapter and carrier, both ways."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from .http import eventually, free_port, send
from .product import ACCOUNT


class Prism:
    """A proxy that answers with an error where request or answer breaks the description."""

    def __init__(self, program, description, carrier):
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._description = json.loads(Path(description).read_text())
        self._command = [program, "proxy", "--errors", "-h", "127.0.0.1", "-p", str(self._port)]
        self._carrier = carrier

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="switchboard-conformance-")
        description = Path(self._folder.name) / "description.json"
        description.write_text(json.dumps(with_relative_pages(self._description)))
        self._command += [description, self._carrier]
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(self._command, stdout=self._log, stderr=subprocess.STDOUT)
        eventually("prism listens", self._listens, 30)
        return self

    def __exit__(self, failure, *_):
        self._process.terminate()
        self._process.wait(10)
        if failure:
            print(self._read()[-4_000:])
        self._log.close()
        self._folder.cleanup()

    def _listens(self):
        if self._process.poll() is not None:
            raise AssertionError(f"prism ended: {self._read()}")
        try:
            send("GET", f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
            return True
        except OSError:
            return False

    def _read(self):
        self._log.seek(0)
        return re.sub(r"\x1b\[[0-9;]*m", "", self._log.read().decode(errors="replace"))

    def said(self):
        """Everything it said so far."""
        return self._read()


def with_relative_pages(description):
    """The description calls the addresses of pages absolute; its own examples, and Twilio, give paths."""

    def relax(node):
        if isinstance(node, dict):
            if node.get("format") == "uri":
                node["format"] = "uri-reference"
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                relax(child)

    for path in description["paths"].values():
        if "get" in path:
            relax(path["get"]["responses"])
    return description
