/** By what a lead can be reached. */

import type { Lead, LeadAddress, Offer } from "@switchboard/core";
import { entryOf } from "./ways.ts";

/** A channel by which a lead can be reached, or why it cannot be. */
export interface LeadWay {
  channel: string;
  /** Where they may be written to there. */
  addresses: string[];
  /** A number that their chat alone knows: it is reached from there. */
  number?: string;
  block: "opted_out" | "no_number" | "writes_first" | null;
}

/** By each channel that is offered: who was met there, or left a number that may be tried. */
export function leadWays(lead: Lead, offers: readonly Offer[], hasChat: boolean): LeadWay[] {
  return offers.map((offer): LeadWay => {
    const { channel } = offer;
    const asksNumber = entryOf(offer) === "number";
    const isThere = ({ kind, channels }: LeadAddress) =>
      kind === channel || channels.includes(channel) || (asksNumber && kind === "phone");
    const isWilling = ({ opted_out }: LeadAddress) => !opted_out.includes(channel);
    const there = lead.addresses.filter(isThere);
    const addresses = there.filter(isWilling).map(({ address }) => address);
    if (addresses.length) return { channel, addresses, block: null };
    if (there.length) return { channel, addresses, block: "opted_out" };
    const number =
      asksNumber && hasChat ? lead.addresses.find((one) => one.number && isWilling(one))?.number : undefined;
    if (number) return { channel, addresses: [number], number, block: null };
    return { channel, addresses, block: asksNumber ? "no_number" : "writes_first" };
  });
}
