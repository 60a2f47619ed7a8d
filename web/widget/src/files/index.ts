/** All that files need: the tray and its keys beside the composer, and their views in the log. It comes once the window is open. */

import { openShelf } from "../../../core/src/files/shelf.ts";
import { sendWithFiles } from "../../../core/src/files/send.ts";
import { openTray, type Tray } from "../../../core/src/files/tray.ts";
import { uploadTo, type Upload } from "../../../core/src/files/upload.ts";
import { openUploads, type Uploads } from "../../../core/src/files/uploads.ts";
import type { FileWords } from "../../../core/src/files/words.ts";
import type { Draft } from "../../../core/src/outbox.ts";
import type { Answer } from "../../../core/src/types.ts";
import type { Session } from "../session.ts";
import { trayKey } from "../storage.ts";
import sharedCss from "../../../core/src/files/files.css?inline";
import css from "./files.css?inline";

type Views = typeof import("./views.tsx");

/** In a file of their own beside this one. */
const coming = import("./views.tsx");

export interface FilesSide extends Views {
  tray: Tray;
  uploads: Uploads;
  words: FileWords;
  /** Whether a message with these words can go as it is. */
  goes(text: string): boolean;
  /** Forgets the files that are chosen or on their way. */
  forget(): void;
  /** Brings the files of a draft, and says it then. */
  send(draft: Draft, keep: () => boolean, say: (attachments: string[]) => Promise<Answer>): Promise<Answer>;
}

export async function openFiles(session: Session, store: Storage): Promise<FilesSide> {
  const views = await coming;
  session.dress(sharedCss);
  session.dress(css);
  const { t, locale } = session.words;
  const terms = () => session.state.config?.attachments;
  const uploads = openUploads({ upload: uploadAs(session), shelf: openShelf(), terms });
  const redraw = () => session.set({});
  uploads.subscribe(redraw);
  const tray = openTray({ store, key: trayKey(session.widgetKey), uploads, terms, onChange: redraw });
  return {
    ...views,
    tray,
    uploads,
    words: { t: (key, values) => t(`file_${key}`, values), locale },
    goes: (text) => !!text || tray.going().length > 0,
    forget() {
      for (const { files = [] } of session.outbox.drafts()) files.forEach(uploads.drop);
      tray.clear();
    },
    send: (draft, keep, say) => sendWithFiles(draft, uploads, keep, say),
  };
}

/** Uploads as the visitor that this browser is; the first file makes one. */
function uploadAs(session: Session): Upload {
  const upload = uploadTo(session.base, () => session.identity.token);
  return async (...asked) => {
    try {
      const entered = await (await session.live()).enter();
      if (entered.status !== 201) return entered as Answer<never>;
    } catch {
      return { status: 0, body: null as never };
    }
    const answer = await upload(...asked);
    // The token is gone: the same file goes up with a new one.
    if (answer.status === 401) session.reset();
    return answer;
  };
}
