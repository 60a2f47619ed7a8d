import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { connect, type Live, type Link } from "../src/socket.ts";
import type { Answer, ServerFrame } from "../src/types.ts";
import { FakeSocket, installBrowser, settle } from "./browser.ts";

let live: Live;
let heard: number[];
let resets: [string, number][];
let links: [Link, number?][];
let http: Answer[];
let asked: string[];

function open(gapless = false): FakeSocket {
  live = connect({
    base: "",
    gapless,
    rest: async <T>(method: string, path: string) => {
      asked.push(`${method} ${path}`);
      return (http.shift() ?? { status: 0, body: null }) as Answer<T>;
    },
    token: () => "secret",
    on: (frame: ServerFrame) => frame.type === "event" && heard.push(frame.seq),
    onReset: (...reset) => resets.push(reset),
    onLink: (link, code) => links.push(code ? [link, code] : [link]),
  });
  return FakeSocket.all[0]!;
}

beforeEach(() => {
  installBrowser();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  [heard, resets, links, http, asked] = [[], [], [], [], []];
});

afterEach(() => {
  live.end();
  mock.timers.reset();
});

test("hello carries the token and the cursor of every conversation that is followed", () => {
  const socket = open();
  live.follow("c", 4);
  socket.welcome();
  assert.equal(socket.url, "ws://shop.test/v1/socket");
  assert.deepEqual(socket.sent[0], { type: "hello", id: "0", token: "secret", after: { c: 4 } });
});

test("an event that was seen already is not given twice", () => {
  const socket = open();
  live.follow("c");
  socket.welcome();
  for (const seq of [1, 2, 2, 1, 5]) socket.event("c", seq);
  assert.deepEqual(heard, [1, 2, 5]);
});

test("after a drop the line resumes behind the last event it took in", () => {
  const first = open();
  live.follow("c");
  first.welcome();
  first.event("c", 3);
  first.drops();
  mock.timers.tick(1_000);
  const second = FakeSocket.all[1]!;
  second.welcome();
  assert.deepEqual(second.sent[0]!.after, { c: 3 });
});

test("an operator's line that sees a hole asks for what is missing and shows nothing beyond it", async () => {
  const socket = open(true);
  live.follow("c");
  socket.welcome();
  socket.event("c", 1);
  socket.event("c", 3);
  socket.event("c", 4);
  assert.deepEqual(heard, [1]);
  const asks = socket.sent.filter(({ type }) => type === "follow");
  assert.deepEqual(
    asks.map(({ after }) => after),
    [1],
  );
  for (const seq of [2, 3, 4]) socket.event("c", seq);
  assert.deepEqual(heard, [1, 2, 3, 4]);
});

test("where the server knows less than we do, the log is forgotten and asked for anew", async () => {
  const socket = open();
  socket.welcome();
  live.follow("c", 9);
  socket.says({ type: "answer", id: "1", status: 409, body: { code: "ahead", last_seq: 4 } });
  await settle();
  assert.deepEqual(resets, [["c", 4]]);
  assert.equal(socket.sent.at(-1)!.after, 0);
});

test("a hello that is ahead of the server forgets that log alone and asks for it anew, at once", async () => {
  const socket = open();
  live.follow("c", 9);
  live.follow("d", 2);
  socket.welcome();
  socket.says({ type: "answer", id: "0", status: 409, body: { code: "ahead", conversation: "c", last_seq: 4 } });
  await settle();
  assert.deepEqual(resets, [["c", 4]]);
  const { type, conversation, after } = socket.sent.at(-1)!;
  assert.deepEqual({ type, conversation, after }, { type: "follow", conversation: "c", after: 0 });
  for (const seq of [1, 2, 3, 4]) socket.event("c", seq);
  assert.deepEqual(heard, [1, 2, 3, 4]);
});

test("a hello that is refused otherwise forgets nothing", async () => {
  const socket = open();
  live.follow("c", 9);
  socket.welcome();
  socket.says({ type: "answer", id: "0", status: 404, body: { code: "not_found", conversation: "c" } });
  await settle();
  assert.deepEqual([resets, socket.sent.length], [[], 1]);
});

test("a command is answered by its own answer, and with status 0 when none comes", async () => {
  const socket = open();
  socket.welcome();
  const revert = live.command({ type: "revert", conversation: "c" });
  const cancel = live.command({ type: "cancel", conversation: "c" });
  socket.says({ type: "answer", id: "1", status: 200, body: {} });
  assert.equal((await revert).status, 200);
  mock.timers.tick(10_000);
  assert.equal((await cancel).status, 0);
});

test("commands go by HTTP while there is no socket", async () => {
  open();
  http = [{ status: 202, body: {} }];
  const answer = await live.command({ type: "switch", conversation: "c", channel: "web" });
  assert.equal(answer.status, 202);
  assert.deepEqual(asked, ["POST /v1/conversations/c/switch"]);
});

test("where no socket gets through, events are read by HTTP, once each and in order", async () => {
  open();
  live.follow("c");
  const event = (seq: number) => ({ seq, at: "", kind: "reopened", by: { kind: "system" } });
  http = [{ status: 200, body: { events: [event(1), event(2)], last_seq: 2, more: false } }];
  for (let i = 0; i < 3; i++) {
    FakeSocket.all.at(-1)!.drops();
    mock.timers.tick(15_000);
    await settle();
  }
  assert.deepEqual(heard, [1, 2]);
  assert.equal(asked[0], "GET /v1/conversations/c/events?after=0");
});

test("a refused token ends the line for good", () => {
  const socket = open();
  socket.onopen?.();
  socket.drops(4401);
  mock.timers.tick(60_000);
  assert.equal(FakeSocket.all.length, 1);
  assert.deepEqual(links, [["ended", 4401]]);
});

test("a server that restarts is given the time it asked for", () => {
  const socket = open();
  socket.welcome();
  socket.drops(1012, '{"reconnect_after_ms": 3000}');
  mock.timers.tick(2_999);
  assert.equal(FakeSocket.all.length, 1);
  mock.timers.tick(3_001);
  assert.equal(FakeSocket.all.length, 2);
});

test("a line that has gone silent is asked, and given up when it does not answer", async () => {
  const socket = open();
  live.follow("c");
  socket.welcome();
  mock.timers.tick(60_000);
  assert.equal(socket.sent.at(-1)!.type, "follow");
  mock.timers.tick(5_000);
  await settle();
  mock.timers.tick(15_000);
  assert.equal(FakeSocket.all.length, 2);
});
