/** Reading the lists of conversations: whole after every drop, further on demand, by what is searched. */

import { at, type Conversation, type Operator, type Page, type Rest, type Status } from "@switchboard/core";
import { readAnew, taken } from "./inbox.ts";
import type { DeskState } from "./state.ts";
import type { Store } from "./store.ts";

/** Rows in one answer. */
const LIMIT = 100;
const STATUSES: readonly Status[] = ["waiting", "in_progress", "resolved"];
/** A search waits until the typing pauses, and for so many letters. */
const SEARCH_PAUSE_MS = 250;
const SEARCH_LETTERS = 2;

export interface Lists {
  /** Reads all lists anew; what is in none of them any more is let go. */
  read(): Promise<"read" | "failed" | "signed_out">;
  row(id: string): Promise<Conversation | null>;
  take(rows: readonly Conversation[]): void;
  more(status: Status): Promise<void>;
  search(query: string): void;
  /** Reads what else there is of an address. */
  of(address: string): Promise<void>;
  operators(): Promise<void>;
}

export function openLists(store: Store<DeskState>, rest: Rest): Lists {
  let searching: ReturnType<typeof setTimeout> | undefined;

  const page = (query: Record<string, string>) =>
    rest<Page<Conversation>>(
      "GET",
      `/v1/conversations?${new URLSearchParams({ limit: String(LIMIT), ...query }).toString()}`,
    );

  const take = (rows: readonly Conversation[]) => store.set({ rows: taken(store.get().rows, rows) });

  const row = async (id: string) => {
    const answer = await rest<Conversation>("GET", at(id));
    if (answer.status !== 200) return null;
    take([answer.body]);
    return answer.body;
  };

  return {
    row,
    take,

    async read() {
      const before = store.get().rows;
      const mine = page({ status: "in_progress", assignee: "me" });
      const answers = await Promise.all([...STATUSES.map((status) => page({ status })), mine]);
      if (answers.some((answer) => answer.status === 401)) return "signed_out";
      if (answers.some((answer) => answer.status !== 200)) {
        if (store.get().listed !== "read") store.set({ listed: "failed" });
        return "failed";
      }
      const read = answers.flatMap((answer) => answer.body.items);
      const { rows, threads, route } = store.get();
      // What the line brought while the lists were being read may be younger than they are.
      const isYounger = (id: string) => rows.get(id) !== before.get(id);
      store.set({
        rows: readAnew(rows, read, (id) => id === route.conversation || threads.has(id) || isYounger(id)),
        listed: "read",
        more: {
          waiting: answers[0]!.body.next_cursor,
          in_progress: answers[1]!.body.next_cursor,
          resolved: answers[2]!.body.next_cursor,
        },
      });
      const listed = new Set(read.map(({ id }) => id));
      for (const id of threads.keys()) if (!listed.has(id)) void row(id);
      return "read";
    },

    async more(status) {
      const cursor = store.get().more[status];
      if (!cursor) return;
      const answer = await page({ status, cursor });
      if (answer.status !== 200) return;
      take(answer.body.items);
      store.set({ more: { ...store.get().more, [status]: answer.body.next_cursor } });
    },

    search(query) {
      store.set({ query });
      clearTimeout(searching);
      if (query.trim().length < SEARCH_LETTERS) return;
      searching = setTimeout(async () => {
        const answer = await page({ q: query.trim() });
        if (answer.status === 200) take(answer.body.items);
      }, SEARCH_PAUSE_MS);
    },

    async of(address) {
      const answer = await page({ q: address });
      if (answer.status === 200) take(answer.body.items);
    },

    async operators() {
      const answer = await rest<Page<Operator>>("GET", "/v1/operators");
      if (answer.status === 200) store.set({ operators: answer.body.items });
    },
  };
}
