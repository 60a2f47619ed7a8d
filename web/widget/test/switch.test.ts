import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation, LogEvent } from "../../core/src/types.ts";
import { failureOf, failureOfReason, failureWords } from "../src/live/failures.ts";
import { lineOf } from "../src/live/line.ts";
import { stageOf } from "../src/live/stage.ts";
import { ascii, read } from "../src/number/number.ts";
import { countries, countryOf, writtenIn } from "../src/number/countries.ts";
import type { State } from "../src/session.ts";
import type { Words } from "../src/words.ts";
import ar from "../locales/ar.json" with { type: "json" };
import en from "../locales/en.json" with { type: "json" };

const words = { locale: "en" } as Words;
const all = countries([], words);
const country = (code: string) => all.find((one) => one.code === code)!;

test("a national number becomes an international one without what is only dialled at home", () => {
  assert.deepEqual(read("(500) 555-0199", country("US")), { address: "+15005550199" });
  assert.deepEqual(read("1 500 555 0199", country("US")), { address: "+15005550199" });
  assert.deepEqual(read("07700 900123", country("GB")), { address: "+447700900123" });
  assert.deepEqual(read("06 1234567", country("IT")), { address: "+39061234567" });
  assert.deepEqual(read("8 912 345-67-89", country("RU")), { address: "+79123456789" });
});

test("a dial code that was typed is believed before the country that was picked", () => {
  assert.deepEqual(read("+44 7700 900123", country("US")), { address: "+447700900123" });
  assert.deepEqual(read("0044 7700 900123", country("US")), { address: "+447700900123" });
});

test("digits of any script are digits", () => {
  assert.equal(ascii("٠١٢٣٤٥٦٧٨٩ ۰۹ ०९"), "0123456789 09 09");
  assert.deepEqual(read("‎٥٠٠ ٥٥٥ ٠١٩٩", country("US")), { address: "+15005550199" });
});

test("what cannot be a number is refused with its reason", () => {
  assert.deepEqual(read("  ", country("US")), { error: "empty" });
  assert.deepEqual(read("500 555 CALL", country("US")), { error: "letters" });
  assert.deepEqual(read("500 555", country("US")), { error: "short" });
  assert.deepEqual(read("+1234567890123456", country("GB")), { error: "long" });
});

test("a dial code in the text names the country as long as it stands there", () => {
  assert.equal(writtenIn("+44 20", all, "US")?.code, "GB");
  assert.equal(writtenIn("0044 20", all, "US")?.code, "GB");
  for (const text of ["", "+", "20 7946 0018"]) assert.equal(writtenIn(text, all, "US"), undefined, text);
});

test("of countries that share a dial code the picked one is kept", () => {
  assert.equal(countryOf("15005550199", all, "CA")!.code, "CA");
  assert.equal(countryOf("15005550199", all, "FR")!.code, "US");
  assert.equal(countryOf("351912345678", all, "US")!.code, "PT");
  assert.equal(countries(["DE", "FR"], words).length, 2);
});

const at = (ms: number) => new Date(Date.now() + ms).toISOString();
const state = (view: object, events: object[] = [], more: object = {}) =>
  ({ conversation: { switch: view }, log: { events, cursor: 0 }, ...more }) as unknown as State;

test("a greeting is told as slow after eight seconds, and as unconfirmed past its deadline", () => {
  const view = { phase: "greeting", id: "s", channel: "sms", address: "+1", deadline: at(20_000) };
  const asked = (ms: number) => [{ kind: "switch_asked", switch: "s", at: at(ms) }];
  assert.deepEqual(stageOf(state(view, asked(-1_000))), { is: "sending", channel: "sms", address: "+1", slow: false });
  assert.deepEqual(stageOf(state(view, asked(-9_000))), { is: "sending", channel: "sms", address: "+1", slow: true });
  assert.deepEqual(stageOf(state({ ...view, deadline: at(-1) })), { is: "failed", id: "s", reason: "timed_out" });
});

test("the way back is offered until the window is over, and not a moment longer", () => {
  const view = { phase: "reversible", id: "s", channel: "sms", address: "+1" };
  const open = stageOf(state({ ...view, until: at(9_500) }));
  assert.equal(open.is === "confirmed" && open.seconds, 10);
  assert.deepEqual(stageOf(state({ ...view, until: at(-1) })), { is: "settled" });
});

