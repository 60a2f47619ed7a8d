import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { groupOf, kindOf, sizeWords, spanWords } from "../src/files/kinds.ts";
import { goAsLinks } from "../src/files/links.ts";
import { sendWithFiles } from "../src/files/send.ts";
import type { Shelf } from "../src/files/shelf.ts";
import { openTray } from "../src/files/tray.ts";
import { openUploads, type Uploads } from "../src/files/uploads.ts";
import { refusedWords } from "../src/files/words.ts";
import type { Draft, DraftFile } from "../src/outbox.ts";
import type { Answer } from "../src/types.ts";
import { installBrowser, MemoryStorage, settle } from "./browser.ts";

let answers: Answer[];
let uploaded: string[];
let shelf: Shelf;
let held: Map<string, Blob>;
let uploads: Uploads;

const kept = (id: string): Answer => ({ status: 201, body: { id } });
const unreached: Answer = { status: 0, body: null };
const terms = { limit: 1_000, at_once: 3 };

function open(): Uploads {
  return openUploads({
    shelf,
    terms: () => terms,
    async upload(_, name, onShare, signal) {
      uploaded.push(name);
      onShare(0.5);
      const answer = answers.shift() ?? unreached;
      return (signal.aborted ? unreached : answer) as never;
    },
  });
}

function file(name: string, size = 10): File {
  return new File([new Uint8Array(size)], name, { type: "image/png" });
}

beforeEach(() => {
  installBrowser();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  [answers, uploaded, held] = [[], [], new Map()];
  shelf = {
    put: async (key, bytes) => void held.set(key, bytes),
    get: async (key) => held.get(key),
    drop: (key) => void held.delete(key),
  };
  uploads = open();
});

test("a file that could not go is tried again by itself, until it is there", async () => {
  answers = [unreached, kept("a")];
  const chosen = uploads.choose(file("a.png"), "a.png");
  await settle();
  assert.equal(uploads.standing(chosen).is, "waiting");
  mock.timers.tick(1_000);
  await settle();
  assert.equal(uploads.standing(chosen).is, "here");
  assert.equal(chosen.id, "a");
});

test("a file that is known to be too large, or is empty, is refused and not sent", async () => {
  const large = uploads.choose(file("large.png", 1_001), "large.png");
  const empty = uploads.choose(file("empty.png", 0), "empty.png");
  await settle();
  assert.deepEqual(uploads.standing(large), { is: "refused", problem: { code: "too_large", limit: 1_000 } });
  assert.deepEqual(uploads.standing(empty), { is: "refused", problem: { code: "empty" } });
  assert.deepEqual(uploaded, []);
});

test("a refusal keeps the server's words, and holds back no other file", async () => {
  answers = [{ status: 422, body: { code: "odd", detail: "the file is odd" } }, kept("b")];
  const [odd, good] = ["odd.png", "b.png"].map((name) => uploads.choose(file(name), name));
  await settle();
  const standing = uploads.standing(odd!);
  assert.ok(standing.is === "refused");
  const t = (key: string, values?: object) => `${key} ${JSON.stringify(values)}`;
  assert.equal(refusedWords(standing.problem, { t, locale: "en" }), 'refused_why {"detail":"the file is odd"}');
  assert.equal(uploads.standing(good!).is, "here");
});

test("who is told to wait for an hour is told so", async () => {
  answers = [{ status: 429, body: { code: "rate_limited" }, retryAfter: 3_600_000 }];
  const chosen = uploads.choose(file("a.png"), "a.png");
  await settle();
  assert.equal(uploads.standing(chosen).is, "refused");
});

test("a file that is taken out is called off and forgotten", async () => {
  const chosen = uploads.choose(file("a.png"), "a.png");
  uploads.drop(chosen);
  await settle();
  assert.equal(held.size, 0);
  mock.timers.tick(60_000);
  await settle();
  assert.ok(uploaded.length <= 1, "it is not tried again");
});

function draft(...files: DraftFile[]): Draft {
  return { client_id: `c${Math.random()}`, text: "look", files, at: 0, n: 1 };
}

test("a message waits for its files, and what they are called is kept before it is said", async () => {
  answers = [kept("a"), kept("b")];
  const files = ["a.png", "b.png"].map((name) => uploads.choose(file(name), name));
  const order: string[] = [];
  const sent = draft(...files.map((one) => ({ ...one })));
  const answer = await sendWithFiles(
    sent,
    uploads,
    () => !!order.push(`kept ${sent.files!.map(({ id }) => id)}`),
    async (attachments) => {
      order.push(`said ${attachments}`);
      return { status: 201, body: {} };
    },
  );
  assert.equal(answer.status, 201);
  assert.deepEqual(order, ["kept a,b", "said a,b"]);
  assert.equal(held.size, 2, "they are shown from here until the log has them");
  mock.timers.tick(10_000);
  assert.equal(held.size, 0);
});

test("a message whose file does not go now is not said yet, and one whose file is refused is refused", async () => {
  const say = async () => assert.fail("it is said");
  answers = [unreached];
  const waits = uploads.choose(file("a.png"), "a.png");
  assert.equal((await sendWithFiles(draft(waits), uploads, () => true, say)).status, 0);
  const large = uploads.choose(file("b.png", 2_000), "b.png");
  const refused = await sendWithFiles(draft(large), uploads, () => true, say);
  assert.deepEqual([refused.status, refused.body], [422, { code: "too_large", limit: 1_000 }]);
});

