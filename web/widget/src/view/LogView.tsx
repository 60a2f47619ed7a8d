/** The log as it is read, with what is still on its way to it; it follows its own end for who reads along. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { DraftBubble } from "./DraftBubble.tsx";
import type { ViewProps } from "./Window.tsx";

/** So near to the end counts as reading along. */
const NEAR_PX = 80;

export function LogView({ session, state }: ViewProps) {
  const { t } = session.words;
  const box = useRef<HTMLDivElement>(null);
  const along = useRef(true);
  const top = useRef(0);
  const [behind, setBehind] = useState(false);
  const { events } = state.log;
  const views = state.live?.views;

  // Each text once: as a draft, as acknowledged, as an event; whichever is furthest.
  const shown = new Set(events.map((event) => event.kind === "message" && event.client_id));
  const yet = [
    ...state.acknowledged.map(({ draft }) => ({ draft, sent: true })),
    ...state.drafts.map((draft) => ({ draft, sent: false })),
  ].filter(({ draft: { client_id } }) => !shown.has(client_id) && shown.add(client_id));

  const toEnd = () => {
    box.current!.scrollTop = box.current!.scrollHeight;
  };
  const keepAlong = () => {
    if (along.current) toEnd();
  };
  useLayoutEffect(keepAlong);
  useLayoutEffect(() => {
    const resized = new ResizeObserver(keepAlong);
    resized.observe(box.current!);
    return () => resized.disconnect();
  }, []);
  useLayoutEffect(() => setBehind(!along.current), [events.at(-1)?.seq]);
  // What one writes oneself is always brought into view.
  useLayoutEffect(toEnd, [state.drafts.length]);

  return (
    <div class="log-frame">
      <div
        class="log"
        ref={box}
        role="log"
        aria-live="polite"
        aria-label={t("log")}
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          // Only who scrolls up leaves the end: the log also gets shorter by itself.
          along.current =
            scrollHeight - scrollTop - clientHeight < NEAR_PX || (along.current && scrollTop >= top.current);
          top.current = scrollTop;
          if (along.current) setBehind(false);
        }}
      >
        {!events.length && !yet.length && <Hello session={session} state={state} />}
        {views && <views.Entries session={session} state={state} />}
        {yet.map(({ draft, sent }) => (
          <DraftBubble key={draft.client_id} session={session} draft={draft} sent={sent} />
        ))}
        {views && <views.Writing session={session} state={state} />}
      </div>
      {behind && (
        <button type="button" class="behind" onClick={toEnd}>
          {t("new_messages")}
        </button>
      )}
    </div>
  );
}

function Hello({ session, state }: ViewProps) {
  const { t } = session.words;
  const say = state.missing ? "not_there" : state.forgotten ? "forgotten" : "hello_more";
  if (session.identity.conversation) return null;
  return (
    <div class="hello">
      {say === "hello_more" && <h2>{t("hello")}</h2>}
      <p>{t(say)}</p>
    </div>
  );
}
