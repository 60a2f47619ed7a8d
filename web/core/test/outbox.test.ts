import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { MOST_DRAFTS, openOutbox, type Draft, type Outbox } from "../src/outbox.ts";
import type { Answer } from "../src/types.ts";
import { installBrowser, MemoryStorage, settle } from "./browser.ts";

let store: MemoryStorage;
let sent: Draft[];
let answers: Answer[];

function open(): Outbox {
  const send = async (draft: Draft) => {
    sent.push(draft);
    return answers.shift() ?? { status: 0, body: null };
  };
  return openOutbox({ key: "k", store, send, onChange: () => {} });
}

const ok: Answer = { status: 201, body: {} };
const unreached: Answer = { status: 0, body: null };

beforeEach(() => {
  installBrowser();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  store = new MemoryStorage();
  [sent, answers] = [[], []];
});

test("a text is kept before it is sent, and until it is acknowledged", async () => {
  const outbox = open();
  answers = [ok];
  outbox.add("hello");
  assert.equal(store.length, 1);
  await settle();
  assert.equal(store.length, 0);
});

test("what an earlier page left is sent by the next one, under the same id", async () => {
  const before = open();
  const draft = before.add("hello");
  await settle();
  before.stop();
  answers = [ok];
  open();
  await settle();
  assert.deepEqual(
    sent.map(({ client_id }) => client_id),
    [draft!.client_id, draft!.client_id],
  );
  assert.equal(store.length, 0);
});

test("texts leave in the order they were written, each after the one before it", async () => {
  const outbox = open();
  answers = [unreached, ok, ok, ok];
  for (const text of ["one", "two", "three"]) outbox.add(text);
  await settle();
  mock.timers.tick(20_000);
  await settle();
  assert.deepEqual(
    sent.map(({ text }) => text),
    ["one", "one", "two", "three"],
  );
});

test("a refused text stays, holds back no other, and goes again when asked", async () => {
  const outbox = open();
  answers = [{ status: 422, body: { code: "too_long" } }, ok];
  outbox.add("long");
  outbox.add("short");
  await settle();
  const [refused] = outbox.drafts();
  assert.deepEqual([refused!.text, refused!.refused!.code], ["long", "too_long"]);
  answers = [ok];
  outbox.retry(refused!.client_id);
  await settle();
  assert.deepEqual(outbox.drafts(), []);
});

test("too many requests is a reason to wait as long as told, not a refusal", async () => {
  const outbox = open();
  answers = [{ status: 429, body: {}, retryAfter: 4_000 }, ok];
  outbox.add("hello");
  await settle();
  mock.timers.tick(3_999);
  await settle();
  assert.equal(sent.length, 1);
  mock.timers.tick(1);
  await settle();
  assert.equal(sent.length, 2);
  assert.equal(store.length, 0);
});

test("the outbox has a bound", () => {
  const outbox = open();
  for (let i = 0; i < MOST_DRAFTS; i++) assert.ok(outbox.add("x"));
  assert.equal(outbox.add("one more"), undefined);
});
