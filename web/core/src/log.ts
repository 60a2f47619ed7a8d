/** The log as a client holds it: a pure reducer from what the server says to what a view draws. */

import type { Attachment, Delivery, DeliveryState, LogEvent, Message } from "./types.ts";

export interface Log {
  /** In `seq` order, each once. */
  events: readonly LogEvent[];
  /** The last `seq` taken in: what to resume after. */
  cursor: number;
}

export const emptyLog: Log = { events: [], cursor: 0 };

/** Takes in events that follow the cursor; those at or before it have been seen and change nothing. */
export function appended(log: Log, events: readonly LogEvent[]): Log {
  let { cursor } = log;
  const fresh = events.filter((event) => event.seq > cursor && (cursor = event.seq));
  return fresh.length ? { events: [...log.events, ...fresh], cursor } : log;
}

/** How far along a state is. A message only ever moves to a state further on. */
const RANK: Record<DeliveryState, number> = {
  held: 0,
  queued: 1,
  uncertain: 2,
  sent: 3,
  withdrawn: 4,
  failed: 4,
  delivered: 5,
  read: 6,
};

/** Whether `next` may stand where `now` stands. */
export function movesOn(now: DeliveryState, next: DeliveryState): boolean {
  return RANK[next] > RANK[now];
}

/** Takes in the fate of one message. One that is older than what we know changes nothing. */
export function delivered(log: Log, seq: number, delivery: Delivery): Log {
  let changed = false;
  const events = log.events.map((event) => {
    if (event.seq !== seq || event.kind !== "message" || !movesOn(event.delivery.state, delivery.state)) return event;
    changed = true;
    return { ...event, delivery };
  });
  return changed ? { ...log, events } : log;
}

/** Takes in what has become of a message's file: it came, or is gone. */
export function attached(log: Log, seq: number, file: Attachment): Log {
  const events = log.events.map((event) => {
    if (event.seq !== seq || event.kind !== "message") return event;
    return { ...event, attachments: event.attachments.map((one) => (one.id === file.id ? file : one)) };
  });
  return { ...log, events };
}

/** The messages of the log, in order. */
export function messages(log: Log): Message[] {
  return log.events.filter((event) => event.kind === "message");
}
