/**
 * The simulated Meta, judged by programs that are not ours: a client library drives the API, its server part reads the webhooks,
 * and Meta's own description says whether they are well-formed. `node judge.mjs NETWORK [DESCRIPTION]`, on loopback alone.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import { normalizeWebhook, verifySignature } from "@kapso/whatsapp-cloud-api/server";
import Ajv2020 from "ajv/dist/2020.js";

const [network, description] = process.argv.slice(2);
const LINE = "106540352242922";
const BUSINESS = "102290129340398";
const PHONE = "+14155550100";
const PATIENCE_MS = 10_000;

const webhooks = [];
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  webhooks.push({ body: Buffer.concat(parts), signature: request.headers["x-hub-signature-256"] });
  response.end();
}).listen(0, "127.0.0.1");
await once(server, "listening");
const carrier = spawn(network, ["127.0.0.1:0", `http://127.0.0.1:${server.address().port}/`], {
  stdio: ["ignore", "pipe", "inherit"],
});

try {
  const [said] = await once(carrier.stdout, "data");
  const url = new URL(String(said).trim()).origin;
  const client = new WhatsAppClient({ accessToken: "example", baseUrl: `${url}/simulator/meta`, graphVersion: "v23.0" });
  await judged("The library sends, marks, uploads and lists through the network's API", () => drive(client, url));
  await judged("It validates and reads every webhook", reads);
  if (description) await judged("Each webhook agrees with Meta's description, its later fields aside", agrees);
  else console.log("  --  not run: Meta's description is not at hand, so webhooks were not held against it");
} finally {
  carrier.kill();
  server.close();
}

async function judged(what, check) {
  await check();
  console.log(`  ok  ${what}`);
}

async function drive(client, url) {
  const write = async (draft) => {
    const body = JSON.stringify({ to: "+15005550026", channel: "whatsapp", ...draft });
    const headers = { "content-type": "application/json" };
    const path = `/v1/simulator/phones/${encodeURIComponent(PHONE)}/messages`;
    const answer = await fetch(url + path, { method: "POST", headers, body });
    assert.equal(answer.status, 201, await answer.text());
  };
  await write({ text: "Grüße 😀 </p> from the phone" });
  await write({ media: [{ sample: "voice" }] });
  await write({ media: [{ sample: "picture" }], text: "Look" });
  await write({ media: [{ sample: "document" }] });
  await write({ location: { latitude: 52.5, longitude: 13.4, name: "Berlin", address: "Pariser Platz" } });
  const first = await until(() => events().messages[0]);
  const to = { phoneNumberId: LINE, to: PHONE };
  const sent = await client.messages.sendText({ ...to, body: "Hello" });
  assert.match(sent.messages[0].id, /^wamid\./);
  assert.equal(sent.contacts[0].waId ?? sent.contacts[0].wa_id, PHONE.slice(1));
  await client.messages.sendReaction({ ...to, reaction: { messageId: first.id, emoji: "👍" } });
  await client.messages.markRead({ phoneNumberId: LINE, messageId: first.id, typingIndicator: { type: "text" } });
  const parameters = [{ type: "text", text: "Acme" }];
  const template = { name: "continue_chat", language: { code: "en" }, components: [{ type: "body", parameters }] };
  await client.messages.sendTemplate({ ...to, template });
  const file = new Blob([Buffer.from("a picture")], { type: "image/png" });
  const { id } = await client.media.upload({ phoneNumberId: LINE, type: "image", file, fileName: "a.png" });
  await client.messages.sendImage({ ...to, image: { id } });
  const listed = await client.templates.list({ businessAccountId: BUSINESS });
  assert.deepEqual(
    listed.data.map((known) => known.name),
    ["continue_chat"],
  );
  await assert.rejects(client.messages.sendTemplate({ ...to, template: { ...template, name: "nothing" } }), /132001|does not exist/);
  // Four messages went out; each is sent and delivered.
  await until(() => events().statuses.length >= 8);
}

function reads() {
  for (const { body, signature } of webhooks) {
    const check = (rawBody) => verifySignature({ appSecret: "secret", rawBody, signatureHeader: signature });
    assert.ok(check(body) && !check(Buffer.concat([body, Buffer.from(" ")])), String(body));
  }
  const { messages, statuses } = events();
  assert.deepEqual(messages.map((message) => message.type).sort(), ["audio", "document", "image", "location", "text"]);
  assert.ok(messages.some((message) => message.text?.body === "Grüße 😀 </p> from the phone"));
  assert.deepEqual([...new Set(statuses.map((status) => status.status))].sort(), ["delivered", "sent"]);
}

/** The description is older than ids without numbers, and knows neither them nor where a file lies. */
async function agrees() {
  const { components } = JSON.parse(await readFile(description, "utf8"));
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile({ components, $ref: "#/components/schemas/WebhookPayload" });
  for (const { body } of webhooks) {
    const payload = JSON.parse(body, function (name, value) {
      if (["user_id", "from_user_id", "recipient_user_id", "url"].includes(name)) return undefined;
      if (name === "pricing") delete value.type;
      return value;
    });
    for (const { changes } of payload.entry) {
      for (const { value } of changes) if (value.statuses) delete value.contacts;
    }
    assert.ok(validate(payload), `${body}\n${JSON.stringify(validate.errors?.slice(0, 6), null, 1)}`);
  }
}

/** Everything that the webhooks told, as the library reads them. */
function events() {
  const read = webhooks.map(({ body }) => normalizeWebhook(JSON.parse(body)));
  return { messages: read.flatMap((one) => one.messages), statuses: read.flatMap((one) => one.statuses) };
}

async function until(question) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = question();
    if (answer) return answer;
    assert.ok(Date.now() < end, "it did not come in time");
    await new Promise((done) => setTimeout(done, 50));
  }
}
