"""The real binary, with its simulated carrier switched on."""

import subprocess
import tempfile
from pathlib import Path

from .http import Refused, call, eventually, send

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "conformancetoken0123456789abcdef"
NUMBER = "+15005550006"
PHONE = "+14155550100"
EMAIL, PASSWORD = "ada@acme.example", "conformance"

CONFIG = """
[server]
listen = "127.0.0.1:{port}"
public_url = "{public_url}"
[store]
url = "sqlite:{folder}/switchboard.db"
[simulator]
enabled = true
[[organization]]
id = "acme"
name = "Acme Pumps"
widget_key = "wk_acme"
  [[organization.operator]]
  email = "{email}"
  role = "owner"
  password = "{password}"
  [[organization.connection]]
  id = "acme-sms"
  channel = "sms"
  provider = "twilio"
  account_sid = "{account}"
  auth_token = "{token}"
  from = "{number}"
  api_base = "{api_base}"
"""


class Product:
    """Runs between `with` and its end."""

    def __init__(self, binary, port, public_url, api_base):
        self.url = f"http://127.0.0.1:{port}"
        self.carrier = f"{self.url}/simulator/twilio"
        self._binary = binary
        self._settings = {"port": port, "public_url": public_url, "api_base": api_base}

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="switchboard-conformance-")
        folder = Path(self._folder.name)
        config = folder / "switchboard.toml"
        config.write_text(
            CONFIG.format(
                **self._settings, folder=folder, email=EMAIL, password=PASSWORD, account=ACCOUNT, token=TOKEN, number=NUMBER
            )
        )
        self._log = open(folder / "log", "w+b")
        self._process = subprocess.Popen([self._binary, "serve", "--config", config], stderr=self._log)
        eventually("the product is ready", self._ready, 20)
        session = call("POST", f"{self.url}/v1/session", {"email": EMAIL, "password": PASSWORD})
        self.operator = session["token"]
        return self

    def __exit__(self, failure, *_):
        self._process.terminate()
        self._process.wait(15)
        if failure:
            self._log.seek(0)
            print(self._log.read()[-4_000:].decode(errors="replace"))
        self._log.close()
        self._folder.cleanup()

    def _ready(self):
        if self._process.poll() is not None:
            raise AssertionError(f"the product ended with {self._process.returncode}")
        try:
            return send("GET", f"{self.url}/readyz")[0] == 200
        except OSError:
            return False

    def call(self, method, path, body=None, token=None):
        return call(method, self.url + path, body, token or self.operator)

    def conversation(self):
        """A visitor's token and their open conversation."""
        visitor = call("POST", f"{self.url}/v1/visitors", {"widget_key": "wk_acme"})
        conversation = self.call("POST", "/v1/conversations", {"client_id": "open", "text": "hello"}, visitor["token"])
        return visitor["token"], conversation["id"]

    def texts(self, phone=PHONE):
        """What a phone has received."""
        items = self.call("GET", f"/v1/simulator/phones/{phone}/messages")["items"]
        return [item for item in items if item["direction"] == "in"]

    def faults(self, **faults):
        try:
            self.call("PUT", "/v1/simulator/faults", faults)
        except Refused as refused:
            raise AssertionError(f"the faults {faults} were not taken") from refused
