import assert from "node:assert/strict";
import { test } from "node:test";
import { left, secondsLeft, serverNow, tell } from "../src/clock.ts";
import { direction, pickLocale, translator } from "../src/i18n.ts";
import { appended, attached, delivered, emptyLog } from "../src/log.ts";
import { segments } from "../src/sms.ts";
import type { LogEvent, Message } from "../src/types.ts";

test("an SMS holds 160 plain characters, and 153 in each of several", () => {
  assert.deepEqual(segments("a".repeat(160)), { encoding: "gsm7", segments: 1, units: 160, left: 0 });
  assert.equal(segments("a".repeat(161)).segments, 2);
  assert.equal(segments("a".repeat(306)).segments, 2);
  assert.equal(segments("a".repeat(307)).segments, 3);
});

test("a character of the extension table takes two places and is never torn", () => {
  assert.equal(segments("€").units, 2);
  assert.equal(segments("a".repeat(152) + "€" + "a".repeat(20)).segments, 2);
  assert.equal(segments("a".repeat(152) + "€" + "a".repeat(151)).segments, 2);
  assert.equal(segments("a".repeat(152) + "€" + "a".repeat(152)).segments, 3);
});

test("one character outside the alphabet makes the whole text UCS-2: 70, then 67 each", () => {
  assert.deepEqual(segments("ж".repeat(70)), { encoding: "ucs2", segments: 1, units: 70, left: 0 });
  assert.equal(segments("ж".repeat(71)).segments, 2);
  assert.equal(segments("🎉".repeat(35)).segments, 1);
  // 33 pairs fit in 67 units: the 34th is not torn in two.
  assert.equal(segments("🎉".repeat(67)).segments, 3);
});

test("nothing is no SMS", () => {
  assert.equal(segments("").segments, 0);
});

test("a plural is chosen by the language's own rules", () => {
  const n = { zero: "none", one: "one", two: "two", few: "{n} few", many: "{n} many", other: "{n} other" };
  const t = translator("ar", { n });
  assert.deepEqual(
    [0, 1, 2, 3, 11, 100].map((n) => t("n", { n }).replace(/^\S+ /, "")),
    ["none", "one", "two", "few", "many", "other"],
  );
});

test("a hole without a value stays to be seen, and a missing key is said as itself", () => {
  const t = translator("en", { hi: "Hi {name}" });
  assert.equal(t("hi"), "Hi {name}");
  assert.equal(t("hi", { name: "{name}" }), "Hi {name}");
  assert.equal(t("gone"), "gone");
});

test("the first wished language that there is wins, by its primary subtag", () => {
  assert.equal(pickLocale(["fr-CA", "ar-EG", "en"], ["en", "ar"]), "ar");
  assert.equal(pickLocale(["fr"], ["en", "ar"]), "en");
  assert.equal(direction("ar"), "rtl");
  assert.equal(direction("en"), "ltr");
});

test("a countdown is told by the server's clock, whatever this device's says", () => {
  tell(new Date(Date.now() + 3_600_000).toISOString());
  const until = new Date(Date.now() + 3_600_000 + 9_500).toISOString();
  assert.equal(secondsLeft(until), 10);
  assert.ok(serverNow() > Date.now() + 3_590_000);
  assert.equal(left(new Date().toISOString()), 0);
});

const message = (seq: number): LogEvent => ({
  seq,
  at: "",
  kind: "message",
  author: { kind: "operator" },
  leg: "l",
  channel: "sms",
  text: "",
  attachments: [],
  delivery: { state: "queued" },
});

test("the log takes each event once and in order", () => {
  const log = appended(emptyLog, [message(1), message(2), message(2), message(5), message(3)]);
  assert.deepEqual(
    log.events.map(({ seq }) => seq),
    [1, 2, 5],
  );
  assert.equal(log.cursor, 5);
});

test("a file that came takes the place of what was known of it, and nothing else does", () => {
  const fetching = {
    id: "a",
    name: "a.png",
    content_type: "image/png",
    size: null,
    state: "fetching",
    url: null,
  } as const;
  const said = { ...message(1), attachments: [fetching] } as LogEvent;
  const here = { ...fetching, size: 3, state: "here", url: "https://chat.example/f/a" } as const;
  const log = appended(emptyLog, [said, message(2)]);
  assert.deepEqual((attached(log, 1, here).events[0] as Message).attachments, [here]);
  assert.deepEqual((attached(log, 1, { ...here, id: "b" }).events[0] as Message).attachments, [fetching]);
  assert.deepEqual((attached(log, 2, here).events[0] as Message).attachments, [fetching]);
});

test("a delivery only moves forward; a failure yields to a proof", () => {
  let log = appended(emptyLog, [message(1)]);
  const seen = (["delivered", "sent", "read", "failed"] as const).map((state) => {
    log = delivered(log, 1, { state });
    return (log.events[0] as Message).delivery.state;
  });
  assert.deepEqual(seen, ["delivered", "delivered", "read", "read"]);
  log = delivered(appended(emptyLog, [message(1)]), 1, { state: "failed" });
  assert.equal((delivered(log, 1, { state: "delivered" }).events[0] as Message).delivery.state, "delivered");
});