test("a message that was thrown away while its files went is not said", async () => {
  answers = [kept("a")];
  const chosen = uploads.choose(file("a.png"), "a.png");
  const answer = await sendWithFiles(
    draft(chosen),
    uploads,
    () => false,
    async () => assert.fail("it is said"),
  );
  assert.equal(answer.status, 204);
});

test("files that the server has no more are brought anew, once", async () => {
  answers = [kept("a"), kept("b")];
  const sent = draft(uploads.choose(file("a.png"), "a.png"));
  const gone: Answer = { status: 422, body: { code: "no_such_attachment" } };
  const said: string[][] = [];
  const say = async (attachments: string[]) => {
    said.push(attachments);
    return gone;
  };
  assert.equal((await sendWithFiles(sent, uploads, () => true, say)).status, 0);
  assert.equal((await sendWithFiles(sent, uploads, () => true, say)).status, 422);
  assert.deepEqual(said, [["a"], ["b"]]);
});

test("a message that another tab has said with files of its own is said", async () => {
  answers = [kept("a")];
  const sent = draft(uploads.choose(file("a.png"), "a.png"));
  const reused: Answer = { status: 409, body: { code: "client_id_reused" } };
  assert.equal(
    (
      await sendWithFiles(
        sent,
        uploads,
        () => true,
        async () => reused,
      )
    ).status,
    204,
  );
});

test("the tray takes as many as go with one message, and keeps them over a reload", async () => {
  answers = [kept("a"), kept("b"), kept("c")];
  const store = new MemoryStorage();
  const options = { store, key: "tray", terms: () => terms, onChange: () => {} };
  const tray = openTray({ ...options, uploads });
  assert.equal(tray.add(["a", "b", "c", "d"].map((name) => file(`${name}.png`))), false);
  await settle();
  assert.deepEqual([tray.list().length, tray.going().length], [3, 3]);

  uploaded = [];
  const after = openTray({ ...options, uploads: open() });
  await settle();
  assert.deepEqual(
    after.list().map(({ id }) => id),
    ["a", "b", "c"],
  );
  assert.deepEqual(uploaded, [], "what is there is not brought again");
  assert.equal(after.take()?.length, 3);
  assert.equal(store.length, 0);
  assert.equal(after.take(), undefined);
});

test("a file that cannot go stays in the tray, takes no other's place and does not keep the others", async () => {
  answers = [kept("a"), kept("b"), kept("c")];
  const options = { store: new MemoryStorage(), key: "tray", uploads, terms: () => terms, onChange: () => {} };
  const tray = openTray(options);
  const chosen = [file("large.png", 2_000), file("a.png"), file("empty.png", 0), file("b.png"), file("c.png")];
  assert.equal(tray.add(chosen), true, "three go with a message");
  assert.equal(tray.add([file("d.png")]), false);
  await settle();
  const names = (files: readonly DraftFile[] = []) => files.map(({ name }) => name);
  assert.deepEqual(names(tray.going()), ["a.png", "b.png", "c.png"]);
  assert.deepEqual(names(tray.take()), ["a.png", "b.png", "c.png"]);
  assert.deepEqual(names(tray.list()), ["large.png", "empty.png"]);
  assert.equal(tray.take(), undefined);
});

test("what a channel does not carry goes as a link, and with words too long beside it all do", () => {
  const carries = [
    { content_type: "image/*", limit: 100, caption: 5 },
    { content_type: "application/pdf", limit: 100 },
  ];
  const leg = { carries, carries_at_once: 1 };
  const png = { content_type: "image/png", size: 100 };
  const pdf = { content_type: "application/pdf", size: 100 };
  assert.deepEqual(goAsLinks(leg, [png], "five!"), [false]);
  assert.deepEqual(goAsLinks(leg, [png], "too long"), [true]);
  assert.deepEqual(goAsLinks(leg, [{ ...png, size: 101 }], ""), [true]);
  assert.deepEqual(goAsLinks(leg, [pdf, pdf], "too long"), [false, true]);
  assert.deepEqual(goAsLinks(leg, [{ content_type: "Application/PDF; x=1", size: 1 }], ""), [false]);
  assert.deepEqual(goAsLinks({}, [png, pdf], "a window shows all"), [false, false]);
});

test("what a file is, how large and how long, in words", () => {
  assert.deepEqual(["image/png", "image/heic", "audio/ogg; codecs=opus", "video/mp4", "text/html"].map(kindOf), [
    "picture",
    "document",
    "sound",
    "film",
    "document",
  ]);
  assert.equal(sizeWords(16_777_216, "en"), "16.8 MB");
  assert.equal(sizeWords(1, "en"), "1 byte");
  assert.equal(sizeWords(999, "en"), "999 bytes");
  assert.equal(sizeWords(71, "ar"), "71 بايت");
  assert.equal(sizeWords(10_240, "en"), "10 kB");
  assert.equal(spanWords(67.9, "en"), "1:07");
  assert.equal(spanWords(67, "ar-EG"), "١:٠٧");
  const png = { content_type: "image/png" };
  assert.equal(groupOf([png, png, png]), "f-files f-many f-odd");
  assert.equal(groupOf([png, { content_type: "text/plain" }]), "f-files f-odd");
});
