/** What is known of a visitor beside the chat, and the way to their lead. */

import type { Lead } from "@switchboard/core";
import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../desk/store.ts";
import { useWords } from "../words/context.ts";
import { useDesk } from "./context.ts";
import { FIELD_WORDS } from "./lead_list.tsx";
import { Button } from "./parts.tsx";

const TOLD = ["message", "needs", "company", "email", "place", "industry"] as const;

export function LeadPart({ id }: { id: string }) {
  const { t } = useWords();
  const { leads, go } = useDesk();
  const [lead, setLead] = useState<Lead | null>(null);
  const heard = useStore(leads.store, (state) => state.heard);
  useEffect(() => {
    let current = true;
    void leads.one(id).then((found) => current && found !== undefined && setLead(found));
    return () => {
      current = false;
    };
  }, [id, heard]);
  if (!lead) return null;
  const told = TOLD.filter((field) => lead[field]);
  return (
    <section class="panel-part">
      <h3>{t("lead.title")}</h3>
      {told.length > 0 && (
        <dl class="facts">
          {told.map((field) => (
            <Fragment key={field}>
              <dt>{t(FIELD_WORDS[field])}</dt>
              <dd dir="auto" class="facts-told">
                {lead[field]}
              </dd>
            </Fragment>
          ))}
        </dl>
      )}
      <div class="panel-keys">
        <Button small icon="leads" onClick={() => go({ conversation: null, panel: false, lead: id })}>
          {t("lead.open")}
        </Button>
      </div>
    </section>
  );
}
