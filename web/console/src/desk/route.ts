/** Which screen is shown, in the address bar: the browser's way back leads from panel to log to list. */

export interface Route {
  conversation: string | null;
  /** The visitor's panel, where there is no room for it beside the log. */
  panel: boolean;
}

export function readRoute(hash: string): Route {
  const [, conversation, panel] = /^#\/c\/([^/]+)(\/visitor)?$/.exec(hash) ?? [];
  return { conversation: conversation ? decodeURIComponent(conversation) : null, panel: !!panel };
}

export function hashOf({ conversation, panel }: Route): string {
  return conversation ? `#/c/${encodeURIComponent(conversation)}${panel ? "/visitor" : ""}` : "#/";
}
