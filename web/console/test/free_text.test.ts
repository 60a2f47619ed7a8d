import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActiveLeg, FreeTextWindow } from "@switchboard/core";
import { freeText } from "../src/desk/free_text.ts";

const NOW = Date.parse("2026-03-04T10:00:00.000Z");
const in_ = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

function leg(window: FreeTextWindow | null | undefined, heard = true): ActiveLeg {
  return {
    id: "2",
    channel: "whatsapp",
    address: "+12025550147",
    proof: "replied",
    live: true,
    heard,
    text_limit: 4096,
    counts_segments: false,
    window,
  };
}

test("a leg without a window takes free text always", () => {
  assert.deepEqual(freeText(leg(null), NOW), { state: "always" });
  assert.deepEqual(freeText(leg(undefined), NOW), { state: "always" });
  assert.deepEqual(freeText(null, NOW), { state: "always" });
});

test("an open window counts down, and its last hour is urgent", () => {
  const until = (minutes: number) => freeText(leg({ open: true, until: in_(minutes), price: "service" }), NOW);
  assert.deepEqual(until(61), { state: "open", left: 61 * 60_000, urgent: false });
  assert.deepEqual(until(59), { state: "open", left: 59 * 60_000, urgent: true });
});

test("a window that nobody knows an end of is open, and never urgent", () => {
  const free = freeText(leg({ open: true, until: null, price: "service" }), NOW);
  assert.deepEqual(free, { state: "open", left: null, urgent: false });
});

test("past its end a window is closed, whether the server has said so yet or not", () => {
  assert.deepEqual(freeText(leg({ open: true, until: in_(0), price: "service" }), NOW), { state: "closed" });
  assert.deepEqual(freeText(leg({ open: false, until: in_(-5), price: "template" }), NOW), { state: "closed" });
});

test("where words wait for the first answer by rule, they wait without a window too", () => {
  assert.deepEqual(freeText({ ...leg(null, false), holds: true }, NOW), { state: "waits" });
  assert.deepEqual(freeText({ ...leg(null), holds: false }, NOW), { state: "always" });
});

test("to somebody who never wrote, free text waits", () => {
  assert.deepEqual(freeText(leg({ open: false, until: null, price: "template" }, false), NOW), { state: "waits" });
});
