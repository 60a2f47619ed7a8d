import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActiveLeg, Conversation, Rest, Session } from "@switchboard/core";
import { MemoryStorage } from "../../core/test/browser.ts";
import { openDrafts } from "../src/desk/drafts.ts";
import { alsoBy, matches, readAnew, sections, taken, unreadOf } from "../src/desk/inbox.ts";
import { listenWith } from "../src/desk/hearing.ts";
import type { Leads } from "../src/desk/leads.ts";
import { openLists, type Lists } from "../src/desk/lists.ts";
import { hashOf, readRoute } from "../src/desk/route.ts";
import { initialState, type DeskState } from "../src/desk/state.ts";
import type { Store } from "../src/desk/store.ts";
import type { Threads } from "../src/desk/threads.ts";
import { askable, beyond, canAsk, ways } from "../src/desk/ways.ts";

globalThis.addEventListener ??= () => {};

const T0 = "2026-03-04T10:00:00.000Z";
const T1 = "2026-03-04T10:00:01.000Z";
const WEB: ActiveLeg = {
  id: "web-leg",
  channel: "web",
  address: null,
  proof: "linked",
  live: true,
  heard: true,
  text_limit: 8000,
  counts_segments: false,
};

function row(id: string, more: Partial<Conversation> = {}): Conversation {
  return {
    id,
    status: "waiting",
    active_leg: WEB,
    legs: [
      {
        id: "web-leg",
        channel: "web",
        address: null,
        connection: "web",
        proof: "linked",
        heard: true,
        usable: true,
        taken_back: false,
        active: true,
        opened_at: T0,
        opened_by: { kind: "visitor" },
        why: "opened",
      },
    ],
    switch: { phase: "settled" },
    invitation: null,
    assignee: null,
    reachable: true,
    last_seq: 1,
    now: T0,
    updated_at: T0,
    created_at: T0,
    queued_at: T0,
    unread: 1,
    visitor_here: true,
    visitor: { id: "v", name: "Maya", addresses: [] },
    channels: [
      { channel: "web", asks: null },
      { channel: "sms", asks: "phone" },
    ],
    ...more,
  };
}

const ADA = { id: "ada", name: "Ada" };
const BO = { id: "bo", name: "Bo" };
const rows = (...list: Conversation[]) => taken(new Map(), list);

test("who has waited the longest comes first", () => {
  const list = rows(row("late", { queued_at: T1 }), row("early"));
  assert.deepEqual(
    sections(list, "ada").waiting.map(({ id }) => id),
    ["early", "late"],
  );
});

test("a conversation stands under Mine for its holder, and in progress for everybody else", () => {
  const list = rows(row("a", { status: "in_progress", assignee: ADA }));
  assert.equal(sections(list, "ada").mine.length, 1);
  assert.equal(sections(list, "bo").in_progress.length, 1);
});

test("of two views of one conversation the later one stands, whichever came first", () => {
  const early = row("a");
  const late = row("a", { now: T1, status: "resolved" });
  assert.equal(taken(rows(late), [early]).get("a"), late);
  assert.equal(taken(rows(early), [late]).get("a"), late);
});

test("a row that no list holds any more is let go when the lists are read anew, unless it is open", () => {
  const anew = readAnew(rows(row("gone"), row("open"), row("here")), [row("here")], (id) => id === "open");
  assert.deepEqual([...anew.keys()].sort(), ["here", "open"]);
});

test("what only a whole conversation tells stays when the line brings a row, unless a leg of its own tells otherwise", () => {
  const known = { channel: "sms", address: "+12025550147", proof: "claimed", opted_out: false } as const;
  const ours = { ...known, address: "+12025550148" };
  const visitor = { id: "v", name: "Maya", addresses: [] };
  const leg = { ...row("a").legs[0]!, id: "sms-leg", channel: "sms", address: ours.address, active: false };
  const legs = [...row("a").legs, leg];
  const whole = row("a", {
    legs,
    visitor: { ...visitor, addresses: [{ ...known, given_in: "lead" }, ours], lead: "l" },
  });
  const line = row("a", { now: T1, legs, visitor });
  const held = taken(taken(new Map(), [whole]), [line]).get("a");
  assert.deepEqual(held?.visitor, { ...visitor, addresses: [{ ...known, given_in: "lead" }], lead: "l" });
});

