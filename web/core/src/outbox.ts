/** What a person wrote and the server has not acknowledged: kept in the browser before it is sent, sent until it is answered. */

import type { Answer, Problem } from "./types.ts";

/** A file that is to go with a message. Its bytes stand on the shelf under `key` until it is at the server. */
export interface DraftFile {
  key: string;
  name: string;
  content_type: string;
  size: number;
  /** Uploaded: what the server calls it. */
  id?: string;
}

export interface Draft {
  client_id: string;
  text: string;
  files?: DraftFile[];
  /** The leg that the writer saw as active (operators). */
  leg?: string;
  /** Device time, to draw it with. */
  at: number;
  /** Its place among the drafts. */
  n: number;
  /** The server refused it; it stays until it is retried or dropped. */
  refused?: { code: string; detail?: string };
}

/** More than this is not kept: `add` answers undefined. */
export const MOST_DRAFTS = 50;

const RETRY_MS = 1_000;
const RETRY_MOST_MS = 20_000;

export interface Outbox {
  drafts(): Draft[];
  /** Keeps the message and starts sending. Undefined when the outbox is full: then nobody is asked for its files. */
  add(text: string, leg?: string, files?: () => DraftFile[] | undefined): Draft | undefined;
  retry(client_id: string): void;
  drop(client_id: string): void;
  /** Sends what is due, now: after a reconnect. */
  flush(): void;
  /** Stops sending; what is kept stays for the next time. */
  stop(): void;
  /** Forgets everything that is kept. */
  clear(): void;
}

export interface OutboxOptions {
  /** Names this outbox in the store: one per widget and visitor, or per conversation. */
  key: string;
  store?: Storage;
  /**
   * Sends one draft. 2xx: acknowledged. 4xx: refused, but for 401, 408, 425 and 429. All else is tried again. What has become of
   * its files is kept by `keep`, which answers whether the draft is still to be sent.
   */
  send: (draft: Draft, keep: () => boolean) => Promise<Answer>;
  /** The list changed, here or in another tab. */
  onChange: () => void;
}

/** Opens the outbox of `key` and goes on with what an earlier page left there. */
export function openOutbox({ key, send, onChange, store = browserStore() }: OutboxOptions): Outbox {
  const prefix = prefixOf(key);
  let sending = false;
  let stopped = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const drafts = () => {
    const found: Draft[] = [];
    for (let i = 0; i < store.length; i++) {
      const name = store.key(i)!;
      if (name.startsWith(prefix)) found.push(JSON.parse(store.getItem(name)!));
    }
    return found.sort((a, b) => a.n - b.n || a.at - b.at);
  };

  const keep = (draft: Draft) => {
    store.setItem(prefix + draft.client_id, JSON.stringify(draft));
    onChange();
    return true;
  };

  const isKept = ({ client_id }: Draft) => !!store.getItem(prefix + client_id);

  const drop = (client_id: string) => {
    store.removeItem(prefix + client_id);
    onChange();
  };

  /** Sends in order, one at a time; what cannot be sent now holds back what comes after it. */
  const flush = async () => {
    clearTimeout(timer);
    if (sending || stopped) return;
    sending = true;
    try {
      for (let next; !stopped && (next = drafts().find((draft) => !draft.refused));) {
        const draft = next;
        const answer = await send(draft, () => isKept(draft) && keep(draft));
        if (answer.status >= 200 && answer.status < 300) {
          failures = 0;
          drop(draft.client_id);
        } else if (isRefusal(answer.status)) {
          const { code, detail } = (answer.body ?? {}) as Partial<Problem>;
          if (isKept(draft)) keep({ ...draft, refused: { code: code ?? "", detail } });
        } else {
          const span = Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** failures++);
          if (!stopped) timer = setTimeout(flush, answer.retryAfter ?? span * (0.5 + Math.random() / 2));
          return;
        }
      }
    } finally {
      sending = false;
    }
  };

  const changedElsewhere = (event: StorageEvent) => event.key?.startsWith(prefix) && onChange();
  addEventListener("storage", changedElsewhere);
  void flush();

  return {
    drafts,
    add(text, leg, files) {
      const kept = drafts();
      if (kept.length >= MOST_DRAFTS) return;
      const draft = { client_id: newId(), text, files: files?.(), leg, at: Date.now(), n: (kept.at(-1)?.n ?? 0) + 1 };
      keep(draft);
      void flush();
      return draft;
    },
    retry(client_id) {
      const draft = drafts().find((one) => one.client_id === client_id);
      if (draft) keep({ ...draft, refused: undefined });
      void flush();
    },
    drop,
    flush: () => {
      failures = 0;
      void flush();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      removeEventListener("storage", changedElsewhere);
    },
    clear: () => drafts().forEach((draft) => drop(draft.client_id)),
  };
}

/** Forgets what an outbox of this name keeps, where none of it is open. */
export function forgetDrafts(key: string, store: Storage): void {
  const names = Array.from({ length: store.length }, (_, i) => store.key(i)!);
  for (const name of names) if (name.startsWith(prefixOf(key))) store.removeItem(name);
}

/** One entry per draft: tabs that write at the same time never overwrite each other's list. */
function prefixOf(key: string): string {
  return `switchboard:out:${key}:`;
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status);
}

/** A random id, also on pages without https, where `crypto.randomUUID` is not offered. */
export function newId(): string {
  return (
    crypto.randomUUID?.() ??
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
  );
}

/** The browser's store; where it is closed to us, one that lasts as long as the page. */
export function browserStore(): Storage {
  try {
    const name = "switchboard:try";
    localStorage.setItem(name, name);
    localStorage.removeItem(name);
    return localStorage;
  } catch {
    return pageStore();
  }
}

function pageStore(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (i) => [...kept.keys()][i] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    clear: () => kept.clear(),
  };
}
