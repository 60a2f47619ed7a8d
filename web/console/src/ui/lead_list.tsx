/** The lead centre's list: who left word or a number, the newest first. */

import type { Lead, LeadFields, LeadState } from "@switchboard/core";
import { chatOf } from "../desk/inbox.ts";
import { useStore } from "../desk/store.ts";
import { leadName } from "../words/people.ts";
import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";
import { useDesk, useDeskState, useNow } from "./context.ts";
import { Icon } from "./icon.tsx";
import { Avatar, Button, IconButton, Kbd } from "./parts.tsx";

export const STATES: readonly LeadState[] = ["new", "contacted", "won", "closed"];
export const STATE_WORDS: Record<LeadState, Key> = {
  new: "lead.state.new",
  contacted: "lead.state.contacted",
  won: "lead.state.won",
  closed: "lead.state.closed",
};

export const FIELD_WORDS: Record<keyof LeadFields, Key> = {
  name: "lead.name",
  company: "lead.company",
  phone: "lead.phone",
  email: "lead.email",
  place: "lead.place",
  industry: "lead.industry",
  needs: "lead.needs",
  message: "lead.message",
};

export function LeadList() {
  const { t } = useWords();
  const { leads, go } = useDesk();
  const { listed, items, more, query, state } = useStore(leads.store, (all) => all);
  return (
    <section class="inbox" aria-label={t("leads.title")}>
      <div class="search">
        <Icon name="search" />
        <input
          id="search"
          type="search"
          value={query}
          maxLength={200}
          placeholder={t("leads.search")}
          aria-label={t("leads.search")}
          aria-keyshortcuts="/"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => leads.search(event.currentTarget.value)}
        />
        {query ? (
          <IconButton icon="close" label={t("inbox.search_clear")} onClick={() => leads.search("")} />
        ) : (
          <Kbd>/</Kbd>
        )}
      </div>
      <div class="leads-keys">
        <select
          class="input"
          aria-label={t("lead.state")}
          value={state}
          onChange={(event) => leads.filter(event.currentTarget.value as LeadState | "")}
        >
          <option value="">{t("leads.all")}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {t(STATE_WORDS[one])}
            </option>
          ))}
        </select>
        <Button id="new-lead" onClick={() => go({ conversation: null, panel: false, lead: "new" })}>
          {t("leads.new")}
        </Button>
      </div>
      <div class="inbox-scroll" id="leads">
        {listed === "failed" && (
          <div class="empty" role="alert">
            <p>{t("leads.failed")}</p>
            <Button onClick={() => void leads.read()}>{t("retry")}</Button>
          </div>
        )}
        {listed === "read" && items.length === 0 && (
          <p class="empty">{query || state ? t("leads.nothing_found") : t("leads.empty")}</p>
        )}
        <ul class="rows">
          {items.map((lead) => (
            <LeadRow key={lead.id} lead={lead} />
          ))}
        </ul>
        {more && (
          <button type="button" class="section-more" onClick={() => void leads.more()}>
            {t("inbox.more")}
          </button>
        )}
      </div>
    </section>
  );
}

function LeadRow({ lead }: { lead: Lead }) {
  const words = useWords();
  const { go } = useDesk();
  const open = useDeskState((state) => state.route.lead === lead.id);
  useNow(60_000);
  const chat = useDeskState(({ rows }) => chatOf(rows, lead.visitor));
  const name = leadName(lead, chat, words);
  const about = [lead.name && lead.company, lead.message ?? lead.needs].filter(Boolean).join(" · ");
  return (
    <li>
      <button
        type="button"
        class="row"
        data-row={lead.id}
        aria-current={open ? "true" : undefined}
        onClick={() => go({ conversation: null, panel: false, lead: lead.id })}
      >
        <Avatar name={lead.name ?? chat?.visitor?.name} id={lead.visitor ?? lead.id} />
        <span class="row-main">
          <span class="row-top">
            <span class="row-name" dir="auto">
              {name}
            </span>
            <time class="row-time" dateTime={lead.created_at}>
              {words.brief(lead.created_at, Date.now())}
            </time>
          </span>
          <span class="row-bottom">
            <span class="row-words" dir="auto">
              {about || words.of("lead.source", lead.source, "lead.source.other")}
            </span>
            <span class={`lead-state lead-state-${lead.state}`}>{words.t(STATE_WORDS[lead.state])}</span>
          </span>
        </span>
      </button>
    </li>
  );
}
