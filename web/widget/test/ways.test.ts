import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage, installBrowser } from "../../core/test/browser.ts";
import type { Answer, Conversation, LeadAsked, LogEvent } from "../../core/src/types.ts";
import { become, refusalOf } from "../src/back/back.ts";
import { openIdentity } from "../src/identity.ts";
import { wrongAfter, wrongOf, lead, type Field } from "../src/lead/lead.ts";
import { lineOf } from "../src/live/line.ts";
import { about } from "../src/live/say.ts";
import { stageOf } from "../src/live/stage.ts";
import { askingAfter } from "../src/live/visitor.ts";
import { countries } from "../src/number/countries.ts";
import { isOpenable, pictureOf } from "../src/number/link.ts";
import type { State } from "../src/session.ts";
import type { Words } from "../src/words.ts";
import ar from "../locales/ar.json" with { type: "json" };
import en from "../locales/en.json" with { type: "json" };

const SVG =
  '<?xml version="1.0" standalone="yes"?><svg xmlns="http://www.w3.org/2000/svg" width="205" height="205" viewBox="0 0 205 205">' +
  '<rect x="0" y="0" width="205" height="205" fill="#fff"/><path fill="#000" d="M20 20h5v5H20V20M25 20h5v5H25V20"/></svg>';

test("of a QR code its modules are drawn, and no markup is taken over", () => {
  assert.deepEqual(pictureOf(SVG), { viewBox: "0 0 205 205", path: "M20 20h5v5H20V20M25 20h5v5H25V20" });
  assert.equal(pictureOf('<svg viewBox="0 0 9 9"><path d="x"/><script>alert(1)</script></svg>'), undefined);
  assert.equal(pictureOf('<svg viewBox="0 0 9 9" onload="alert(1)"></svg>'), undefined);
  assert.equal(pictureOf(""), undefined);
});

test("only links into programs that write are opened", () => {
  for (const url of ["https://wa.me/15005550007?text=Chat", "sms:+15005550006?body=Chat", "tg://resolve?domain=acme"]) {
    assert.ok(isOpenable(url), url);
  }
  for (const url of ["javascript:alert(1)", "data:text/html,x", "//elsewhere.example", ""])
    assert.ok(!isOpenable(url), url);
});

const conversation = (phase: string, id: string | null, channel: string) =>
  ({ switch: { phase, id }, active_leg: { channel }, invitation: null }) as unknown as Conversation;

test("the number area closes when the chat arrives where it was to go, and at no other news", () => {
  const asking = { channel: "whatsapp" };
  const before = conversation("settled", null, "web");
  assert.equal(askingAfter(asking, before, conversation("settled", null, "web")), asking);
  assert.equal(askingAfter(asking, before, conversation("reversible", "s", "whatsapp")), undefined);
  // The tab slept through the window of the switch.
  assert.equal(askingAfter(asking, before, conversation("settled", "s", "whatsapp")), undefined);
  assert.equal(askingAfter(asking, before, conversation("settled", "s", "web")), asking);
});

test("who wrote first is not told to answer a text", () => {
  const state = (how: string) =>
    ({
      conversation: {
        switch: {
          phase: "reversible",
          id: "s",
          channel: "whatsapp",
          until: new Date(Date.now() + 9_000).toISOString(),
        },
      },
      log: { events: [{ kind: "switched", switch: "s", how }] },
    }) as unknown as State;
  const wrote = (how: string) => {
    const stage = stageOf(state(how));
    return stage.is === "confirmed" && stage.wrote;
  };
  assert.equal(wrote("asked"), true);
  assert.equal(wrote("welcome"), false);
});

test("a place whose number is not for this browser goes by its channel", () => {
  const say = (event: object) =>
    lineOf({ address: null, channel: "sms", ...event } as unknown as LogEvent, undefined)!.key;
  const keys = [
    say({ kind: "switched" }),
    say({ kind: "switch_failed", reason: "timed_out" }),
    say({ kind: "leg_lost", why: "opt_out", to_channel: "web" }),
    say({ kind: "leg_lost", why: "moved", to_channel: null }),
    say({ kind: "message", delivery: { state: "sent" } }),
    ...["phone_hint", "sending_to", "confirmed_more", "confirmed_wrote"].map((key) => about(key, null)),
    about("phone_hint", "US.0123456789"),
  ];
  for (const catalogue of [en.live, ar.live] as Record<string, unknown>[]) {
    for (const key of keys) {
      assert.match(key, /_hidden/);
      assert.doesNotMatch(String(catalogue[key]), /undefined|\{address\}/, key);
    }
  }
});

