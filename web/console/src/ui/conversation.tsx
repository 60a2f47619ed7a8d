/** The open conversation: its head, its log, what is to be known before writing, and the composer. */

import { heldByOther } from "../desk/ways.ts";
import { channelName, isolate, legName, visitorName } from "../words/people.ts";
import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";
import { Composer } from "./composer.tsx";
import { useDesk, useDeskState } from "./context.ts";
import { Icon } from "./icon.tsx";
import { Waiting } from "./inbox.tsx";
import { Log } from "./log.tsx";
import { Menu, type MenuItem } from "./menu.tsx";
import { Notes } from "./notes.tsx";
import { Avatar, Button, ChannelTag, IconButton } from "./parts.tsx";
import { PRESENCE_WORDS } from "./topbar.tsx";
import type { Conversation } from "@switchboard/core";

export function ConversationView({ id, onOtherNumber }: { id: string; onOtherNumber: (channel: string) => void }) {
  const { t } = useWords();
  const desk = useDesk();
  const row = useDeskState((state) => state.rows.get(id));
  const thread = useDeskState((state) => state.threads.get(id));
  if (!row) {
    return (
      <div class="empty">
        {thread?.state === "failed" ? (
          <>
            <p>{t("conversation.gone")}</p>
            <Button onClick={() => desk.go({ conversation: null, panel: false })}>{t("back_to_list")}</Button>
          </>
        ) : (
          <p role="status">{t("loading")}</p>
        )}
      </div>
    );
  }
  return (
    <>
      <Head row={row} />
      {thread && <Log key={id} id={id} thread={thread} />}
      <footer class="foot">
        <Notes row={row} onOtherNumber={onOtherNumber} />
        <Composer key={id} row={row} onOtherNumber={onOtherNumber} />
      </footer>
    </>
  );
}

function Head({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const panel = useDeskState((state) => state.route.panel);
  return (
    <header class="head">
      <IconButton
        icon="back"
        class="head-back"
        label={t("back_to_list")}
        onClick={() => desk.go({ conversation: null, panel: false })}
      />
      <Avatar name={row.visitor?.name} id={row.visitor?.id ?? row.id} here={row.visitor_here} />
      <div class="head-words">
        <h2 class="head-name">
          <bdi>{visitorName(row, words)}</bdi>
        </h2>
        <p class="head-state">
          <StatusWords row={row} />
          {row.active_leg ? (
            <ChannelTag channel={row.active_leg.channel} label={channelName(row.active_leg.channel, words)} />
          ) : (
            <span class="head-unreachable">{t("head.unreachable")}</span>
          )}
          <span class="unseen">{row.active_leg && legName(row.active_leg, words, row)}</span>
        </p>
      </div>
      <div class="head-keys">
        <Actions row={row} />
        <IconButton
          icon="panel"
          class="head-panel"
          label={t("panel.title")}
          keys="i"
          pressed={panel}
          onClick={() => desk.go({ conversation: row.id, panel: !panel })}
        />
      </div>
    </header>
  );
}

function StatusWords({ row }: { row: Conversation }) {
  const { t } = useWords();
  const me = useDeskState((state) => state.session.operator.id);
  if (row.status === "waiting") {
    return (
      <span class="status status-waiting">
        {t("status.waiting")} {row.queued_at && <Waiting since={row.queued_at} />}
      </span>
    );
  }
  if (row.status === "resolved") return <span class="status">{t("status.resolved")}</span>;
  if (!row.assignee) return <span class="status">{t("status.in_progress")}</span>;
  const mine = row.assignee.id === me;
  return <span class="status">{mine ? t("status.mine") : t("status.held", { name: isolate(row.assignee.name) })}</span>;
}

function Actions({ row }: { row: Conversation }) {
  const { t } = useWords();
  const desk = useDesk();
  const me = useDeskState((state) => state.session.operator.id);
  const operators = useDeskState((state) => state.operators);
  const held = heldByOther(row, me);

  const people = [...operators]
    .filter((one) => one.id !== row.assignee?.id)
    .sort((a, b) => rank(a.presence) - rank(b.presence) || a.name.localeCompare(b.name))
    .map((one): MenuItem => ({
      key: one.id,
      label: one.id === me ? t("transfer.me", { name: one.name }) : one.name,
      note: t(PRESENCE_WORDS[one.presence] satisfies Key),
      icon: "person",
      onPick: () => void desk.transfer(row.id, one.id),
    }));

  return (
    <>
      {row.status === "waiting" && (
        <Button id="claim" look="main" keys="c" onClick={() => void desk.claim(row.id)}>
          {t("claim")}
        </Button>
      )}
      {row.status !== "resolved" && people.length > 0 && (
        <Menu items={people} id="transfer" class="icon-button" align="end" label={t("transfer.title")} keys="t">
          <Icon name="person" />
          <Icon name="down" class="icon-tiny" />
        </Menu>
      )}
      {row.status === "in_progress" && !held && (
        <Button id="resolve" icon="check" keys="r" onClick={() => void desk.resolve(row.id)}>
          {t("resolve")}
        </Button>
      )}
      {row.status === "resolved" && (
        <Button id="reopen" icon="undo" keys="r" onClick={() => void desk.reopen(row.id)}>
          {t("reopen")}
        </Button>
      )}
    </>
  );
}

function rank(presence: string): number {
  return presence === "online" ? 0 : presence === "busy" ? 1 : 2;
}
