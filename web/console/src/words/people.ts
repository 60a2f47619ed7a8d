/** How people and addresses are written: isolated, so that they stand whole in a line of either direction. */

import type { Actor, Conversation, Lead } from "@switchboard/core";
import type { Words } from "./words.ts";

const LEFT_TO_RIGHT = "\u2066";
const AS_IT_IS = "\u2068";
const END = "\u2069";
const NO_BREAK = "\u00a0";

/** Country codes of two digits; `1` and `7` have one, all others three (ITU-T E.164). */
const TWO_DIGITS = new Set(
  "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98".split(
    " ",
  ),
);

/** A name that somebody else chose. */
export function isolate(name: string): string {
  return AS_IT_IS + name + END;
}

/** A telephone number in groups that the eye can hold; any other address as it is. */
export function showAddress(address: string): string {
  const digits = /^\+(\d{7,15})$/.exec(address)?.[1];
  if (!digits) return LEFT_TO_RIGHT + address + END;
  const code = /^[17]/.test(digits) ? 1 : TWO_DIGITS.has(digits.slice(0, 2)) ? 2 : 3;
  return `${LEFT_TO_RIGHT}+${digits.slice(0, code)}${NO_BREAK}${groups(digits.slice(code)).join(NO_BREAK)}${END}`;
}

/** Threes from the front; what is left at the end is three to five digits. */
function groups(digits: string): string[] {
  return digits.length > 5 ? [digits.slice(0, 3), ...groups(digits.slice(3))] : [digits];
}

/** The visitor as the operator knows them: a name, a number, or a mark to tell two strangers apart. */
export function visitorName(row: Conversation | undefined, { t }: Words): string {
  const { visitor } = row ?? {};
  if (visitor?.name) return visitor.name;
  const [known] = visitor?.addresses ?? [];
  const address = known?.number ?? known?.address;
  return address ? showAddress(address) : t("visitor.unnamed", { mark: markOf(visitor?.id ?? row?.id ?? "") });
}

/** What a lead is called: a name, a company, what their chat says, or an address. */
export function leadName(lead: Lead, chat: Conversation | undefined, { t }: Words): string {
  const [known] = lead.addresses;
  const told = lead.name ?? lead.company ?? chat?.visitor?.name;
  if (told) return told;
  const address = lead.phone ?? lead.email ?? known?.number ?? known?.address;
  if (address) return showAddress(address);
  return lead.visitor ? t("visitor.unnamed", { mark: markOf(lead.visitor) }) : t("lead.unnamed");
}

/** The last letters of an id: where ids differ the most. */
function markOf(id: string): string {
  return id
    .replace(/[^a-z0-9]/gi, "")
    .slice(-3)
    .toUpperCase();
}

/** One or two letters for a round picture; none for who has no name. */
export function initials(name: string | null | undefined): string {
  const parts = (name ?? "").split(/\s+/).flatMap((part) => /\p{L}/u.exec(part)?.[0] ?? []);
  return (parts.length > 1 ? [parts[0], parts.at(-1)] : parts).join("").toLocaleUpperCase();
}

/** One of six quiet colours, always the same for the same id. */
export function tint(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 997;
  return sum % 6;
}

/** Who did something, from where this operator sits. */
export function actorName(by: Actor | undefined, me: string, words: Words): string {
  if (by?.kind === "visitor") return words.t("actor.visitor");
  if (by?.kind !== "operator") return words.t("actor.system");
  return by.id === me ? words.t("actor.you") : isolate(by.name ?? words.t("actor.operator"));
}

interface Place {
  channel: string;
  address?: string | null;
}

/** "SMS · +1 500 555 0006", or the channel alone where it has no address to show. */
export function legName(leg: Place, words: Words, row?: Conversation): string {
  const channel = channelName(leg.channel, words);
  return leg.address && leg.channel !== "web" ? `${channel} · ${placeName(leg, row)}` : channel;
}

/** An address as people know it: the number of whoever is known by something else. */
export function placeName({ channel, address }: Place, row?: Conversation): string {
  const known = row?.visitor?.addresses.find((one) => one.channel === channel && one.address === address);
  return showAddress(known?.number ?? address ?? "");
}

export function channelName(channel: string, words: Words): string {
  return words.of("channel", channel, "channel.other");
}
