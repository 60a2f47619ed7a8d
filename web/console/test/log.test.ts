import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEvent, Message } from "@switchboard/core";
import { newThread, opened, withEarlier, withEvent, type Thread } from "../src/desk/thread.ts";
import { items, type Item } from "../src/log/items.ts";

const VISITOR = { kind: "visitor", id: "v" } as const;
const ADA = { kind: "operator", id: "ada", name: "Ada" } as const;
const AT = Date.parse("2026-03-04T10:00:00.000Z");
const SMS = { channel: "sms", address: "+15005550006", leg: "sms-leg" };

const VIEWS = new Set(["web"]);

const at = (seq: number) => new Date(AT + seq * 1000).toISOString();

function said(seq: number, author: Message["author"], text: string, more: Partial<Message> = {}): Message {
  const delivery = { state: "delivered" } as const;
  const place = { leg: "web-leg", channel: "web" };
  return { kind: "message", seq, at: at(seq), author, text, attachments: [], delivery, ...place, ...more };
}

const asked = (seq: number): LogEvent => {
  return {
    kind: "switch_asked",
    seq,
    at: at(seq),
    switch: "s",
    by: VISITOR,
    from_channel: "web",
    deadline: null,
    ...SMS,
  };
};
const switched = (seq: number): LogEvent => {
  const how = "welcome" as const;
  return {
    kind: "switched",
    seq,
    at: at(seq),
    switch: "s",
    by: VISITOR,
    from_channel: "web",
    until: null,
    how,
    ...SMS,
  };
};
const reverted = (seq: number): LogEvent => {
  const web = { channel: "web", address: null, leg: "web-leg" };
  return { kind: "reverted", seq, at: at(seq), switch: "s", by: VISITOR, from_channel: "sms", ...web };
};
const welcome = (seq: number) =>
  said(seq, { kind: "system" }, "Reply to continue.", { leg: "sms-leg", channel: "sms" });

function thread(events: LogEvent[], unread = 0): Thread {
  return opened(newThread(0), events, unread);
}

/** What is drawn, in a word each. */
function drawn(events: LogEvent[], unread = 0): string[] {
  return items(thread(events, unread), "web-leg", VIEWS).map(word);
}

function word(item: Item): string {
  if (item.type === "message") return item.message.text;
  if (item.type === "line") {
    const more = { back: item.back, anew: item.anew, welcome: item.welcome };
    const said = Object.entries(more).flatMap(([name, is]) => (is ? "+" + name : ""));
    return item.line.kind + said.join("");
  }
  return item.type === "mark" ? `${item.why} ${item.count}` : item.type;
}

test("a switch under way is one line with its welcome", () => {
  assert.deepEqual(drawn([asked(1), welcome(2)]), ["day", "switch_asked+welcome"]);
});

test("a switch that is done is still one line", () => {
  assert.deepEqual(drawn([asked(1), welcome(2), switched(3)]), ["day", "switched+welcome"]);
});

test("a switch put back before anything was said stays one line", () => {
  assert.deepEqual(drawn([asked(1), welcome(2), switched(3), reverted(4)]), ["day", "switched+back+welcome"]);
});

test("a switch by a code that is put back is one line: that they wrote from there is no word between", () => {
  const place = { channel: SMS.channel, address: SMS.address, leg: SMS.leg };
  const proof: LogEvent = { kind: "proof", seq: 2, at: at(2), proof: "linked", ...place };
  const consent: LogEvent = { kind: "consent", seq: 3, at: at(3), by: VISITOR, word: "opt_in", ...place };
  assert.deepEqual(drawn([switched(1), proof, consent, reverted(4)]), ["day", "switched+back", "proof", "consent"]);
});

test("a switch put back after something was said is told where it happened", () => {
  const events = [asked(1), welcome(2), switched(3), said(4, ADA, "Hello"), reverted(5)];
  assert.deepEqual(drawn(events), ["day", "switched+welcome", "Hello", "reverted"]);
});

test("reaching who is away is one line, and that a lead's chat is born resolved is none", () => {
  const by = { by: ADA } as const;
  const web = { channel: "sms", address: SMS.address, leg: "sms-leg" };
  const events: LogEvent[] = [
    { kind: "opened", seq: 1, at: at(1), ...by, ...web },
    { kind: "resolved", seq: 2, at: at(2), ...by },
    { ...(asked(3) as LogEvent & { kind: "switch_asked" }), ...by },
    welcome(4),
    { ...(switched(5) as LogEvent & { kind: "switched" }), ...by },
    { kind: "reopened", seq: 6, at: at(6), ...by },
    { kind: "assigned", seq: 7, at: at(7), ...by, operator: ADA, why: "claim" },
    said(8, ADA, "Hello"),
    { kind: "resolved", seq: 9, at: at(9), ...by },
  ];
  assert.deepEqual(drawn(events), ["day", "opened", "switched+anew+welcome", "Hello", "resolved"]);
});

test("reaching whoever waits in an open chat is told as that", () => {
  const events: LogEvent[] = [
    { ...(switched(1) as LogEvent & { kind: "switched" }), by: ADA },
    { kind: "assigned", seq: 2, at: at(2), by: ADA, operator: ADA, why: "reconnect" },
  ];
  assert.deepEqual(drawn(events), ["day", "switched+anew"]);
});

