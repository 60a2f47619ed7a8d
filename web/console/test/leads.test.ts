import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation, Lead, LeadAddress, Offer } from "@switchboard/core";
import en from "../locales/en.json";
import { leadWays } from "../src/desk/lead_ways.ts";
import { leadName } from "../src/words/people.ts";
import { speak } from "../src/words/words.ts";

const OFFERS: Offer[] = [
  { channel: "sms", asks: "phone" },
  { channel: "whatsapp", asks: "phone" },
  { channel: "telegram", asks: null, links: true },
];

function address(more: Partial<LeadAddress>): LeadAddress {
  return {
    kind: "phone",
    address: "+12025550147",
    proof: "claimed",
    given_at: "2026-03-04T10:00:00.000Z",
    given_in: "operator",
    channels: [],
    opted_out: [],
    consent: null,
    ...more,
  };
}

const lead = (...addresses: LeadAddress[]) =>
  ({ name: null, company: null, visitor: "v-abc", addresses }) as unknown as Lead;

/** By what somebody can be reached, and why not by the others. */
const ways = (hasChat: boolean, ...addresses: LeadAddress[]) =>
  leadWays(lead(...addresses), OFFERS, hasChat).map(({ block }) => block ?? "yes");

test("a number is tried on every channel that asks for one, unless its person opted out there", () => {
  assert.deepEqual(ways(false, address({})), ["yes", "yes", "writes_first"]);
  assert.deepEqual(ways(false, address({ opted_out: ["sms"] })), ["opted_out", "yes", "writes_first"]);
});

test("who wrote by a channel of their own is reached there, and by no number that nobody knows", () => {
  const there = address({ kind: "telegram", address: "2025550147", channels: ["telegram"] });
  assert.deepEqual(ways(true, there), ["no_number", "no_number", "yes"]);
});

test("a number that a provider told of somebody is tried from their chat", () => {
  const there = address({ kind: "whatsapp", address: "US.121", channels: ["whatsapp"], number: "+12025550147" });
  assert.deepEqual(ways(true, there), ["yes", "yes", "writes_first"]);
  assert.deepEqual(ways(false, there), ["no_number", "yes", "writes_first"]);
});

test("a lead without a name is called as their chat calls them, or by where they can be reached", () => {
  const words = speak("en", en);
  const chat = { visitor: { id: "v-abc", name: "Guest 0147", addresses: [] } } as unknown as Conversation;
  const there = address({ kind: "whatsapp", address: "US.121", number: "+12025550147" });
  assert.equal(leadName(lead(there), chat, words), "Guest 0147");
  assert.equal(leadName(lead(there), undefined, words), "\u2066+1\u00a0202\u00a0555\u00a00147\u2069");
  assert.equal(leadName(lead(), undefined, words), "Visitor ABC");
});
