/** What the carrier network answers, and the few things one can ask of it. */

import { rest } from "@switchboard/core/rest";

/** How far a message written on this phone has got; one that came is `received`. */
export type Status = "received" | "sending" | "delivered" | "failed";

export interface Media {
  url: string;
  content_type: string;
}

export interface Message {
  id: string;
  /** `in`: the phone received it; `out`: it was written on the phone. */
  direction: "in" | "out";
  from: string;
  to: string;
  text: string;
  media: Media[];
  channel: "sms";
  at: string;
  status: Status;
}

export interface PhoneInUse {
  address: string;
  unread: number;
  last: { text: string; at: string; from: string } | null;
}

/** A number that a phone can write to. */
export interface Contact {
  number: string;
  name: string | null;
}

export type Undeliverable = boolean | number | { code?: number; after?: string };

export interface Faults {
  refuse: number | null;
  timeout: "before" | "after" | null;
  status: 429 | 500 | null;
  delay: string | null;
  duplicate: boolean;
  reorder: boolean;
  drop_callbacks: boolean;
  undeliverable: Undeliverable;
  stop: boolean;
}

export const NO_FAULTS: Faults = {
  refuse: null,
  timeout: null,
  status: null,
  delay: null,
  duplicate: false,
  reorder: false,
  drop_callbacks: false,
  undeliverable: false,
  stop: false,
};

export interface Time {
  now: string;
  ahead_ms: number;
}

/** Done, or why not, in a sentence for the person at the phone. */
export type Result<T> = { ok: T } | { failed: string };

const send = rest("");
const phone = (address: string, part: string) => `/v1/simulator/phones/${encodeURIComponent(address)}/${part}`;

async function ask<T>(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<Result<T>> {
  const answer = await send<T & { detail?: string }>(method, path, body);
  if (answer.status >= 200 && answer.status < 300) return { ok: answer.body };
  return { failed: answer.body?.detail ?? "The network does not answer." };
}

const items = async <T>(path: string): Promise<Result<T[]>> => {
  const answer = await ask<{ items: T[] }>("GET", path);
  return "ok" in answer ? { ok: answer.ok.items } : answer;
};

export const phones = () => items<PhoneInUse>("/v1/simulator/phones");
export const contacts = () => items<Contact>("/v1/simulator/numbers");
export const messages = (address: string) => items<Message>(phone(address, "messages"));
export const faults = () => ask<Faults>("GET", "/v1/simulator/faults");
export const setFaults = (faults: Faults) => ask<Faults>("PUT", "/v1/simulator/faults", faults);
export const time = () => ask<Time>("GET", "/v1/simulator/clock");
export const advance = (by: string) => ask<Time>("POST", "/v1/simulator/clock", { advance: by });
export const looked = (address: string) => ask<null>("POST", phone(address, "read"));
export const write = (address: string, to: string, text: string) =>
  ask<Message>("POST", phone(address, "messages"), { to, text, channel: "sms" });

export interface Watcher {
  /** The stream is open, or open again: what was missed meanwhile must be read. */
  onOpen: () => void;
  onLost: () => void;
  onMessage: (phone: string, message: Message) => void;
  onFaults: (faults: Faults) => void;
  onTime: (time: Time) => void;
}

/** A stream that was refused is asked for again after this; one that broke is reopened by the browser itself. */
const AGAIN_MS = 3_000;

/** Watches all phones until the returned function is called. */
export function watch(watcher: Watcher): () => void {
  const { onOpen, onLost, onMessage, onFaults, onTime } = watcher;
  const stream = new EventSource("/v1/simulator/stream");
  const on = <T>(name: string, take: (data: T) => void) =>
    stream.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as T));
  let end = () => stream.close();
  stream.addEventListener("open", onOpen);
  stream.addEventListener("error", () => {
    onLost();
    if (stream.readyState !== EventSource.CLOSED) return;
    const timer = setTimeout(() => (end = watch(watcher)), AGAIN_MS);
    end = () => clearTimeout(timer);
  });
  on("reset", onOpen);
  on<{ phone: string; message: Message }>("message", ({ phone, message }) => onMessage(phone, message));
  on("faults", onFaults);
  on("clock", onTime);
  return () => end();
}

/** The phone to show: the page's `?number=`, else the demo's, else one that nobody has. */
export async function startNumber(): Promise<string> {
  const asked = tidy(new URLSearchParams(location.search).get("number") ?? "");
  if (asked) return asked;
  const demo = await send<{ phone_number?: string }>("GET", "/demo/config.json");
  return tidy((demo.status === 200 && demo.body?.phone_number) || "") ?? someNumber();
}

/** A number in E.164 form from what a person typed (a `+` in a query arrives as a space), or undefined. */
export function tidy(typed: string): string | undefined {
  const digits = typed.replace(/[^\d]/g, "");
  return /^[1-9]\d{6,14}$/.test(digits) ? "+" + digits : undefined;
}

/** A number of the range that is kept for fiction. */
export function someNumber(): string {
  const area = ["212", "303", "312", "415", "503", "617", "702", "808"][Math.floor(Math.random() * 8)];
  return `+1${area}55501${String(Math.floor(Math.random() * 100)).padStart(2, "0")}`;
}
