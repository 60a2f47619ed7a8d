"""What is judged, one function each; its first line is what the report says."""

import base64
import json
import subprocess
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from .http import eventually, send
from .product import ACCOUNT, NUMBER, PHONE, TOKEN

TWILIO = "https://api.twilio.com"
SDKS_PHONE = "+14155550101"


class Elsewhere(TwilioHttpClient):
    """Twilio's own client with Twilio's host replaced."""

    def __init__(self, base):
        super().__init__(timeout=15)
        self.session.trust_env = False
        self._base = base

    def request(self, method, url, *rest, **more):
        return super().request(method, url.replace(TWILIO, self._base), *rest, **more)


def twilio(base):
    return Client(ACCOUNT, TOKEN, http_client=Elsewhere(base))


def the_sdk_drives_the_carrier(base, recorder):
    """Twilio's SDK creates, fetches and lists the carrier's messages, and sees them delivered"""
    client = twilio(base)
    created = client.messages.create(to=SDKS_PHONE, from_=NUMBER, body="from the SDK", status_callback=f"{recorder.url}/sink")
    assert created.status in ("queued", "accepted"), created.status
    eventually("delivered", lambda: client.messages(created.sid).fetch().status == "delivered")
    listed = client.messages.list(to=SDKS_PHONE, limit=20)
    assert [message.sid for message in listed] == [created.sid], listed
    assert listed[0].body == "from the SDK" and listed[0].date_created is not None


def the_sdk_understands_refusals(carrier):
    """Twilio's SDK reads the carrier's refusals as Twilio's own"""
    for wrong, code in (({"to": "12", "from_": NUMBER}, 21211), ({"to": SDKS_PHONE, "from_": "+15005550099"}, 21606)):
        try:
            twilio(carrier).messages.create(body="no", **wrong)
        except TwilioRestException as refused:
            assert refused.code == code, refused
        else:
            raise AssertionError(f"{wrong} was taken")


def the_adapter_sends(product):
    """A switch goes out through the adapter: the welcome, then an operator's text"""
    visitor, conversation = product.conversation()
    path = f"/v1/conversations/{conversation}"
    product.call("POST", f"{path}/switch", {"channel": "sms", "address": PHONE}, visitor)
    eventually("the switch", lambda: product.call("GET", path)["active_leg"]["channel"] == "sms")
    product.call("POST", f"{path}/messages", {"client_id": "1", "text": "it leaves on Monday"})
    eventually("both texts", lambda: len(product.texts()) == 2)
    assert "it leaves on Monday" in [item["text"] for item in product.texts()]
    return path


def the_adapter_asks_the_list(product, path):
    """An unknown outcome is settled by the carrier's list, and nothing is sent twice"""
    text = "and arrives on Friday"
    product.faults(timeout="after", drop_callbacks=True)
    sent = product.call("POST", f"{path}/messages", {"client_id": "2", "text": text})

    def settled():
        events = product.call("GET", f"{path}/events?after={sent['seq'] - 1}")["events"]
        return events[0]["delivery"]["state"] in ("sent", "delivered")

    eventually("the message is found", settled, 45)
    product.faults()
    assert [item["text"] for item in product.texts()].count(text) == 1


def the_sdk_validates_the_carriers_signatures(product, recorder):
    """Inbound messages and status callbacks carry signatures that Twilio's SDK validates"""
    hello = {"to": NUMBER, "text": "is anybody there? 😀 +1 & 50%", "channel": "sms"}
    product.call("POST", f"/v1/simulator/phones/{PHONE}/messages", hello)
    eventually("a message came in", lambda: any("Body" in webhook.fields for webhook in recorder.to("/webhooks/acme-sms")))
    eventually("callbacks came in", lambda: len(recorder.to("/sink")) >= 2)
    validator = RequestValidator(TOKEN)
    for webhook in recorder.webhooks:
        assert validator.validate(recorder.url + webhook.path, webhook.fields, webhook.signature), webhook


def the_adapter_takes_what_the_sdk_signs(product, recorder):
    """The adapter takes a webhook that Twilio's SDK has signed, once, and not a forged one"""
    fields = {
        "MessageSid": "SM" + "5" * 32,
        "AccountSid": ACCOUNT,
        "From": "+14155550102",
        "To": NUMBER,
        "Body": "signed by the SDK: é 漢 \u200fשלום",
        "NumMedia": "0",
        "FromCity": "",
    }
    signature = RequestValidator(TOKEN).compute_signature(f"{recorder.url}/webhooks/acme-sms", fields)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    body = urlencode(fields).encode()

    def posted(body):
        return send("POST", f"{product.url}/webhooks/acme-sms", body, headers)[0]

    assert [posted(body), posted(body.replace(b"signed", b"forged")), posted(body)] == [200, 403, 200]
    waiting = product.call("GET", "/v1/conversations?status=waiting")["items"]
    told = [item for item in waiting if (item["last_message"] or {}).get("text") == fields["Body"]]
    assert len(told) == 1, waiting


def the_description_holds(prism):
    """Every one of these requests and answers agrees with Twilio's published description"""
    said = prism.said()
    assert "Forwarding" in said and "VIOLATIONS" not in said and "Violation" not in said, said


def the_judge_refuses(prism):
    """… which refuses what it should: an empty message"""
    credentials = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    headers = {"authorization": f"Basic {credentials}", "content-type": "application/x-www-form-urlencoded"}
    status, answer = send("POST", f"{prism.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", b"", headers)
    assert status == 422, (status, answer)


def another_client_reads(product, reader):
    """twilio-rs fetches and lists the carrier's messages; it cannot send, as shown above"""
    message = twilio(product.carrier).messages.list(to=SDKS_PHONE, limit=1)[0].sid
    credentials = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    command = [reader, product.carrier, ACCOUNT, credentials, message]
    output = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    said = dict(line.split(" ", 1) for line in output.splitlines())
    assert json.loads(said["fetched"])["sid"] == message, output
    assert message in [item["sid"] for item in json.loads(said["listed"])["messages"]], output
    print(f"      twilio-rs: client.create_message(account), which takes neither number nor text: {said['sent']}")
    assert said["sent"].startswith("refused"), output
