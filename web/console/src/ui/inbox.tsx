/** The live list: who waits, what is mine, what colleagues hold, what is done. */

import { serverNow, type Conversation, type Status } from "@switchboard/core";
import { useMemo, useState } from "preact/hooks";
import { matches, SECTIONS, sections, type Section } from "../desk/inbox.ts";
import { useStore } from "../desk/store.ts";
import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";
import { useDesk, useDeskState, useNow, useSettings } from "./context.ts";
import { Icon } from "./icon.tsx";
import { InboxRow } from "./inbox_row.tsx";
import { Button, IconButton, Kbd } from "./parts.tsx";

/** Rows of a section that are drawn before the operator asks for more. */
const SHOWN = 40;

export function Inbox() {
  const { t } = useWords();
  const desk = useDesk();
  const listed = useDeskState((state) => state.listed);
  const rows = useDeskState((state) => state.rows);
  const query = useDeskState((state) => state.query);
  const me = useDeskState((state) => state.session.operator.id);
  const found = useMemo(() => {
    const all = sections(rows, me);
    for (const name of SECTIONS) all[name] = all[name].filter((row) => matches(row, query));
    return all;
  }, [rows, query, me]);
  const empty = SECTIONS.every((name) => found[name].length === 0);

  return (
    <section class="inbox" aria-label={t("inbox.title")}>
      <Search />
      <div class="inbox-scroll" id="inbox">
        {listed === "reading" && rows.size === 0 && <Skeleton />}
        {listed === "failed" && (
          <div class="empty" role="alert">
            <p>{t("inbox.failed")}</p>
            <Button onClick={desk.readLists}>{t("retry")}</Button>
          </div>
        )}
        {listed === "read" && empty && <EmptyInbox query={query} />}
        {!(listed === "read" && empty) &&
          SECTIONS.map((name) => <SectionView key={name} name={name} rows={found[name]} query={query} />)}
      </div>
    </section>
  );
}

function Search() {
  const { t } = useWords();
  const desk = useDesk();
  const query = useDeskState((state) => state.query);
  return (
    <div class="search">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        value={query}
        placeholder={t("inbox.search")}
        aria-label={t("inbox.search")}
        aria-keyshortcuts="/"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => desk.search(event.currentTarget.value)}
      />
      {query ? (
        <IconButton icon="close" label={t("inbox.search_clear")} onClick={() => desk.search("")} />
      ) : (
        <Kbd>/</Kbd>
      )}
    </div>
  );
}

const TITLES: Record<Section, Key> = {
  waiting: "section.waiting",
  mine: "section.mine",
  in_progress: "section.in_progress",
  resolved: "section.resolved",
};

/** The list of the server's that a section is read from. */
const STATUS: Record<Section, Status> = {
  waiting: "waiting",
  mine: "in_progress",
  in_progress: "in_progress",
  resolved: "resolved",
};

function SectionView({ name, rows, query }: { name: Section; rows: Conversation[]; query: string }) {
  const { t, number } = useWords();
  const desk = useDesk();
  const settings = useSettings();
  const cursor = useDeskState((state) => state.more[STATUS[name]]);
  const wished = useStore(settings, (state) => state.resolvedOpen);
  const [shown, setShown] = useState(SHOWN);
  const folds = name === "resolved" && !query;
  const open = !folds || wished;
  if (rows.length === 0 && (query || name === "in_progress" || name === "resolved")) return null;
  const more = rows.length > shown || (cursor !== null && name !== "mine");

  return (
    <section class="section" aria-labelledby={`section-${name}`}>
      <h2 class="section-head" id={`section-${name}`}>
        {folds ? (
          <button
            type="button"
            class="section-fold"
            aria-expanded={open}
            onClick={() => settings.set({ resolvedOpen: !open })}
          >
            <Icon name="down" class={open ? "" : "icon-folded"} />
            <span>{t(TITLES[name])}</span>
          </button>
        ) : (
          <span>{t(TITLES[name])}</span>
        )}
        {name !== "resolved" && (
          <span class="section-count">{number(rows.length) + (cursor && name !== "mine" ? "+" : "")}</span>
        )}
      </h2>
      {open && rows.length === 0 && <p class="section-none">{t(name === "waiting" ? "none.waiting" : "none.mine")}</p>}
      {open && (
        <ul class="rows">
          {rows.slice(0, shown).map((row) => (
            <InboxRow key={row.id} row={row} section={name} />
          ))}
        </ul>
      )}
      {open && more && (
        <button
          type="button"
          class="section-more"
          onClick={() => {
            setShown(shown + SHOWN);
            if (rows.length <= shown + SHOWN) void desk.loadMore(STATUS[name]);
          }}
        >
          {t("inbox.more")}
        </button>
      )}
    </section>
  );
}

function EmptyInbox({ query }: { query: string }) {
  const { t } = useWords();
  const key = useDeskState((state) => state.session.organization.widget_key);
  if (query) return <p class="empty">{t("inbox.nothing_found", { query })}</p>;
  return (
    <div class="empty">
      <Icon name="inbox" class="empty-icon" />
      <h2>{t("inbox.empty")}</h2>
      <p>{t("inbox.empty_how")}</p>
      <a class="link" href={`/chat/${encodeURIComponent(key)}`} target="_blank" rel="noopener">
        {t("inbox.empty_try")}
      </a>
    </div>
  );
}

function Skeleton() {
  const { t } = useWords();
  return (
    <div class="skeleton" role="status" aria-label={t("loading")}>
      {[0, 1, 2, 3, 4].map((n) => (
        <div key={n} class="skeleton-row" />
      ))}
    </div>
  );
}

/** How long somebody has waited, and whether that is too long. */
export function Waiting({ since }: { since: string }) {
  const words = useWords();
  useNow(15_000);
  const now = serverNow();
  const minutes = (now - Date.parse(since)) / 60_000;
  const look = minutes > 10 ? "late" : minutes > 3 ? "slow" : "fresh";
  return (
    <span class={`waiting waiting-${look}`} title={words.t("row.waiting_since", { at: words.whole(since) })}>
      {words.since(since, now)}
    </span>
  );
}
