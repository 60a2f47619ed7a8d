/** The part of one conversation's log that is on this machine: its end, and as much before it as was asked for. */

import {
  appended,
  attached,
  delivered,
  type Attachment,
  type Delivery,
  type Log,
  type LogEvent,
} from "@switchboard/core";

/** Entries that are read at once: what the server gives in one answer. */
export const PAGE = 200;

export interface Thread {
  log: Log;
  /** Entries up to and with this one are not here yet. */
  before: number;
  /** `loading` until the first answer; `failed` when it did not come. */
  state: "loading" | "ready" | "failed";
  loadingEarlier: boolean;
  /** What came after this entry was unread when the conversation was opened. */
  newAfter: number | null;
  /** What came after this entry was missed while the line was down. */
  missedAfter: number | null;
}

/** A thread that will be read from its end: the last page of `last` entries. */
export function newThread(last: number): Thread {
  const before = Math.max(0, last - PAGE);
  return {
    log: { events: [], cursor: before },
    before,
    state: "loading",
    loadingEarlier: false,
    newAfter: null,
    missedAfter: null,
  };
}

/** Takes in the first answer. Now it can be told where the `unread` messages of the visitor begin. */
export function opened(thread: Thread, events: readonly LogEvent[], unread: number): Thread {
  const log = appended(thread.log, events);
  const theirs = log.events.filter((event) => event.kind === "message" && event.author.kind === "visitor");
  const first = unread > 0 ? (theirs.at(-unread) ?? theirs[0]) : undefined;
  return { ...thread, log, state: "ready", newAfter: first ? first.seq - 1 : null };
}

export function withEvent(thread: Thread, event: LogEvent): Thread {
  const log = appended(thread.log, [event]);
  return log === thread.log ? thread : { ...thread, log };
}

export function withDelivery(thread: Thread, seq: number, delivery: Delivery): Thread {
  const log = delivered(thread.log, seq, delivery);
  return log === thread.log ? thread : { ...thread, log };
}

export function withAttachment(thread: Thread, seq: number, file: Attachment): Thread {
  return { ...thread, log: attached(thread.log, seq, file) };
}

/** Puts an earlier page before what is there. */
export function withEarlier(thread: Thread, after: number, events: readonly LogEvent[]): Thread {
  const earlier = events.filter((event) => event.seq > after && event.seq <= thread.before);
  const log = { ...thread.log, events: [...earlier, ...thread.log.events] };
  return { ...thread, log, before: after, loadingEarlier: false };
}
