/** What the visitor wrote and the log has not got yet. */

import type { ComponentChildren } from "preact";
import type { Draft } from "../../../core/src/outbox.ts";
import type { Session } from "../session.ts";

interface DraftProps {
  session: Session;
  draft: Draft;
  /** Acknowledged: only its place in the log is still on its way. */
  sent?: boolean;
}

export function DraftBubble({ session, draft, sent }: DraftProps) {
  const { outbox, words } = session;
  const { t } = words;
  const { client_id, files, refused, text } = draft;
  const side = session.state.files;
  return (
    <article class={`bubble own first last ${sent ? "" : refused ? "refused" : "pending"}`}>
      <p class="aside">{t("you")}</p>
      {text && <Said>{text}</Said>}
      {files && side && <side.OnTheWay session={session} draft={draft} />}
      <p class="under">
        {refused ? (
          <>
            <span class="bad">{t("not_sent")}</span>
            <button type="button" class="text" onClick={() => outbox.retry(client_id)}>
              {t("retry")}
            </button>
            <button
              type="button"
              class="text"
              onClick={() => {
                outbox.drop(client_id);
                files?.forEach((file) => side?.uploads.drop(file));
              }}
            >
              {t("discard")}
            </button>
          </>
        ) : (
          t(sent ? "sent" : "sending")
        )}
      </p>
    </article>
  );
}

/** The text itself, its direction found from its own letters. */
export function Said({ children }: { children: ComponentChildren }) {
  return (
    <p class="said" dir="auto">
      {children}
    </p>
  );
}
