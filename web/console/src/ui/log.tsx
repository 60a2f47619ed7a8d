/** The conversation as one log, whatever channels it went over. */

import type { Draft } from "@switchboard/core";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { items } from "../log/items.ts";
import type { Thread } from "../desk/thread.ts";
import { entryOf } from "../desk/ways.ts";
import { visitorName } from "../words/people.ts";
import { useWords } from "../words/context.ts";
import { useDesk, useDeskState } from "./context.ts";
import { Icon } from "./icon.tsx";
import { LogLine } from "./log_line.tsx";
import { MessageView, UnsentView } from "./message.tsx";
import { Button } from "./parts.tsx";

/** So near to the end counts as being there. */
const NEAR_PX = 80;

export function Log({ id, thread }: { id: string; thread: Thread }) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const row = useDeskState((state) => state.rows.get(id));
  const outgoing = useDeskState((state) => state.outgoing.get(id));
  const link = useDeskState((state) => state.link);
  const typing = useDeskState((state) => state.typing.get(id));
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [below, setBelow] = useState(false);
  const here = row?.active_leg?.id ?? null;
  const views = row?.channels.flatMap((offer) => (entryOf(offer) === "view" ? offer.channel : [])).join(" ") ?? "";
  const drawn = useMemo(() => items(thread, here, new Set(views.split(" "))), [thread, here, views]);
  const unsent = useMemo(() => notLogged(outgoing, thread), [outgoing, thread]);
  const first = thread.log.events[0]?.seq;
  const height = useRef({ first, of: 0 });

  // Earlier entries are put in above what is being read: the eye stays where it is.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    if (height.current.first !== undefined && first !== height.current.first) {
      box.scrollTop += box.scrollHeight - height.current.of;
    } else if (atEnd.current) {
      box.scrollTop = box.scrollHeight;
    }
    height.current = { first, of: box.scrollHeight };
  });

  // The room for the log changes with the composer and the window.
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const watch = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    const seen = () => {
      if (document.visibilityState === "visible" && atEnd.current && thread.state === "ready") desk.read(id);
    };
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [desk, id, thread, row?.unread, link]);

  const onScroll = () => {
    const box = scroller.current!;
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    setBelow(!atEnd.current);
    if (atEnd.current) desk.read(id);
  };

  const toEnd = () => {
    const box = scroller.current!;
    box.scrollTo({ top: box.scrollHeight });
  };

  return (
    <div class="log-frame">
      <div
        class="log"
        id="log"
        ref={scroller}
        role="log"
        aria-label={t("log.title", { name: visitorName(row, words) })}
        aria-busy={thread.state === "loading"}
        tabIndex={0}
        onScroll={onScroll}
      >
        <div class="log-column">
          {thread.state === "failed" && (
            <div class="empty" role="alert">
              <p>{t("log.failed")}</p>
              <Button onClick={() => desk.openConversation(id)}>{t("retry")}</Button>
            </div>
          )}
          {thread.before > 0 && thread.state === "ready" && (
            <div class="log-earlier">
              <Button small look="quiet" disabled={thread.loadingEarlier} onClick={() => void desk.loadEarlier(id)}>
                {t(thread.loadingEarlier ? "loading" : "log.earlier")}
              </Button>
            </div>
          )}
          {drawn.map((item) => {
            switch (item.type) {
              case "day":
                return (
                  <div key={item.key} class="day" role="separator">
                    <span>{words.day(item.at)}</span>
                  </div>
                );
              case "mark":
                return (
                  <div key={item.key} class={`mark mark-${item.why}`} role="separator">
                    <span>
                      {t(item.why === "new" ? "log.new" : item.count ? "log.missed" : "log.missed_lines", {
                        n: item.count,
                      })}
                    </span>
                  </div>
                );
              case "line":
                return <LogLine key={item.key} item={item} row={row} />;
              case "message":
                return <MessageView key={item.key} item={item} conversation={id} />;
            }
          })}
          {unsent.map((draft) => (
            <UnsentView key={draft.client_id} draft={draft} conversation={id} />
          ))}
          {typing && (
            <p class="typing">
              <span class="typing-dots" aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
              {t("log.typing", { name: visitorName(row, words) })}
            </p>
          )}
        </div>
      </div>
      {below && (
        <button type="button" class="to-end" onClick={toEnd} aria-label={t("log.to_end")}>
          <Icon name="down" />
          {row?.unread ? <span>{words.number(row.unread)}</span> : null}
        </button>
      )}
    </div>
  );
}

/** The answer to a message and its event come on their own ways: whichever is first takes the draft off the screen. */
function notLogged(drafts: readonly Draft[] | undefined, thread: Thread): readonly Draft[] {
  if (!drafts?.length) return [];
  const logged = new Set(thread.log.events.map((event) => event.kind === "message" && event.client_id));
  return drafts.filter((draft) => !logged.has(draft.client_id));
}
