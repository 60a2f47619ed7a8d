/** The lead form's place: it is fetched when nobody is there to answer. */

import { useEffect, useState } from "preact/hooks";
import type { LeadCard } from "../lead/LeadCard.tsx";
import type { State } from "../session.ts";
import type { ViewProps } from "./Window.tsx";

export function LeadPlace({ session, state }: ViewProps) {
  const [card, setCard] = useState<{ View: typeof LeadCard }>();
  const wanted = isWanted(state);
  useEffect(() => {
    if (!wanted || card) return;
    const { learn } = session.words;
    Promise.all([import("../lead/LeadCard.tsx"), learn("lead"), learn("number"), learn("live")]).then(
      ([module]) => {
        module.sheets.forEach(session.dress);
        setCard({ View: module.LeadCard });
      },
      // Not there just now: the chat goes on without it.
      () => {},
    );
  }, [wanted]);
  return wanted && card ? <card.View session={session} state={state} /> : null;
}

/** Nobody is there, or came since; what was begun to be filled in stays. */
function isWanted({ config, conversation, lead, forgotten, missing }: State): boolean {
  if (lead?.is === "open") return true;
  const waits =
    !conversation ||
    (conversation.status === "waiting" && !conversation.assignee && conversation.active_leg?.channel === "web");
  return config?.online === false && !!config.lead.asks.length && waits && !forgotten && !missing;
}
