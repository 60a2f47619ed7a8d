/** Takes in what the server says by itself. */

import type { Conversation, Delivery, ServerFrame } from "@switchboard/core";
import { sectionOf } from "./inbox.ts";
import type { Leads } from "./leads.ts";
import type { Lists } from "./lists.ts";
import { put, type DeskState } from "./state.ts";
import type { Store } from "./store.ts";
import { withAttachment, withDelivery, withEvent } from "./thread.ts";
import type { Threads } from "./threads.ts";

/** Somebody who typed and says no more is taken to have stopped. */
const TYPING_SHOWN_MS = 6_000;

type Frame<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

interface Ears {
  store: Store<DeskState>;
  lists: Lists;
  threads: Threads;
  leads: Leads;
  /** A visitor wrote, and it is not on the screen. */
  onUnseen: (conversation: Conversation) => void;
}

export function listenWith({ store, lists, threads, leads, onUnseen }: Ears): (frame: ServerFrame) => void {
  const me = store.get().session.operator.id;
  /** The switch whose holder was asked for last. */
  let asked: string | null | undefined;

  const row = (next: Conversation) => {
    const held = store.get().rows.get(next.id);
    lists.take([next]);
    // Who holds a number is told where one conversation is read; once is enough, if nobody holds it any more.
    if (isOpen(next.id) && lacksHolder(held, next) && asked !== next.switch.id) {
      asked = next.switch.id;
      void lists.row(next.id);
    }
    if (!wroteAnew(held, next)) return;
    store.set({ typing: put(store.get().typing, next.id, undefined) });
    if (sectionOf(next, me) !== "in_progress" && !isSeen(next.id)) onUnseen(next);
  };

  const isOpen = (id: string) => store.get().route.conversation === id;
  const isSeen = (id: string) => isOpen(id) && document.visibilityState === "visible";

  const typing = ({ conversation, by, typing }: Frame<"typing">) => {
    if (by.id === me) return;
    const until = Date.now() + TYPING_SHOWN_MS;
    store.set({ typing: put(store.get().typing, conversation, typing ? { by, until } : undefined) });
    if (!typing) return;
    setTimeout(() => {
      const shown = store.get().typing.get(conversation);
      if (shown && shown.until <= Date.now()) {
        store.set({ typing: put(store.get().typing, conversation, undefined) });
      }
    }, TYPING_SHOWN_MS + 50);
  };

  const presence = (frame: Frame<"presence">) => {
    if ("operator" in frame) {
      const { operator, presence } = frame;
      const operators = store.get().operators.map((one) => (one.id === operator.id ? { ...one, presence } : one));
      store.set(operator.id === me ? { operators, presence } : { operators });
    } else {
      const held = store.get().rows.get(frame.conversation);
      if (held) store.set({ rows: put(store.get().rows, held.id, { ...held, visitor_here: frame.visitor_here }) });
    }
  };

  return (frame) => {
    switch (frame.type) {
      case "event":
        return threads.change(frame.conversation, (thread) => withEvent(thread, frame.event));
      case "delivery":
        return threads.change(frame.conversation, (thread) => withDelivery(thread, frame.seq, deliveryOf(frame)));
      case "attachment":
        return threads.change(frame.conversation, (thread) => withAttachment(thread, frame.seq, frame));
      case "conversation":
        return row(frame.conversation);
      case "typing":
        return typing(frame);
      case "presence":
        return presence(frame);
      case "organization":
        return store.set({ messaging: frame.messaging, alarms: frame.alarms, sick: frame.sick });
      case "leads":
        return leads.changed();
    }
  };
}

function deliveryOf({ state, reason }: Frame<"delivery">): Delivery {
  return reason ? { state, reason } : { state };
}

/** The visitor has written since we last saw the row. */
function wroteAnew(held: Conversation | undefined, row: Conversation): boolean {
  const { last_message: last } = row;
  return last?.author_kind === "visitor" && last.at !== held?.last_message?.at && (row.unread ?? 0) > 0;
}

/** A switch has failed because another conversation holds the number, and we do not know which: a list may have told of it before the line. */
function lacksHolder(held: Conversation | undefined, { switch: last }: Conversation): boolean {
  const failed = last.outcome === "failed" && last.reason === "held";
  return failed && !(held?.switch.id === last.id && held?.switch.held_by);
}