test("a failed switch tells its reason once", () => {
  const failed: LogEvent = { kind: "switch_failed", seq: 3, at: at(3), switch: "s", reason: "opted_out", ...SMS };
  assert.deepEqual(drawn([asked(1), welcome(2), failed]), ["day", "switch_failed+welcome"]);
});

test("a kind of entry that we do not know draws nothing", () => {
  const strange = { kind: "of_a_later_version", seq: 1, at: at(1) } as unknown as LogEvent;
  assert.deepEqual(drawn([strange, said(2, VISITOR, "Hi")]), ["day", "Hi"]);
});

test("what was unread when the conversation was opened stands under a mark", () => {
  const events = [said(1, VISITOR, "one"), said(2, VISITOR, "two"), said(3, VISITOR, "three")];
  assert.deepEqual(drawn(events, 2), ["day", "one", "new 2", "two", "three"]);
});

test("what came while the line was down stands under a mark that counts it", () => {
  const dropped = { ...thread([said(1, ADA, "Hello")]), missedAfter: 1 };
  const back = withEvent(withEvent(dropped, said(2, VISITOR, "one")), said(3, VISITOR, "two"));
  assert.deepEqual(items(back, "web-leg", VIEWS).map(word), ["day", "Hello", "missed 2", "one", "two"]);
});

test("what operators said meanwhile is not marked as missed", () => {
  const dropped = { ...thread([said(1, VISITOR, "Hello")]), missedAfter: 1 };
  const back = withEvent(withEvent(dropped, said(2, ADA, "kept, and sent now")), said(3, VISITOR, "one"));
  assert.deepEqual(items(back, "web-leg", VIEWS).map(word), ["day", "Hello", "kept, and sent now", "missed 1", "one"]);
});

test("a message on another channel than the one before it is marked as such", () => {
  const events = [said(1, VISITOR, "here"), said(2, VISITOR, "there", { leg: "sms-leg", channel: "sms" })];
  const moved = items(thread(events), "web-leg", VIEWS).flatMap((item) =>
    item.type === "message" ? [item.moved] : [],
  );
  assert.deepEqual(moved, [false, true]);
});

test("a message that did not arrive is offered again until its words are said again", () => {
  const withdrawn = said(1, ADA, "The number is 4711.", { delivery: { state: "withdrawn" } });
  const offered = (events: LogEvent[]) =>
    items(thread(events), "web-leg", VIEWS).flatMap((item) =>
      item.type === "message" && item.again ? [item.message.seq] : [],
    );
  assert.deepEqual(offered([withdrawn]), [1]);
  assert.deepEqual(offered([withdrawn, said(2, ADA, "The number is 4711.")]), []);
});

test("a message that no window showed before the chat moved is offered again, and only then", () => {
  const waits = said(1, ADA, "Still there?", { delivery: { state: "sent" } });
  const offered = (message: Message, here: string) =>
    items(thread([message]), here, VIEWS).some((item) => item.type === "message" && item.unseen && item.again);
  assert.ok(offered(waits, "sms-leg"));
  assert.ok(!offered(waits, "web-leg"));
  assert.ok(!offered({ ...waits, delivery: { state: "delivered" } }, "sms-leg"));
});

test("an entry that comes twice is drawn once", () => {
  const one = withEvent(thread([said(1, VISITOR, "one")]), said(2, VISITOR, "two"));
  assert.equal(withEvent(one, said(2, VISITOR, "two")), one);
});

test("an earlier page goes before what is there, without a doublet", () => {
  const late = opened(newThread(402), [said(203, VISITOR, "late")], 0);
  const whole = withEarlier(late, 2, [said(3, VISITOR, "early"), said(203, VISITOR, "late")]);
  assert.deepEqual(
    whole.log.events.map(({ seq }) => seq),
    [3, 203],
  );
  assert.equal(whole.before, 2);
});

test("what was refused for want of a template needs one, until they write there again", () => {
  const failed = { delivery: { state: "failed", reason: "window_closed" } as const, leg: "wa", channel: "whatsapp" };
  const needs = (events: LogEvent[]) =>
    items(thread(events), "wa", VIEWS).flatMap((item) =>
      item.type === "message" && item.message.author.kind === "operator" ? item.needsTemplate : [],
    );
  const late = said(2, ADA, "Still there?", failed);
  assert.deepEqual(needs([said(1, VISITOR, "Hi", { leg: "wa" }), late]), [true]);
  assert.deepEqual(needs([late, said(3, VISITOR, "Yes, here", { leg: "web-leg" })]), [true]);
  assert.deepEqual(needs([late, said(3, VISITOR, "Yes", { leg: "wa" })]), [false]);
  assert.deepEqual(needs([said(2, ADA, "No", { ...failed, delivery: { state: "failed", reason: "filtered" } })]), [
    false,
  ]);
});

test("an opt-out is told once where it loses the leg, and by itself where the chat stands elsewhere", () => {
  const consent = (seq: number): LogEvent => {
    return { kind: "consent", seq, at: at(seq), word: "opt_out", by: VISITOR, ...SMS };
  };
  const lost = { kind: "leg_lost", seq: 2, at: at(2), why: "opt_out", by: VISITOR, to_channel: "web", ...SMS } as const;
  const lines = items(thread([consent(1), lost, consent(3)]), "web-leg", VIEWS).flatMap((item) =>
    item.type === "line" ? [item.line.seq] : [],
  );
  assert.deepEqual(lines, [2, 3]);
});
