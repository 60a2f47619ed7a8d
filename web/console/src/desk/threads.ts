/** The logs that are on this machine: opened, followed, let go. */

import { at, type Conversation, type Events, type Live, type LogEvent, type Rest } from "@switchboard/core";
import type { Lists } from "./lists.ts";
import { put, type DeskState } from "./state.ts";
import type { Store } from "./store.ts";
import { newThread, opened, PAGE, withEarlier, type Thread } from "./thread.ts";

/** Logs kept; the one looked at the longest ago goes first. */
const MOST = 12;

export interface Threads {
  change(id: string, how: (thread: Thread) => Thread): void;
  open(id: string): Promise<void>;
  /** Lets a log go that the server does not know; the open one is read anew. */
  forget(id: string): void;
  earlier(id: string): Promise<void>;
  /** The line is down: whatever comes after this was missed. */
  markDrop(): void;
}

export function openThreads(
  store: Store<DeskState>,
  rest: Rest,
  lists: Lists,
  line: Pick<Live, "follow" | "unfollow">,
): Threads {
  const change: Threads["change"] = (id, how) => {
    const thread = store.get().threads.get(id);
    if (!thread) return;
    const next = how(thread);
    if (next !== thread) store.set({ threads: put(store.get().threads, id, next) });
  };

  const events = async (id: string, after: number): Promise<LogEvent[] | null> => {
    const answer = await rest<Events>("GET", at(id, `/events?after=${after}`));
    return answer.status === 200 ? answer.body.events : null;
  };

  const keep = (id: string, thread: Thread) => {
    const threads = new Map(store.get().threads);
    threads.delete(id);
    threads.set(id, thread);
    for (const oldest of threads.keys()) {
      if (threads.size <= MOST) break;
      threads.delete(oldest);
      line.unfollow(oldest);
    }
    store.set({ threads });
  };

  const failed = (id: string) => change(id, (thread) => ({ ...thread, state: "failed" }));

  const open = async (id: string) => {
    const known = store.get().threads.get(id);
    const held = store.get().rows.get(id);
    // A row of a list does not tell all that is known of the visitor; nothing here waits for the rest.
    if (held) void lists.row(id);
    if (known && known.state !== "failed") return again(id, known);
    await read(id, held);
  };

  const read = async (id: string, held?: Conversation) => {
    keep(id, newThread(0));
    const row = held ?? (await lists.row(id));
    if (!row) return failed(id);
    const start = newThread(row.last_seq);
    const first = await events(id, start.before);
    if (!first) return failed(id);
    change(id, () => opened(start, first, row.unread ?? 0));
    const cursor = store.get().threads.get(id)?.log.cursor;
    if (cursor !== undefined) line.follow(id, cursor);
  };

  /** It is the last to be let go now, and what was new when it was last open is not new any more. */
  const again = (id: string, thread: Thread) => {
    const unread = store.get().rows.get(id)?.unread ?? 0;
    keep(id, thread.state === "ready" ? opened({ ...thread, missedAfter: null }, [], unread) : thread);
  };

  return {
    change,
    open,
    forget(id) {
      line.unfollow(id);
      store.set({ threads: put(store.get().threads, id, undefined) });
      // The row that is here tells of entries that are not there any more.
      if (store.get().route.conversation === id) void read(id);
    },
    async earlier(id) {
      const thread = store.get().threads.get(id);
      if (!thread || thread.loadingEarlier || thread.before === 0) return;
      change(id, (now) => ({ ...now, loadingEarlier: true }));
      const after = Math.max(0, thread.before - PAGE);
      const page = await events(id, after);
      change(id, (now) => (page ? withEarlier(now, after, page) : { ...now, loadingEarlier: false }));
    },
    markDrop() {
      const { route, threads } = store.get();
      const marked = [...threads].map(
        ([id, thread]) =>
          [id, { ...thread, missedAfter: id === route.conversation ? thread.log.cursor : null }] as const,
      );
      store.set({ threads: new Map(marked) });
    },
  };
}
