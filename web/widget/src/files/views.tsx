/** The views of files, as the window has them. */

import { Keys as AllKeys } from "../../../core/src/files/keys.tsx";
import { Shown as AllShown } from "../../../core/src/files/shown.tsx";
import { OnTheWay as AllOnTheWay, TrayView } from "../../../core/src/files/tray_view.tsx";
import { refusedWords } from "../../../core/src/files/words.ts";
import type { Draft } from "../../../core/src/outbox.ts";
import { at } from "../../../core/src/rest.ts";
import type { Attachment, Events, Message } from "../../../core/src/types.ts";
import type { Session } from "../session.ts";
import type { ViewProps } from "../view/Window.tsx";

export function Tray({ state }: ViewProps) {
  const { tray, uploads, words } = state.files!;
  return <TrayView files={tray.list()} uploads={uploads} words={words} onRemove={tray.remove} />;
}

export function Keys({ state, onSend }: ViewProps & { onSend: () => void }) {
  const { tray, words } = state.files!;
  return (
    <AllKeys
      tray={tray}
      words={words}
      terms={state.config?.attachments}
      look="plain"
      place=".window"
      disabled={state.missing}
      onSend={onSend}
    />
  );
}

export function OnTheWay({ session, draft }: { session: Session; draft: Draft }) {
  const { tray, uploads, words } = session.state.files!;
  const { client_id, refused, text } = draft;
  const files = draft.files ?? [];
  /** What stands in the way can be taken out, or the words sent alone. */
  const change = () => {
    session.outbox.drop(client_id);
    tray.give(files);
    session.set({ text: [text, session.state.text].filter(Boolean).join("\n") });
  };
  return (
    <>
      <AllOnTheWay files={files} uploads={uploads} words={words} />
      {refused && (
        <p class="under">
          {!files.some((file) => uploads.standing(file).is === "refused") && (
            <span class="bad">{refusedWords(refused, words)}</span>
          )}
          <button type="button" class="text" onClick={change}>
            {words.t("change")}
          </button>
        </p>
      )}
    </>
  );
}

export function Shown({ session, message }: { session: Session; message: Message }) {
  const { words } = session.state.files!;
  const { seq, attachments } = message;

  /** The log tells a new address with every look at it. */
  const renew = async ({ id }: Attachment) => {
    const path = at(session.identity.conversation ?? "", `/events?after=${seq - 1}`);
    const { status, body } = await session.rest<Events>("GET", path);
    const event = status === 200 ? body.events.find((one) => one.seq === seq) : undefined;
    const file = event?.kind === "message" ? event.attachments.find((one) => one.id === id) : undefined;
    return file?.url ? hereOf(session, file) : undefined;
  };
  return <AllShown files={attachments} words={words} urlOf={(file) => hereOf(session, file)} renew={renew} />;
}

/** The address as this page reaches the server, which may know itself by another name. */
function hereOf({ base }: Session, { url }: Attachment): string {
  return base + new URL(url ?? "", base || location.href).pathname;
}
