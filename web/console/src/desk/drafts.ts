/** What an operator has typed and not sent, kept per conversation over reloads. */

/** Conversations whose drafts are kept; the one not touched for the longest goes first. */
const MOST = 60;
const LONGEST = 8_000;

export interface Drafts {
  of(conversation: string): string;
  keep(conversation: string, text: string): void;
  clear(): void;
}

export function openDrafts(store: Storage, key: string): Drafts {
  const read = (): Record<string, string> => {
    try {
      const kept: unknown = JSON.parse(store.getItem(key) ?? "{}");
      return typeof kept === "object" && kept ? (kept as Record<string, string>) : {};
    } catch {
      return {};
    }
  };
  // Read by every row of the list at every drawing: the store is asked only when another tab has written.
  let held = read();
  addEventListener("storage", (event) => {
    if (event.key === key) held = read();
  });
  return {
    of: (conversation) => held[conversation] ?? "",
    keep(conversation, text) {
      const kept = read();
      // Written last, so that it stands at the end: an object keeps the order of insertion.
      delete kept[conversation];
      if (text) kept[conversation] = text.slice(0, LONGEST);
      held = Object.fromEntries(Object.entries(kept).slice(-MOST));
      store.setItem(key, JSON.stringify(held));
    },
    clear() {
      held = {};
      store.removeItem(key);
    },
  };
}
