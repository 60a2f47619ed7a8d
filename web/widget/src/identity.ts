/** Who this browser is to the server: a token and a conversation, kept until they are forgotten. */

import { identityKey, readKey } from "./storage.ts";

interface Kept {
  token?: string;
  conversation?: string;
  /** They have said how to reach them. */
  lead?: boolean;
}

export interface Identity {
  readonly token: string | undefined;
  readonly conversation: string | undefined;
  readonly lead: boolean;
  /** The last `seq` seen, in any tab. */
  readonly read: number;
  keep(kept: Kept): void;
  saw(seq: number): void;
  forget(): void;
}

/** The identity of a widget in this browser; `onChange` tells of another tab's doing. */
export function openIdentity(widgetKey: string, store: Storage, onChange: () => void): Identity {
  const name = identityKey(widgetKey);
  const readName = readKey(widgetKey);
  const kept = (): Kept => JSON.parse(store.getItem(name) ?? "{}");

  addEventListener("storage", ({ key }) => {
    if (key === name || key === readName || key === null) onChange();
  });

  return {
    get token() {
      return kept().token;
    },
    get conversation() {
      return kept().conversation;
    },
    get lead() {
      return !!kept().lead;
    },
    get read() {
      return Number(store.getItem(readName));
    },
    keep: (more) => store.setItem(name, JSON.stringify({ ...kept(), ...more })),
    saw: (seq) => store.setItem(readName, String(seq)),
    forget() {
      store.removeItem(name);
      store.removeItem(readName);
    },
  };
}
