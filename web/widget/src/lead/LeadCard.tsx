/** When nobody is there: how the visitor can be reached, asked for above the composer, which stays. */

import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../session.ts";
import { shown } from "../live/say.ts";
import formCss from "../number/form.css?inline";
import type { ViewProps } from "../view/Window.tsx";
import type { Values } from "./lead.ts";
import css from "./lead.css?inline";
import { LeadForm } from "./LeadForm.tsx";

/** The form's style sheets. */
export const sheets = [css, formCss];

export function LeadCard({ session, state }: ViewProps) {
  const { t } = session.words;
  const { lead } = state;
  const before = useRef<string>(undefined);
  const sentNow = before.current === "open" && lead?.is === "sent";
  useEffect(() => void (before.current = lead?.is));
  const open = () => session.set({ lead: { is: "open", values: lead?.values ?? {} } });
  if (lead?.is === "open") return <LeadForm session={session} state={state} />;
  const left = session.identity.lead;
  return (
    <div class="lead-note">
      <Told now={sentNow}>
        {left ? (
          <>
            <strong>{thanks(session, lead?.values)}</strong> {t("lead_more")}
          </>
        ) : (
          t("away")
        )}
      </Told>
      <button type="button" class="quiet-button" onClick={open}>
        {t(left ? "lead_change" : "leave")}
      </button>
    </div>
  );
}

/**
 * What is said once it has been sent is read out, and the focus waits there: its button is gone. It is not taken again when the
 * note comes back, as after the number area: then it is the composer's.
 */
function Told({ now, children }: { now: boolean; children: preact.ComponentChildren }) {
  const words = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (now) words.current?.focus();
  }, []);
  return (
    <p ref={words} role="status" tabIndex={-1}>
      {children}
    </p>
  );
}

function thanks({ words: { t, locale } }: Session, values: Values | undefined): string {
  const given = [values?.email, values?.phone].filter((way) => !!way);
  if (!given.length) return t("lead_kept");
  const ways = new Intl.ListFormat(locale, { type: "disjunction" }).format(given.map(shown));
  return t("lead_thanks", { ways });
}
