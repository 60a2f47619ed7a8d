/** Channels and addresses as the visitor reads them. */

import type { IconName } from "./icons.tsx";
import type { Words } from "../words.ts";

const ICONS: Record<string, IconName> = { web: "back", sms: "phone" };

export function channelIcon(channel: string): IconName {
  return ICONS[channel] ?? "chat";
}

export function channelName({ t }: Words, channel: string | null | undefined): string {
  const key = `channel_${channel}`;
  const name = t(key);
  return name === key ? (channel ?? "") : name;
}

/** Where the chat goes on, in a sentence; nothing where there is no such place. */
export function goesOn(words: Words, leg: { channel: string } | null | undefined): string {
  if (!leg) return "";
  return leg.channel === "web"
    ? words.t("goes_on_here")
    : words.t("goes_on_by", { channel: channelName(words, leg.channel) });
}

/** Not for this browser to know, and ids of a provider's own, are none. */
export function isNumber(address: string | null | undefined): boolean {
  return /^\+/.test(address ?? "");
}

/** The catalogue's words for a place: where it has no number to be shown, the channel alone is named. */
export function about(key: string, address: string | null | undefined): string {
  return isNumber(address) ? key : `${key}_hidden`;
}

/** A number that stays left to right in any text; those of North America in their usual groups, on one line. */
export function shown(address: string | null | undefined): string {
  const grouped = (address ?? "").replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1\u00a0$1\u00a0$2\u00a0$3");
  return `\u2066${grouped}\u2069`;
}
