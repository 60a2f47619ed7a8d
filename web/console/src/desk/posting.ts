/** What the operator writes: one outbox per conversation, opened when first needed and again after a reload. */

import { browserStore, openOutbox, type Answer, type Draft, type DraftFile, type Outbox } from "@switchboard/core";

export interface Posting {
  /** False: the outbox is full. */
  post(conversation: string, text: string, leg: string | undefined, files?: () => DraftFile[] | undefined): boolean;
  retry(conversation: string, client_id: string): void;
  drop(conversation: string, client_id: string): void;
  flush(): void;
  stop(): void;
  forget(): void;
}

interface Options {
  operator: string;
  send: (conversation: string, draft: Draft, keep: () => boolean) => Promise<Answer>;
  onChange: (conversation: string, drafts: readonly Draft[]) => void;
}

export function openPosting({ operator, send, onChange }: Options): Posting {
  const boxes = new Map<string, Outbox>();
  const keyOf = (conversation: string) => `console:${operator}:${conversation}`;

  const boxOf = (conversation: string): Outbox => {
    let box = boxes.get(conversation);
    if (!box) {
      const tell = () => onChange(conversation, boxes.get(conversation)?.drafts() ?? []);
      box = openOutbox({
        key: keyOf(conversation),
        send: (draft, keep) => send(conversation, draft, keep),
        onChange: tell,
      });
      boxes.set(conversation, box);
      tell();
    }
    return box;
  };

  for (const conversation of left(keyOf(""))) boxOf(conversation);

  return {
    post: (conversation, text, leg, files) => boxOf(conversation).add(text, leg, files) !== undefined,
    retry: (conversation, client_id) => boxOf(conversation).retry(client_id),
    drop: (conversation, client_id) => boxOf(conversation).drop(client_id),
    flush: () => boxes.forEach((box) => box.flush()),
    stop: () => boxes.forEach((box) => box.stop()),
    forget: () => boxes.forEach((box) => box.clear()),
  };
}

/** Conversations in which an earlier page left something unsent. */
function left(prefix: string): Set<string> {
  const store = browserStore();
  const start = `switchboard:out:${prefix}`;
  const found = new Set<string>();
  for (let i = 0; i < store.length; i++) {
    const name = store.key(i) ?? "";
    if (name.startsWith(start)) found.add(name.slice(start.length).split(":")[0]!);
  }
  return found;
}
