/** What the console knows, in one place. */

import type {
  Actor,
  Draft,
  DraftFile,
  Link,
  Messaging,
  Operator,
  Presence,
  Problem,
  Session,
  Status,
} from "@switchboard/core";
import type { Rows } from "./inbox.ts";
import type { Route } from "./route.ts";
import type { Thread } from "./thread.ts";

export interface Typing {
  by: Actor;
  /** Device time; what is older is not shown. */
  until: number;
}

/** Something to tell the operator that has no place of its own. */
export interface Notice {
  id: number;
  /** The refusal, told in plain words; status 0: the server was not reached. */
  problem: Problem;
  conversation: string | null;
}

export interface DeskState {
  session: Session;
  presence: Presence;
  /** Whether the organization's messages go out. */
  messaging: Messaging;
  /** How many alarms there are, for owners and admins. */
  alarms: number;
  /** Channels on which a provider refuses our account. */
  sick: readonly string[];
  link: Link;
  /** The line has stood once: a state that is not live is a drop. */
  linked: boolean;
  route: Route;
  /** Counts how often a conversation was opened by hand: each time it takes the focus. */
  opening: number;
  rows: Rows;
  /** The lists have been read; until then nothing can be said about them. */
  listed: "reading" | "read" | "failed";
  /** Where each list goes on, by status. */
  more: Record<Status, string | null>;
  threads: ReadonlyMap<string, Thread>;
  /** Written and not acknowledged, by conversation. */
  outgoing: ReadonlyMap<string, readonly Draft[]>;
  /** Chosen for the next message, by conversation. */
  trays: ReadonlyMap<string, readonly DraftFile[]>;
  typing: ReadonlyMap<string, Typing>;
  operators: readonly Operator[];
  query: string;
  notice: Notice | null;
  /** A template is being chosen for this conversation. */
  picking: string | null;
  /** A text went back to the draft of this conversation: its composer reads it anew. */
  given: string | null;
  /** Said aloud to a screen reader, seen by nobody. */
  said: string;
}

export function initialState(session: Session, route: Route): DeskState {
  return {
    session,
    presence: session.operator.presence,
    messaging: session.messaging,
    alarms: session.alarms,
    sick: session.sick,
    link: "connecting",
    linked: false,
    route,
    opening: 0,
    rows: new Map(),
    listed: "reading",
    more: { waiting: null, in_progress: null, resolved: null },
    threads: new Map(),
    outgoing: new Map(),
    trays: new Map(),
    typing: new Map(),
    operators: [],
    query: "",
    notice: null,
    picking: null,
    given: null,
    said: "",
  };
}

/** The same map with one entry set, or taken out. */
export function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V | undefined): ReadonlyMap<K, V> {
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}