test("who holds the number stays told while the switch that failed is the last one", () => {
  const held = { id: "s", phase: "settled", outcome: "failed", reason: "held" } as const;
  const whole = row("a", { switch: { ...held, held_by: "b" } });
  const known = (next: Conversation["switch"]) =>
    taken(rows(whole), [row("a", { now: T1, switch: next })]).get("a")?.switch.held_by;
  assert.equal(known(held), "b");
  assert.equal(known({ ...held, id: "t" }), undefined);
  const young = row("a", { now: T1, switch: held });
  assert.equal(taken(rows(young), [whole]).get("a")?.switch.held_by, "b");
});

test("an open chat is read whole when its switch fails because another chat holds the number", () => {
  const read: string[] = [];
  const hear = (open: string | null, before: Conversation, next: Conversation) => {
    const session = { operator: { ...ADA, presence: "online" } } as Session;
    const state = { ...initialState(session, { conversation: open, panel: false }), rows: rows(before) };
    const store = { get: () => state, set: () => {}, subscribe: () => () => {} } as Store<DeskState>;
    const lists = { take: () => {}, row: async (id: string) => (read.push(id), null) } as unknown as Lists;
    const listen = listenWith({ store, lists, threads: {} as Threads, leads: {} as Leads, onUnseen: () => {} });
    listen({ type: "conversation", conversation: next });
    listen({ type: "conversation", conversation: next });
  };
  const failed = row("a", { switch: { id: "s", phase: "settled", outcome: "failed", reason: "held" } });
  hear("a", row("a", { switch: { id: "s", phase: "greeting" } }), failed);
  assert.deepEqual(read, ["a"]);
  // A list may have told of it before the line.
  hear("a", failed, failed);
  assert.deepEqual(read, ["a", "a"]);
  hear("a", row("a", { switch: { ...failed.switch, held_by: "b" } }), failed);
  hear("b", row("a"), failed);
  assert.deepEqual(read, ["a", "a"]);
});

test("a number that was refused for nothing of its own stays to be tried again", () => {
  const one = { channel: "sms", address: "+12025550147", proof: "claimed", opted_out: false } as const;
  const leg = { ...row("a").legs[0]!, id: "sms-leg", channel: "sms", address: one.address, active: false };
  const visitor = { id: "v", name: "Maya", addresses: [] };
  const whole = row("a", { visitor: { ...visitor, addresses: [one], lead: "l" } });
  const greeting = { phase: "greeting", channel: "sms", address: one.address } as const;
  for (const [reason, count] of [
    ["messaging_off", 1],
    ["unavailable", 1],
    ["held", 0],
    ["bad_recipient", 0],
  ] as const) {
    const failed = { ...greeting, phase: "settled", outcome: "failed", reason } as const;
    const lines = [greeting, failed].map((view) => row("a", { now: T1, legs: [leg], visitor, switch: view }));
    const held = lines.reduce((known, line) => taken(known, [line]), taken(new Map(), [whole])).get("a");
    assert.equal(held?.visitor?.addresses.length, count, reason);
  }
});

test("what the line brings while the lists are being read is not let go by them", async () => {
  const session = { operator: { ...ADA, presence: "online" } } as Session;
  let state = initialState(session, readRoute(""));
  const store: Store<DeskState> = {
    get: () => state,
    set: (more) => void (state = { ...state, ...more }),
    subscribe: () => () => {},
  };
  const none = { status: 200, body: { items: [], next_cursor: null } };
  const rest = async () => {
    lists.take([row("young")]);
    return none;
  };
  const lists = openLists(store, rest as unknown as Rest);
  await lists.read();
  assert.ok(state.rows.has("young"));
});

test("what a colleague holds is not counted as unread", () => {
  const list = rows(row("a"), row("b", { status: "in_progress", assignee: BO }));
  assert.equal(unreadOf(list, "ada"), 1);
});

test("a row is found by name, by last words, and by the digits of a number", () => {
  const addresses = [{ channel: "sms", address: "+15005550006", proof: "claimed" as const, opted_out: false }];
  const one = row("a", { visitor: { id: "v", name: "Maya", addresses } });
  for (const query of ["may", "555 0006", "+1 500 555 0006", "\u2066+1\u00a0500\u00a0555\u00a00006\u2069", ""]) {
    assert.ok(matches(one, query), query);
  }
  assert.ok(!matches(one, "priya"));
  const known = [{ ...addresses[0]!, channel: "whatsapp", address: "US.121", number: "+12025550147" }];
  assert.ok(matches(row("b", { visitor: { id: "v", name: null, addresses: known } }), "+1 202 555 0147"));
});