test("a failure is news for a while, until it is put aside", () => {
  const view = { phase: "settled", id: "s", reason: "not_possible", outcome: "failed" };
  const failed = (ms: number) => [{ kind: "switch_failed", switch: "s", at: at(ms) }];
  assert.deepEqual(stageOf(state(view, failed(-1_000))), { is: "failed", id: "s", reason: "not_possible" });
  assert.deepEqual(stageOf(state(view, failed(-120_000))), { is: "settled" });
  assert.deepEqual(stageOf(state(view, failed(-1_000), { dismissed: "s" })), { is: "settled" });
});

test("a leg that is lost is told by the log and by no failure", () => {
  const view = { phase: "settled", id: "s", outcome: "lost", reason: "not_possible" };
  assert.deepEqual(stageOf(state(view)), { is: "settled" });
});

test("a failure says where the chat goes on", () => {
  const read = (active_leg: object | null) => {
    const t = (key: string, values?: { on?: string; channel?: string }) =>
      key.startsWith("failed_") ? values!.on : [key, values?.channel].filter(Boolean).join(" ");
    const conversation = { active_leg } as unknown as Conversation;
    return failureWords({ locale: "en", t } as unknown as Words, { key: "unavailable" }, conversation);
  };
  assert.equal(read({ channel: "web" }), "goes_on_here");
  assert.equal(read({ channel: "whatsapp" }), "goes_on_by whatsapp");
  assert.equal(read(null), "");
});

test("every refusal has words in every language", () => {
  const problem = (status: number, code: string) => failureOf({ status, body: { code } }).key;
  const keys = [
    ...["not_possible", "timed_out", "unavailable", "provider_refused"].map((reason) => failureOfReason(reason).key),
    problem(0, ""),
    problem(409, "switch_pending"),
    problem(409, "window_closed"),
    problem(409, "superseded"),
    problem(409, "nothing_to_revert"),
    problem(409, "nothing_to_cancel"),
    problem(409, "invitation_gone"),
    problem(409, "something_new"),
    problem(422, "bad_address"),
    problem(422, "no_address"),
    problem(429, ""),
    problem(503, "storage_full"),
  ];
  for (const key of keys) assert.ok(`failed_${key}` in en.live && `failed_${key}` in ar.live, key);
});

test("both catalogues say the same keys, with the same holes", () => {
  const holes = (form: unknown) => [...new Set(JSON.stringify(form).match(/\{[a-z]+\}/g))].sort().join();
  for (const part of ["chat", "live", "number", "lead", "back"] as const) {
    const [one, other] = [en[part] as Record<string, unknown>, ar[part] as Record<string, unknown>];
    assert.deepEqual(Object.keys(one).sort(), Object.keys(other).sort());
    for (const key of Object.keys(one)) assert.equal(holes(one[key]), holes(other[key]), key);
  }
});

test("every line of the log has words; what a visitor does not know makes none", () => {
  const lines = [
    { kind: "switched", channel: "sms" },
    { kind: "switched", channel: "web" },
    { kind: "reverted", channel: "sms" },
    { kind: "reverted", channel: "web" },
    { kind: "switch_cancelled" },
    { kind: "switch_failed", reason: "not_possible" },
    { kind: "switch_failed", reason: "timed_out" },
    { kind: "switch_failed", reason: "unavailable" },
    { kind: "switch_failed", reason: "something_new" },
    { kind: "leg_lost", why: "opt_out", to_channel: "web" },
    { kind: "leg_lost", why: "opt_out", to_channel: null },
    { kind: "leg_lost", why: "undeliverable", to_channel: "web" },
    { kind: "leg_lost", why: "moved", to_channel: null },
    { kind: "invited", by: {} },
    { kind: "invitation_closed", why: "declined" },
    { kind: "resolved", by: { kind: "visitor" } },
    { kind: "resolved", by: { kind: "operator" } },
    { kind: "reopened" },
  ].map((event) => lineOf(event as unknown as LogEvent, undefined)!.key);
  for (const key of lines) assert.ok(key in en.live, key);
  for (const kind of ["opened", "switch_asked", "assigned", "of_tomorrow"]) {
    assert.equal(lineOf({ kind } as unknown as LogEvent, undefined), undefined);
  }
});
