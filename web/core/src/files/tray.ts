/** The files that are chosen for the next message, kept over a reload as its text is. */

import type { DraftFile } from "../outbox.ts";
import type { UploadTerms } from "../types.ts";
import type { Uploads } from "./uploads.ts";

/** What the server takes where it has not told otherwise. */
export const AT_ONCE = 10;

export interface Tray {
  list(): readonly DraftFile[];
  /** Takes files in. False: some were too many for one message, and are left out. */
  add(files: Iterable<File>): boolean;
  remove(file: DraftFile): void;
  /** Puts back what was taken out of a message that did not go. */
  give(files: readonly DraftFile[]): void;
  /** What goes with the next message: all but what was refused. */
  going(): readonly DraftFile[];
  /** Moves that into a message; undefined when there is nothing of it. What was refused stays, and says why. */
  take(): DraftFile[] | undefined;
  /** Forgets all of it. */
  clear(): void;
}

interface Options {
  store: Storage;
  /** Names this tray in the store. */
  key: string;
  uploads: Uploads;
  terms: () => UploadTerms | undefined;
  onChange: () => void;
}

export function openTray({ store, key, uploads, terms, onChange }: Options): Tray {
  let files: readonly DraftFile[] = kept(store, key);
  for (const file of files) uploads.begin(file);

  const save = () => {
    if (files.length) store.setItem(key, JSON.stringify(files));
    else store.removeItem(key);
  };
  const set = (next: readonly DraftFile[]) => {
    files = next;
    save();
    onChange();
  };
  const most = () => terms()?.at_once ?? AT_ONCE;

  // What is uploaded is not uploaded again after a reload.
  let known = 0;
  uploads.subscribe(() => {
    const here = files.filter(({ id }) => id).length;
    if (here !== known) save();
    known = here;
  });

  const going = () => files.filter((file) => uploads.standing(file).is !== "refused").slice(0, most());

  return {
    list: () => files,
    add(more) {
      const all = [...more];
      while (all.length && going().length < most()) {
        const file = all.shift()!;
        files = [...files, uploads.choose(file, file.name)];
      }
      set(files);
      return !all.length;
    },
    remove(file) {
      set(files.filter((one) => one.key !== file.key));
      uploads.drop(file);
    },
    give: (back) => set([...back, ...files]),
    going,
    take() {
      const taken = going();
      if (!taken.length) return;
      set(files.filter((file) => !taken.includes(file)));
      return taken;
    },
    clear() {
      for (const file of files) uploads.drop(file);
      set([]);
    },
  };
}

function kept(store: Storage, key: string): DraftFile[] {
  try {
    const list: unknown = JSON.parse(store.getItem(key) ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
