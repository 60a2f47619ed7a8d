/** The signed-in console: list, log and panel, side by side or one at a time, as the width allows. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isUp, type Desk } from "../desk/desk.ts";
import { unreadOf } from "../desk/inbox.ts";
import { refusal } from "../words/refusals.ts";
import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";
import { ConversationView } from "./conversation.tsx";
import { DeskContext, useDesk, useDeskState, useNow } from "./context.ts";
import { GuardBanner, GuardDialog, SickBanner } from "./guard.tsx";
import { Icon } from "./icon.tsx";
import { Inbox } from "./inbox.tsx";
import { useKeyboard } from "./keyboard.ts";
import { KeysDialog } from "./keys_dialog.tsx";
import { LeadList } from "./lead_list.tsx";
import { LeadView } from "./lead_view.tsx";
import { HeldBy } from "./notes.tsx";
import { NumberDialog } from "./number_dialog.tsx";
import { VisitorPanel } from "./panel.tsx";
import { Button, IconButton, Kbd } from "./parts.tsx";
import { TemplateDialog } from "./template_dialog.tsx";
import { Sides, Topbar } from "./topbar.tsx";

export function DeskView({ desk }: { desk: Desk }) {
  return (
    <DeskContext.Provider value={desk}>
      <Screens />
    </DeskContext.Provider>
  );
}

function Screens() {
  const { t } = useWords();
  const desk = useDesk();
  const organization = useDeskState((state) => state.session.organization.name);
  const route = useDeskState((state) => state.route);
  const row = useDeskState((state) => state.rows.get(state.route.conversation ?? ""));
  const said = useDeskState((state) => state.said);
  const picking = useDeskState((state) => state.picking !== null && state.picking === state.route.conversation);
  const [help, setHelp] = useState(false);
  const [numberFor, setNumberFor] = useState<string | null>(null);
  const [guard, setGuard] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  const lookAtGuard = useCallback(() => setGuard(true), []);
  useKeyboard(desk, showHelp);
  useTitle();
  useFocusOnOpen();

  const { lead } = route;
  const screen =
    lead !== undefined ? (lead ? "log" : "list") : !route.conversation ? "list" : route.panel ? "panel" : "log";
  return (
    <main class="desk" data-screen={screen}>
      <h1 class="unseen">{t("console.title", { organization })}</h1>
      <div class="banners">
        <LineBanner />
        <GuardBanner onLook={lookAtGuard} />
        <SickBanner />
      </div>
      <div class="list-side">
        <Topbar onKeys={showHelp} onGuard={lookAtGuard} />
        <Sides />
        {lead === undefined ? <Inbox /> : <LeadList />}
      </div>
      <section class="conversation" aria-label={t(lead === undefined ? "conversation.title" : "lead.title")}>
        {lead ? (
          <LeadView key={lead} id={lead} />
        ) : route.conversation ? (
          <ConversationView id={route.conversation} onOtherNumber={setNumberFor} />
        ) : (
          <Nothing leads={lead !== undefined} />
        )}
      </section>
      {row && <VisitorPanel key={row.id} row={row} onOtherNumber={setNumberFor} />}
      <NoticeView />
      {guard && <GuardDialog onClose={() => setGuard(false)} />}
      {help && <KeysDialog onClose={() => setHelp(false)} />}
      {numberFor && row && <NumberDialog row={row} channel={numberFor} onClose={() => setNumberFor(null)} />}
      {picking && row && <TemplateDialog row={row} />}
      <p class="unseen" aria-live="polite">
        {said}
      </p>
    </main>
  );
}

/** Nothing is open: say what can be done from here. */
function Nothing({ leads }: { leads: boolean }) {
  const { t } = useWords();
  const { go } = useDesk();
  if (leads) {
    return (
      <div class="empty empty-wide">
        <Icon name="leads" class="empty-icon" />
        <h2>{t("leads.nothing")}</h2>
        <p>{t("leads.nothing_how")}</p>
        <Button onClick={() => go({ conversation: null, panel: false, lead: "new" })}>{t("leads.new")}</Button>
      </div>
    );
  }
  return (
    <div class="empty empty-wide">
      <Icon name="chat" class="empty-icon" />
      <h2>{t("nothing.title")}</h2>
      <p>{t("nothing.how")}</p>
      <ul class="empty-keys">
        {KEYS.map(([keys, does]) => (
          <li key={does}>
            <span>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </span>
            {t(does)}
          </li>
        ))}
      </ul>
    </div>
  );
}

