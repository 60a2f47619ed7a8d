/** Which screen is shown, in the address bar: the browser's way back leads from panel to log to list. */

export interface Route {
  conversation: string | null;
  /** The visitor's panel, where there is no room for it beside the log. */
  panel: boolean;
  /** In the lead centre: the lead that is open, `new` for one that is being written down, null for none. */
  lead?: string | null;
}

export function readRoute(hash: string): Route {
  const [leads, lead] = /^#\/leads(?:\/([^/]+))?$/.exec(hash) ?? [];
  if (leads) return { conversation: null, panel: false, lead: lead ? decodeURIComponent(lead) : null };
  const [, conversation, panel] = /^#\/c\/([^/]+)(\/visitor)?$/.exec(hash) ?? [];
  return { conversation: conversation ? decodeURIComponent(conversation) : null, panel: !!panel };
}

export function hashOf({ conversation, panel, lead }: Route): string {
  if (lead !== undefined) return lead ? `#/leads/${encodeURIComponent(lead)}` : "#/leads";
  return conversation ? `#/c/${encodeURIComponent(conversation)}${panel ? "/visitor" : ""}` : "#/";
}
