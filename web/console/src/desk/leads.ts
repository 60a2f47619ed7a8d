/** The lead centre's side of the desk: the list as it is searched, one lead at a time, and reaching out to it. */

import {
  at,
  type Answer,
  type Conversation,
  type Lead,
  type LeadFields,
  type LeadState,
  type Offer,
  type Page,
  type Problem,
  type Rest,
} from "@switchboard/core";
import type { LeadWay } from "./lead_ways.ts";
import { createStore, type Store } from "./store.ts";
import { entryOf } from "./ways.ts";

/** A search waits until the typing pauses. */
const SEARCH_PAUSE_MS = 250;
/** Leads in one answer. */
const LIMIT = 50;

export interface LeadsState {
  listed: "reading" | "read" | "failed";
  items: readonly Lead[];
  /** Where the list goes on. */
  more: string | null;
  query: string;
  state: LeadState | "";
  /** Counts what was heard to have changed: what is open is read anew. */
  heard: number;
  /** How many left word and are new, as far as one page tells. */
  fresh: number;
  /** What the organization offers to reach somebody on. */
  offers: readonly Offer[];
}

export interface Leads {
  store: Store<LeadsState>;
  read(): Promise<void>;
  /** Counts what is new. */
  count(): Promise<void>;
  more(): Promise<void>;
  /** Somebody left word, or a colleague changed something. */
  changed(): void;
  search(query: string): void;
  filter(state: LeadState | ""): void;
  /** A lead as it is now; null: it is not there; undefined: it could not be read. */
  one(id: string): Promise<Lead | null | undefined>;
  /** Writes down a new lead (no id), or what is different about one. */
  save(id: string | null, fields: Partial<LeadFields> & { state?: LeadState }): Promise<Answer<Lead | Problem | null>>;
  erase(id: string): Promise<Problem | null>;
  /** Reaches out on a channel; in their chat, where that alone knows the number. */
  reach(id: string, way: LeadWay, chat: string | null): Promise<Answer<Conversation | Problem | null>>;
}

export function openLeads(rest: Rest, widgetKey: string): Leads {
  const store = createStore<LeadsState>({
    listed: "reading",
    items: [],
    more: null,
    query: "",
    state: "",
    heard: 0,
    fresh: 0,
    offers: [],
  });
  let searching: ReturnType<typeof setTimeout> | undefined;
  let changing: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  const page = (cursor: string, { query, state } = store.get()) => {
    const wanted = new URLSearchParams({ limit: String(LIMIT), q: query.trim(), state, cursor });
    return rest<Page<Lead>>("GET", `/v1/leads?${wanted.toString()}`);
  };

  const read = async () => {
    const mine = ++asked;
    void offers();
    void count();
    const answer = await page("");
    // An older question may be answered after a younger one.
    if (mine !== asked) return;
    if (answer.status !== 200) return store.set({ listed: "failed" });
    store.set({ listed: "read", items: answer.body.items, more: answer.body.next_cursor });
  };

  const count = async () => {
    const answer = await page("", { ...store.get(), query: "", state: "new" });
    // Who is in a chat is waited on there; who left word is waited on here alone.
    if (answer.status === 200) {
      store.set({ fresh: answer.body.items.filter(({ source }) => source === "form").length });
    }
  };

  const offers = async () => {
    if (store.get().offers.length) return;
    const answer = await rest<{ channels: Offer[] }>("GET", `/v1/widgets/${encodeURIComponent(widgetKey)}`);
    if (answer.status === 200) store.set({ offers: answer.body.channels.filter((offer) => entryOf(offer) !== "view") });
  };

  const take = (lead: Lead) => {
    const { items } = store.get();
    const known = items.some(({ id }) => id === lead.id);
    store.set({ items: known ? items.map((item) => (item.id === lead.id ? lead : item)) : [lead, ...items] });
  };

  return {
    store,
    read,
    count,
    async more() {
      const { more } = store.get();
      if (!more) return;
      const mine = asked;
      const answer = await page(more);
      if (mine !== asked || answer.status !== 200) return;
      store.set({ items: [...store.get().items, ...answer.body.items], more: answer.body.next_cursor });
    },
    changed() {
      clearTimeout(changing);
      const { listed, items } = store.get();
      // Who has gone on to further pages is not sent back to the first.
      const anew = listed === "read" && items.length <= LIMIT;
      changing = setTimeout(() => {
        store.set({ heard: store.get().heard + 1 });
        void (anew ? read() : count());
      }, SEARCH_PAUSE_MS);
    },
    search(query) {
      store.set({ query });
      clearTimeout(searching);
      searching = setTimeout(() => void read(), SEARCH_PAUSE_MS);
    },
    filter(state) {
      store.set({ state });
      void read();
    },
    async one(id) {
      void offers();
      const answer = await rest<Lead>("GET", of(id));
      if (answer.status !== 200) return answer.status === 404 ? null : undefined;
      if (store.get().items.some((item) => item.id === id)) take(answer.body);
      return answer.body;
    },
    async save(id, fields) {
      const answer = await rest<Lead | Problem | null>(id ? "PATCH" : "POST", id ? of(id) : "/v1/leads", fields);
      if (answer.status === 200 || answer.status === 201) take(answer.body as Lead);
      void count();
      return answer;
    },
    async erase(id) {
      const answer = await rest<Problem | null>("DELETE", of(id));
      if (answer.status !== 204) return answer.body ?? UNREACHED;
      store.set({ items: store.get().items.filter((item) => item.id !== id) });
      void count();
      return null;
    },
    reach: (id, { channel, number: address }, chat) =>
      address && chat
        ? rest("POST", at(chat, "/reconnect"), { channel, address })
        : rest("POST", of(id) + "/reconnect", { channel }),
  };
}

/** Stands in for an answer that did not come. */
export const UNREACHED: Problem = { type: "about:blank", title: "", status: 0, code: "unreached" };

function of(id: string): string {
  return `/v1/leads/${encodeURIComponent(id)}`;
}
