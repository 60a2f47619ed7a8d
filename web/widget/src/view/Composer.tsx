/** Where the visitor writes. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import type { ViewProps } from "./Window.tsx";

/** What the server takes on the web where it has not told otherwise. */
const LIMIT = 4_000;
/** From here on the count is shown. */
const NEAR_LIMIT = 100;
/** So long without a key is no longer typing. */
const STILL_MS = 4_000;

export function Composer({ session, state }: ViewProps) {
  const { t } = session.words;
  const { files } = state;
  const area = useRef<HTMLTextAreaElement>(null);
  const still = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [full, setFull] = useState(false);
  const offers = state.conversation?.channels ?? state.config?.channels;
  const limit = offers?.find(({ channel }) => channel === "web")?.text_limit ?? LIMIT;
  const left = limit - [...state.text].length;
  const said = state.text.trim();
  const sendable = (files ? files.goes(said) : said) && left >= 0 && !state.missing;

  useEffect(() => {
    // Not there just now: then there are words only.
    if (state.open) session.files().catch(() => {});
    // A keyboard that slides in over half a phone's screen is not what opening a chat asks for.
    if (state.open && !matchMedia("(pointer: coarse)").matches) area.current?.focus();
  }, [state.open]);

  const write = (text: string) => {
    session.set({ text });
    clearTimeout(still.current);
    state.live?.typing(!!text);
    if (text) still.current = setTimeout(() => session.state.live?.typing(false), STILL_MS);
  };

  const send = () => {
    area.current?.focus();
    if (!sendable) return;
    const kept = session.say(said);
    setFull(!kept);
    if (kept) {
      clearTimeout(still.current);
      session.set({ text: "", forgotten: false });
    }
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {files && <files.Tray session={session} state={state} />}
      <textarea
        ref={area}
        rows={1}
        dir={state.text ? "auto" : undefined}
        value={state.text}
        placeholder={t(state.conversation?.status === "resolved" ? "write_again" : "write")}
        aria-label={t("write")}
        aria-invalid={left < 0}
        disabled={state.missing}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {files && <files.Keys session={session} state={state} onSend={send} />}
      <button type="submit" class="send" aria-label={t("send")} disabled={!sendable}>
        <Icon name="send" />
      </button>
      {left < NEAR_LIMIT && (
        <p class={left < 0 ? "count bad" : "count"} role="status">
          {t(left < 0 ? "too_long" : "left", { n: Math.abs(left) })}
        </p>
      )}
      {full && (
        <p class="count bad" role="alert">
          {t("outbox_full")}
        </p>
      )}
    </form>
  );
}