const KEYS: readonly (readonly [string[], Key])[] = [
  [["n"], "keys.next"],
  [["j", "k"], "keys.rows"],
  [["/"], "keys.search"],
  [["?"], "keys.help"],
];

/** A drop shorter than this is nobody's business. */
const PATIENCE_MS = 1_200;

function LineBanner() {
  const { t } = useWords();
  const link = useDeskState((state) => state.link);
  const linked = useDeskState((state) => state.linked);
  const unsent = useDeskState((state) => [...state.outgoing.values()].reduce((sum, drafts) => sum + drafts.length, 0));
  const [late, setLate] = useState(false);
  const down = !isUp(link);
  useEffect(() => {
    if (!down) return setLate(false);
    const timer = setTimeout(() => setLate(true), linked ? PATIENCE_MS : 3 * PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [down, linked]);
  if (down ? !late : link !== "polling") return null;
  return (
    <div class={`banner ${down ? "banner-down" : "banner-slow"}`} role="status">
      <Icon name={down ? "alert" : "hourglass"} />
      <span>{down ? (unsent ? t("line.down_unsent", { n: unsent }) : t("line.down")) : t("line.polling")}</span>
    </div>
  );
}

function NoticeView() {
  const words = useWords();
  const desk = useDesk();
  const notice = useDeskState((state) => state.notice);
  const row = useDeskState((state) => state.rows.get(state.notice?.conversation ?? ""));
  useNow(1_000);
  if (!notice) return null;
  const other = notice.problem.conversation;
  return (
    <div class="notice" role="alert" key={notice.id}>
      <Icon name="alert" />
      <p>{refusal(notice.problem, row, words)}</p>
      {typeof other === "string" && <HeldBy id={other} />}
      <IconButton icon="close" label={words.t("close")} onClick={desk.dismiss} />
    </div>
  );
}

/** How much is unread stands in the window's title. */
function useTitle(): void {
  const { number } = useWords();
  const unread = useDeskState((state) => unreadOf(state.rows, state.session.operator.id));
  const organization = useDeskState((state) => state.session.organization.name);
  useEffect(() => {
    document.title = (unread ? `(${number(unread)}) ` : "") + `${organization} · Switchboard`;
  }, [unread, organization, number]);
}

/**
 * An opened conversation takes the focus: the composer where the operator is in the middle of it, else the log, so that the
 * single keys (claim, resolve) work at once. On touch screens nothing is focused: it would bring up the keyboard.
 */
function useFocusOnOpen(): void {
  const desk = useDesk();
  const me = useDeskState((state) => state.session.operator.id);
  const id = useDeskState((state) => state.route.conversation);
  const ready = useDeskState((state) => state.threads.get(state.route.conversation ?? "")?.state === "ready");
  const opening = useDeskState((state) => state.opening);
  const done = useRef("");
  useEffect(() => {
    if (!ready || done.current === `${opening} ${id}`) return;
    done.current = `${opening} ${id}`;
    // Who writes already while the log is being read keeps writing.
    if (matchMedia("(pointer: coarse)").matches || document.activeElement?.id === "composer") return;
    const row = desk.store.get().rows.get(id ?? "");
    const mine = row?.status === "in_progress" && row.assignee?.id === me;
    const composer = mine && document.getElementById("composer");
    (composer || document.getElementById("log"))?.focus({ preventScroll: true });
  }, [desk, id, me, opening, ready]);
}