test("the visitor can be asked for a number only while the web chat is active", () => {
  assert.ok(canAsk(row("a"), "ada"));
  assert.ok(!canAsk(row("a", { active_leg: null }), "ada"));
  assert.ok(!canAsk(row("a", { status: "in_progress", assignee: BO }), "ada"));
});

test("a number that opted out is shown and cannot be taken", () => {
  const addresses = [{ channel: "sms", address: "+15005550006", proof: "replied" as const, opted_out: true }];
  const found = ways(row("a", { visitor: { id: "v", name: null, addresses } }), "ada");
  assert.deepEqual(
    found.map(({ channel, block }) => [channel, block]),
    [
      ["web", "active"],
      ["sms", "opted_out"],
    ],
  );
});

test("a phone whose window is still open is shown as where the answers go", () => {
  const phone: ActiveLeg = { ...WEB, id: "sms-leg", channel: "sms", address: "+15005550006", proof: "claimed" };
  const found = ways(row("a", { active_leg: phone }), "ada");
  assert.deepEqual(found.at(-1), { channel: "sms", address: "+15005550006", proof: "claimed", block: "active" });
});

test("a visitor who is not there cannot be moved to the web chat", () => {
  const phone: ActiveLeg = { ...WEB, id: "sms-leg", channel: "sms", address: "+15005550006" };
  const [web] = ways(row("a", { active_leg: phone, visitor_here: false }), "ada");
  assert.equal(web?.block, "not_here");
});

test("a draft is kept per conversation, and the oldest gives way", () => {
  const store = new MemoryStorage();
  const drafts = openDrafts(store, "drafts");
  for (let i = 0; i < 61; i++) drafts.keep(`c${i}`, `text ${i}`);
  assert.equal(openDrafts(store, "drafts").of("c60"), "text 60");
  assert.equal(openDrafts(store, "drafts").of("c0"), "");
  drafts.keep("c60", "");
  assert.equal(drafts.of("c60"), "");
});

test("a route reads as it was written", () => {
  for (const route of [
    { conversation: null, panel: false },
    { conversation: "a/b", panel: false },
    { conversation: "c", panel: true },
  ]) {
    assert.deepEqual(readRoute(hashOf(route)), route);
  }
});

test("a channel that is entered by the visitor's own link is no window, and asks for no number", () => {
  const channels = [
    { channel: "web", asks: null, links: false },
    { channel: "whatsapp", asks: "phone" as const, links: true },
    { channel: "telegram", asks: null, links: true },
  ];
  const open = row("c", { channels });
  assert.deepEqual(
    ways(open, "ada").map(({ channel }) => channel),
    ["web"],
  );
  assert.deepEqual(
    askable(open).map(({ channel }) => channel),
    ["whatsapp", "telegram"],
  );
  assert.deepEqual(
    beyond(open).map(({ channel }) => channel),
    ["whatsapp", "telegram"],
  );
  const chat = { channel: "telegram", address: "4711", proof: "linked" as const, opted_out: false };
  const known = row("d", { channels, visitor: { id: "v", name: null, addresses: [chat] } });
  assert.deepEqual(
    ways(known, "ada").map(({ address }) => address),
    [null, "4711"],
  );
});

test("who never had a window is not asked for a number there", () => {
  const [web] = row("c").legs;
  const legs = [{ ...web!, channel: "sms", address: "+12025550147" }];
  assert.deepEqual(askable(row("c", { legs })), []);
});

test("other chats of the same address are named, the one that moved last first", () => {
  const [web] = row("c").legs;
  const by = (address: string | null) => ({ legs: [{ ...web!, address }] });
  const list = rows(
    row("here", by("+1")),
    row("old", by("+1")),
    row("new", { ...by("+1"), updated_at: T1 }),
    row("else", by("+2")),
    row("web", by(null)),
  );
  const found = (id: string) => alsoBy(list, list.get(id)!).map((other) => other.id);
  assert.deepEqual(found("here"), ["new", "old"]);
  assert.deepEqual(found("web"), []);
});
