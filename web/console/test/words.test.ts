import assert from "node:assert/strict";
import { test } from "node:test";
import ar from "../locales/ar.json";
import en from "../locales/en.json";
import type { Conversation, Problem } from "@switchboard/core";
import { initials, legName, showAddress } from "../src/words/people.ts";
import { cheaper, costly } from "../src/words/plain.ts";
import { refusal } from "../src/words/refusals.ts";
import { speak } from "../src/words/words.ts";

/** The holes of a sentence, or of every form of a plural. */
const holes = (form: unknown): string[] => [...new Set(JSON.stringify(form).match(/\{\w+\}/g) ?? [])].sort();

test("every catalogue says everything", () => {
  assert.deepEqual(Object.keys(ar).sort(), Object.keys(en).sort());
});

test("a translated sentence has no hole that the English one has not", () => {
  const translated: Record<string, unknown> = ar;
  for (const [key, form] of Object.entries(en)) {
    for (const hole of holes(translated[key])) assert.ok(holes(form).includes(hole), `${key}: ${hole}`);
  }
});

test("an Arabic plural has every form that Arabic needs", () => {
  const forms = new Intl.PluralRules("ar").resolvedOptions().pluralCategories;
  for (const [key, form] of Object.entries(ar)) {
    if (typeof form !== "string") assert.deepEqual(Object.keys(form).sort(), [...forms].sort(), key);
  }
});

test("a word that we have no sentence for is told as it is", () => {
  const words = speak("en", en);
  assert.equal(words.of("reason", "opted_out", "reason.other"), "the number opted out");
  assert.equal(words.of("reason", "sunspots", "reason.other"), "sunspots");
});

test("a number is grouped, and reads from left to right in a line of either direction", () => {
  assert.equal(showAddress("+15005550006"), "\u2066+1\u00a0500\u00a0555\u00a00006\u2069");
  assert.equal(showAddress("+971501234567"), "\u2066+971\u00a0501\u00a0234\u00a0567\u2069");
  assert.equal(showAddress("somebody"), "\u2066somebody\u2069");
});

test("initials are letters of any script, and none of what is no letter", () => {
  assert.equal(initials("Maya von Okafor"), "MO");
  assert.equal(initials("نور"), "ن");
  assert.equal(initials("+1 500"), "");
  assert.equal(initials(null), "");
});

test("typographic characters are offered in plain ones where that is cheaper", () => {
  const text = `“${"a".repeat(100)}”…`;
  assert.equal(cheaper(text), `"${"a".repeat(100)}"...`);
  assert.deepEqual(costly(text), ["“", "”", "…"]);
});

test("plain text, and text that cannot be made plain, are left alone", () => {
  assert.equal(cheaper("Hello"), null);
  assert.equal(cheaper("مرحبا"), null);
});

test("a length of time is told in hours and minutes, and never longer than it is", () => {
  const { span } = speak("en", en);
  const minute = 60_000;
  assert.equal(span(23 * 60 * minute + 10 * minute + 59_000), "23 h 10 min");
  assert.equal(span(2 * 60 * minute), "2 h");
  assert.equal(span(59 * minute), "59 min");
  assert.equal(span(59_000), "less than a minute");
});

const problem = (code: string, more: object = {}): Problem => ({ type: "", title: "", status: 409, code, ...more });

test("a refusal is told with the facts that it brings, where no chat is at hand", () => {
  const words = speak("en", en);
  const say = (code: string, more: object) => refusal(problem(code, more), undefined, words);
  const until = new Date(Date.now() + 6_000).toISOString();
  const wait = say("window_open", { switch: { phase: "reversible", until } });
  assert.match(wait, /for [678] s\. Try again after that/);
  const greeting = { phase: "greeting", channel: "whatsapp" };
  assert.equal(say("switch_pending", { switch: greeting }), "A move to WhatsApp is under way. Wait until it is done.");
  const leg = { channel: "sms", address: "+12025550147" };
  assert.match(say("leg_changed", { active_leg: leg }), /moved to SMS · /);
});

test("a wait that is over is not counted, and who has no window puts nothing back", () => {
  const words = speak("en", en);
  const row = { channels: [{ channel: "web", asks: null }], legs: [{ channel: "sms" }] } as unknown as Conversation;
  const until = (ms: number) => ({ switch: { phase: "reversible", until: new Date(Date.now() + ms).toISOString() } });
  assert.equal(refusal(problem("window_open", until(-9_000)), row, words), "The chat had just moved. Try again now.");
  assert.match(refusal(problem("window_open", until(6_000)), row, words), /^The chat has just moved\. Try again in /);
});

test("each mistake with a number is told as what it is, and one that we have no words for in the server's", () => {
  const words = speak("ar", ar);
  const say = (detail: string) => refusal(problem("bad_address", { field: "address", detail }), undefined, words);
  assert.equal(say("This number is too short."), ar["refusal.number.too_short"]);
  const own = "this number is the organization's own: give the visitor's";
  assert.equal(say(own), ar["refusal.number.own"]);
  assert.equal(say("The moon has no numbers."), "The moon has no numbers.");
});

test("who is known by a provider's id is shown by the number that is known of it", () => {
  const addresses = [{ channel: "whatsapp", address: "US.121", number: "+12025550147" }];
  const row = { visitor: { id: "v", name: null, addresses } } as unknown as Conversation;
  const words = speak("en", en);
  const shown = legName({ channel: "whatsapp", address: "US.121" }, words, row);
  assert.equal(shown, `WhatsApp · ${showAddress("+12025550147")}`);
});
