/** The list of conversations: which row is newer, which section it stands in, and in which order. */

import type { Conversation, SwitchView, VisitorAddress } from "@switchboard/core";

export type Rows = ReadonlyMap<string, Conversation>;

/** In the order in which the list shows them. `in_progress` are the ones that colleagues hold. */
export const SECTIONS = ["waiting", "mine", "in_progress", "resolved"] as const;
export type Section = (typeof SECTIONS)[number];

export function sectionOf(row: Conversation, me: string): Section {
  return row.status === "in_progress" && row.assignee?.id === me ? "mine" : row.status;
}

/** The rows of each section. Who has waited the longest comes first; elsewhere, what moved last. */
export function sections(rows: Rows, me: string): Record<Section, Conversation[]> {
  const found: Record<Section, Conversation[]> = { waiting: [], mine: [], in_progress: [], resolved: [] };
  for (const row of rows.values()) found[sectionOf(row, me)].push(row);
  found.waiting.sort((a, b) => compare(a.queued_at ?? a.created_at, b.queued_at ?? b.created_at));
  for (const name of ["mine", "in_progress", "resolved"] as const) found[name].sort(byLastMove);
  return found;
}

function byLastMove(a: Conversation, b: Conversation): number {
  return compare(b.updated_at, a.updated_at);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Takes in rows; of two views of one conversation the later one stands, whichever came first. */
export function taken(rows: Rows, incoming: readonly Conversation[]): Rows {
  const next = new Map(rows);
  for (const row of incoming) {
    const held = next.get(row.id);
    if (!held) next.set(row.id, row);
    else next.set(row.id, held.now <= row.now ? withKnown(row, held) : withKnown(held, row));
  }
  return next;
}

/** A row of a list or of the line does not tell what other conversations and the lead know: that stays as it was read. */
function withKnown(row: Conversation, held: Conversation): Conversation {
  const held_by = row.switch.held_by ? undefined : held.switch.held_by;
  const isSame = row.switch.id === held.switch.id && row.switch.outcome === held.switch.outcome;
  const known = held_by && isSame ? { ...row, switch: { ...row.switch, held_by } } : row;
  return withAddresses(known, held);
}

function withAddresses(row: Conversation, { visitor: held }: Conversation): Conversation {
  const { visitor } = row;
  if (!visitor || !held || visitor.lead !== undefined || held.lead === undefined) return row;
  const isSame = (one: VisitorAddress) => (other: VisitorAddress) =>
    one.channel === other.channel && one.address === other.address;
  const own = visitor.addresses.map((one) => ({ ...held.addresses.find(isSame(one)), ...one }));
  const isOfALeg = (one: VisitorAddress) =>
    row.legs.some((leg) => leg.channel === one.channel && leg.address === one.address);
  const stays = (one: VisitorAddress) => !isOfALeg(one) || canBeTriedAgain(row.switch, one);
  const others = held.addresses.filter((one) => !own.some(isSame(one)) && stays(one));
  return { ...row, visitor: { ...visitor, addresses: [...own, ...others], lead: held.lead } };
}

/** Why a switch failed that would have failed with any number. */
const NOT_THE_NUMBERS = new Set(["messaging_off", "rate_limit", "area_limit", "spend_limit", "unavailable"]);

/** Whether a switch is on its way to an address, or failed for what has nothing to do with it. */
function canBeTriedAgain({ phase, channel, address, outcome, reason }: SwitchView, one: VisitorAddress): boolean {
  if (channel !== one.channel || address !== one.address) return false;
  return phase === "greeting" || (outcome === "failed" && NOT_THE_NUMBERS.has(reason ?? ""));
}

/** After a whole reading of the lists: what is in none of them is gone, but for what is `kept`. */
export function readAnew(rows: Rows, read: readonly Conversation[], kept: (id: string) => boolean): Rows {
  const listed = new Set(read.map((row) => row.id));
  const left = [...rows].filter(([id]) => listed.has(id) || kept(id));
  return taken(new Map(left), read);
}

/** What the operator has not read, in the conversations that are theirs or anybody's. */
export function unreadOf(rows: Rows, me: string): number {
  let count = 0;
  for (const row of rows.values()) {
    const section = sectionOf(row, me);
    if (section === "waiting" || section === "mine") count += row.unread ?? 0;
  }
  return count;
}

/** Other conversations that are known of and were held by one of the same addresses, what moved last first. */
export function alsoBy(rows: Rows, row: Conversation): Conversation[] {
  const addresses = new Set(row.legs.flatMap(({ address }) => address ?? []));
  return [...rows.values()]
    .filter(({ id, legs }) => id !== row.id && legs.some(({ address }) => address !== null && addresses.has(address)))
    .sort(byLastMove);
}

/** The chat that somebody is in: their open one, else the one that moved last. */
export function chatOf(rows: Rows, visitor: string | null | undefined): Conversation | undefined {
  if (!visitor) return undefined;
  const theirs = [...rows.values()].filter((row) => row.visitor?.id === visitor).sort(byLastMove);
  return theirs.find(({ status }) => status !== "resolved") ?? theirs[0];
}

/** Whether a row answers to what was typed into the search field. */
export function matches(row: Conversation, query: string): boolean {
  const wanted = query.trim().toLocaleLowerCase();
  if (!wanted) return true;
  const words = [row.visitor?.name, row.last_message?.text, row.assignee?.name];
  if (words.some((text) => text?.toLocaleLowerCase().includes(wanted))) return true;
  const digits = digitsOf(wanted);
  const addresses = (row.visitor?.addresses ?? []).flatMap(({ address, number }) => [address, number ?? ""]);
  return addresses.some(
    (address) =>
      address.toLocaleLowerCase().includes(wanted) || (digits.length > 2 && digitsOf(address).includes(digits)),
  );
}

/** The digits of a number, however it is grouped. */
function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}