const FORM: LeadAsked = { asks: ["name", "phone", "email", "message"], required: ["name"], consent_text: "Yes" };
const US = countries([], { locale: "en" } as Words).find(({ code }) => code === "US");

test("what is wrong with a lead is said at its field, before it is sent", () => {
  const wrong = (values: object, consent = true) => wrongOf(values, FORM, US, consent);
  assert.deepEqual(wrong({}), { field: "name", key: "missing" });
  assert.deepEqual(wrong({ name: "Maya" }), { field: "phone", key: "no_address" });
  assert.deepEqual(wrong({ name: "Maya", phone: "12" }), { field: "phone", key: "phone" });
  assert.deepEqual(wrong({ name: "Maya", email: "m@example.com" }, false), { field: "consent", key: "consent" });
  assert.equal(wrong({ name: "Maya", phone: "202 555 0147" }), undefined);
});

test("a lead is sent without its empty fields, its number with the dial code", () => {
  const values = { name: " Maya ", phone: "(202) 555-0147", email: "  ", message: "" };
  assert.deepEqual(lead(values, FORM.asks, US), { name: "Maya", phone: "+12025550147" });
});

test("what the server says of a lead stands at its field, in every language", () => {
  const refused = (status: number, body: object, retryAfter?: number): ReturnType<typeof wrongAfter> =>
    wrongAfter({ status, body, retryAfter } as Answer, FORM.asks);
  const field = (code: string, name: Field | undefined, more: object = {}) =>
    refused(422, { code, field: name, ...more });
  const told = [
    field("missing_field", "name"),
    field("bad_address", "email"),
    field("bad_address", "phone"),
    field("too_long", "message", { limit: 4000 }),
    field("consent_required", "consent"),
    field("unknown_field", "name"),
    field("no_address", undefined),
    refused(0, {}),
    refused(429, {}, 3_000),
    refused(503, { code: "storage_full" }),
  ];
  assert.deepEqual(
    told.map(({ field, key }) => `${field ?? ""} ${key}`),
    [
      ...["name missing", "email email", "phone phone", "message too_long", "consent consent", "name line"],
      ...["phone no_address", " offline", " too_many", " other"],
    ],
  );
  assert.deepEqual([told[3]!.n, told[8]!.n], [4000, 3]);
  for (const { key } of told) assert.ok(`wrong_${key}` in en.lead && `wrong_${key}` in ar.lead, key);
});

test("a link back replaces who the browser was; what was to be sent to another chat goes with that one", () => {
  installBrowser();
  const store = new MemoryStorage();
  const identity = openIdentity("wk", store, () => {});
  const came = { visitor: { id: "v" }, token: "new", conversation: { id: "c" } };
  const drafts = () =>
    Array.from({ length: store.length }, (_, i) => store.key(i)!).filter((key) => /:out:wk:/.test(key));
  identity.keep({ token: "old", conversation: "c", lead: true });
  identity.saw(7);
  store.setItem("switchboard:out:wk:1", "{}");
  store.setItem("switchboard:out:wk_other:1", "{}");

  become(came, "wk", identity, store);
  assert.deepEqual([identity.token, identity.conversation, identity.read, identity.lead], ["new", "c", 0, false]);
  assert.equal(drafts().length, 1, "the same chat: what was written still goes out");

  become({ ...came, conversation: { id: "other" } }, "wk", identity, store);
  assert.equal(drafts().length, 0);
  assert.ok(store.getItem("switchboard:out:wk_other:1"), "another widget's are its own");
});

test("whatever becomes of a link back is told in every language", () => {
  const told = [
    refusalOf({ status: 409, body: { code: "link_gone" } }),
    refusalOf({ status: 0, body: null }),
    refusalOf({ status: 429, body: {} }),
    refusalOf({ status: 503, body: { code: "storage_full" } }),
  ];
  assert.deepEqual(told, ["back_gone", "back_offline", "back_too_many", "back_failed"]);
  for (const key of told) assert.ok(key in en.back && key in ar.back, key);
});
