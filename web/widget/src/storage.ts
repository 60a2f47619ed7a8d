/** The names under which this widget keeps things in the browser. */

/** Who this browser is to the server: `{token, conversation}`. */
export const identityKey = (widgetKey: string) => `switchboard:me:${widgetKey}`;

/** The last `seq` that was seen here. */
export const readKey = (widgetKey: string) => `switchboard:read:${widgetKey}`;
