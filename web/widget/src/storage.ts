/** The names under which this widget keeps things in the browser. */

/** Who this browser is to the server: `{token, conversation}`. */
export const identityKey = (widgetKey: string) => `switchboard:me:${widgetKey}`;

/** The last `seq` that was seen here. */
export const readKey = (widgetKey: string) => `switchboard:read:${widgetKey}`;

/** The files that are chosen and not sent yet. */
export const trayKey = (widgetKey: string) => `switchboard:tray:${widgetKey}`;
