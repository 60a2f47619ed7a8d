/** What the front ends share: wire types, the live line, the outbox, the log, the clock, words and SMS counting. */

export * from "./clock.ts";
export * from "./commands.ts";
export * from "./i18n.ts";
export * from "./log.ts";
export * from "./outbox.ts";
export * from "./rest.ts";
export * from "./sms.ts";
export * from "./socket.ts";
export * from "./types.ts";
