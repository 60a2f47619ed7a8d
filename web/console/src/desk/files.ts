/** The operator's files: on their way to the server, and chosen for the next message of each conversation. */

import {
  browserStore,
  type Answer,
  type Attachment,
  type Draft,
  type DraftFile,
  type UploadTerms,
} from "@switchboard/core";
import { openShelf } from "@switchboard/core/files/shelf";
import { sendWithFiles } from "@switchboard/core/files/send";
import { openTray, type Tray } from "@switchboard/core/files/tray";
import { uploadTo } from "@switchboard/core/files/upload";
import { openUploads, type Uploads } from "@switchboard/core/files/uploads";

export interface Files {
  uploads: Uploads;
  terms: UploadTerms;
  trayOf(conversation: string): Tray;
  /** Brings the files of a draft, and says it then. */
  send(draft: Draft, keep: () => boolean, say: (attachments: string[]) => Promise<Answer>): Promise<Answer>;
  /** Takes up files of a message that did not arrive, to go with another; null: they cannot be had now. */
  again(files: readonly Attachment[]): Promise<DraftFile[] | null>;
  /** Forgets what is chosen, in every conversation. */
  clear(): void;
}

interface Options {
  operator: string;
  terms: UploadTerms;
  /** A tray has changed. */
  onChange: (conversation: string, files: readonly DraftFile[]) => void;
}

export function openFiles({ operator, terms, onChange }: Options): Files {
  const store = browserStore();
  const prefix = `switchboard:console:${operator}:tray:`;
  const trays = new Map<string, Tray>();
  const uploads = openUploads({ upload: uploadTo(location.origin), shelf: openShelf(), terms: () => terms });

  const trayOf = (conversation: string): Tray => {
    let tray = trays.get(conversation);
    if (!tray) {
      const tell = () => onChange(conversation, trays.get(conversation)?.list() ?? []);
      tray = openTray({ store, key: prefix + conversation, uploads, terms: () => terms, onChange: tell });
      trays.set(conversation, tray);
    }
    return tray;
  };

  return {
    uploads,
    terms,
    trayOf,
    send: (draft, keep, say) => sendWithFiles(draft, uploads, keep, say),
    async again(files) {
      const bytes = await Promise.all(files.map(bytesOf));
      if (bytes.some((one) => !one)) return null;
      return files.map(({ name }, i) => uploads.choose(bytes[i]!, name));
    },
    clear() {
      const names = Array.from({ length: store.length }, (_, i) => store.key(i)!);
      for (const name of names) if (name.startsWith(prefix)) trayOf(name.slice(prefix.length)).clear();
    },
  };
}

/** Where a file is, for whoever is signed in here. */
export function pathOf({ id }: Attachment): string {
  return `/v1/attachments/${encodeURIComponent(id ?? "")}`;
}

async function bytesOf(file: Attachment): Promise<Blob | null> {
  try {
    const response = await fetch(pathOf(file));
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}
