/** Where a conversation can be moved to, and what stands in the way. */

import { serverNow, type Conversation, type Offer, type Proof, type SwitchView } from "@switchboard/core";

export type Block = "active" | "not_here" | "opted_out" | "moving" | "window" | "resolved" | "held";

export interface Way {
  channel: string;
  address: string | null;
  /** The number of whoever is known by something else. */
  number?: string;
  proof: Proof | null;
  /** Why it cannot be taken now. */
  block: Block | null;
}

/** How somebody comes to be reached on a channel: at a window of ours, by a number, or only by writing first themselves. */
export type Entry = "view" | "number" | "link";

export function entryOf({ asks, links }: Offer): Entry {
  return asks !== null ? "number" : links ? "link" : "view";
}

/** The web chat first, then each known number on each channel that is reached by one. */
export function ways(row: Conversation, me: string): Way[] {
  const found: Way[] = [];
  const { active_leg: active } = row;
  for (const offer of row.channels) {
    if (entryOf(offer) === "view") {
      // A conversation that began on a phone has no window to go to.
      if (row.legs.some((leg) => leg.channel === offer.channel)) found.push(way(row, me, offer.channel, null, null));
      continue;
    }
    const known = row.visitor?.addresses.filter(({ channel }) => channel === offer.channel) ?? [];
    // An address is the visitor's once it has answered or its window is over; until then it stands here as active.
    if (active?.channel === offer.channel && known.every(({ address }) => address !== active.address)) {
      found.push(way(row, me, active.channel, active.address, active.proof));
    }
    for (const { channel, address, number, proof, opted_out } of known) {
      const next = { ...way(row, me, channel, address, proof), number };
      found.push(opted_out && next.block !== "active" ? { ...next, block: "opted_out" } : next);
    }
  }
  return found;
}

function way(row: Conversation, me: string, channel: string, address: string | null, proof: Proof | null): Way {
  return { channel, address, proof, block: blockOf(row, me, channel, address) };
}

function blockOf(row: Conversation, me: string, channel: string, address: string | null): Block | null {
  const { active_leg: active } = row;
  if (active?.channel === channel && active.address === address) return "active";
  if (active?.channel === channel && address === null) return "active";
  if (address === null && !row.visitor_here) return "not_here";
  return moveBlock(row, me);
}

/** Where who is in a closed chat can be reached: a reconnect goes to a phone, and opens the chat when they have the welcome. */
export function reconnectWays(row: Conversation, me: string): Way[] {
  if (row.status !== "resolved" || row.switch.phase === "greeting") return [];
  return ways({ ...row, status: "waiting" }, me).filter(
    ({ address, block }) => address !== null && block !== "opted_out",
  );
}

/** They were reached there last and still can be: to go on there opens the chat again, and nothing is sent. */
export function opensThere(row: Conversation | undefined, channel: string, addresses: readonly string[]): boolean {
  const leg = row?.legs.find(({ active }) => active);
  return leg?.usable === true && leg.channel === channel && addresses.includes(leg.address ?? "");
}

/** What forbids any move of the operator's at all. */
export function moveBlock(row: Conversation, me: string): Block | null {
  if (row.status === "resolved") return "resolved";
  if (heldByOther(row, me)) return "held";
  if (row.switch.phase === "greeting") return "moving";
  return windowLeft(row.switch) > 0 ? "window" : null;
}

/** The visitor's network may take so long: their revert counts until then, and so an operator waits until then. */
const GRACE_MS = 1_500;

/** Milliseconds until an operator may move the conversation again: the server tells the end, and nobody says when it is there. */
export function windowLeft(last: SwitchView): number {
  if (last.phase !== "reversible") return 0;
  return Math.max(0, Date.parse(last.until ?? "") + GRACE_MS - serverNow());
}

export function heldByOther(row: Conversation, me: string): boolean {
  return row.status === "in_progress" && row.assignee !== null && row.assignee.id !== me;
}

/** Channels that the visitor's window can be asked to go on by, with a number or by writing first, if they ever had a window. */
export function askable(row: Conversation): Offer[] {
  return hasWindow(row) ? beyond(row) : [];
}

/** The visitor has, or had, a window of ours: who has none can put no move back. */
export function hasWindow({ channels, legs }: Conversation): boolean {
  const views = channels.filter((offer) => entryOf(offer) === "view").map(({ channel }) => channel);
  return legs.some(({ channel }) => views.includes(channel));
}

/** Channels that a conversation can be moved to beyond what is known: by a number, or by the visitor's own link. */
export function beyond(row: Conversation): Offer[] {
  return row.channels.filter((offer) => entryOf(offer) !== "view");
}

/** The visitor can be asked now: their window is what is active, and nothing forbids it. */
export function canAsk(row: Conversation, me: string): boolean {
  const web = row.channels.some((offer) => entryOf(offer) === "view" && offer.channel === row.active_leg?.channel);
  return web && moveBlock(row, me) === null && row.invitation === null;
}
