/** What the carrier network answers, and the few things one can ask of it. */

import { rest } from "@switchboard/core/rest";

/** How far a message written on this phone has got; one that came is `received`. */
export type Status = "received" | "sending" | "delivered" | "read" | "failed";

export type Channel = "sms" | "whatsapp" | "telegram";

export interface Media {
  url: string;
  content_type: string;
  name?: string;
  voice?: boolean;
  sticker?: boolean;
}

/** An answer that a message offers; one with a `url` leads there instead. */
export interface Choice {
  id: string;
  title: string;
  url?: string;
}

export interface Message {
  id: string;
  /** `in`: the phone received it; `out`: it was written on the phone. */
  direction: "in" | "out";
  from: string;
  to: string;
  text: string;
  media: Media[];
  channel: Channel;
  /** Its place in the order of the network. */
  seq: number;
  at: string;
  status: Status;
  template?: { name: string; language: string };
  choices?: Choice[];
  location?: { latitude: number; longitude: number; name: string | null; address: string | null };
  /** To which message; an empty emoji takes it back. */
  reaction?: { to: string; emoji: string };
  reply_to?: string;
}

/** What somebody writes: a text, files, or a tap on an answer. */
export interface Draft {
  text?: string;
  media?: ({ sample: string } | { file: string; voice?: boolean })[];
  location?: { latitude: number; longitude: number; name: string };
  choice?: { of: string; id: string };
  reply_to?: string;
}

/** Who holds a phone, as WhatsApp and Telegram know them. */
export interface Person {
  name: string;
  /** Businesses see an id instead of the number. */
  hidden: boolean;
  blocks: boolean;
  marketing: boolean;
  user_id: string;
  /** By which Telegram's bots know them. */
  chat_id: string;
}

export interface PhoneInUse {
  address: string;
  unread: number;
  last: { text: string; at: string; from: string } | null;
}

/** A number, or on Telegram a bot, that a phone can write to. */
export interface Contact {
  channel: Channel;
  number: string;
  name: string | null;
}

export type Undeliverable = boolean | number | { code?: number; after?: string };

export interface Faults {
  refuse: number | null;
  timeout: "before" | "after" | null;
  status: 429 | 500 | null;
  delay: string | null;
  slow: string | null;
  duplicate: boolean;
  reorder: boolean;
  drop_callbacks: boolean;
  undeliverable: Undeliverable;
  stop: boolean;
  batch: number | null;
  pair_rate: boolean;
}

export const NO_FAULTS: Faults = {
  refuse: null,
  timeout: null,
  status: null,
  delay: null,
  slow: null,
  duplicate: false,
  reorder: false,
  drop_callbacks: false,
  undeliverable: false,
  stop: false,
  batch: null,
  pair_rate: false,
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
export const looked = (address: string, thread: { channel: Channel; number: string }) =>
  ask<null>("POST", phone(address, "read"), { channel: thread.channel, from: thread.number });
export const write = (address: string, to: { channel: Channel; number: string }, draft: Draft) =>
  ask<Message>("POST", phone(address, "messages"), { to: to.number, channel: to.channel, ...draft });
export const person = (address: string) => ask<Person>("GET", phone(address, "person"));
export const setPerson = (address: string, change: Partial<Person>) =>
  ask<Person>("PUT", phone(address, "person"), change);
export const changeNumber = (address: string, number: string) =>
  ask<null>("POST", phone(address, "number"), { number });

/** Brings a file to the network, to be sent by its id. */
export async function upload(file: File): Promise<Result<{ id: string }>> {
  try {
    const response = await fetch(`/v1/simulator/files?name=${encodeURIComponent(file.name)}`, {
      method: "POST",
      headers: { "content-type": file.type || "application/octet-stream" },
      body: file,
    });
    const body = (await response.json()) as { id: string; detail?: string };
    return response.ok ? { ok: body } : { failed: body.detail ?? "The file was not taken." };
  } catch {
    return { failed: "The network does not answer." };
  }
}

export interface Watcher {
  /** The stream is open, or open again: what was missed meanwhile must be read. */
  onOpen: () => void;
  onLost: () => void;
  onMessage: (phone: string, message: Message) => void;
  onFaults: (faults: Faults) => void;
  onTime: (time: Time) => void;
  onTyping: (typing: Typing) => void;
}

/** One of the network's numbers is writing to a phone. */
export interface Typing {
  phone: string;
  from: string;
  until: string;
}

/** A stream that was refused is asked for again after this; one that broke is reopened by the browser itself. */
const AGAIN_MS = 3_000;

/** Watches all phones until the returned function is called. */
export function watch(watcher: Watcher): () => void {
  const { onOpen, onLost, onMessage, onFaults, onTime, onTyping } = watcher;
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
  on("typing", onTyping);
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
