/** Going on by writing first: a link and a QR code that open the visitor's own program with a one-time code in the message. */

import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { left } from "../../../core/src/clock.ts";
import { at } from "../../../core/src/rest.ts";
import type { WritingLink } from "../../../core/src/types.ts";
import { failureOf, failureWords, type Failure } from "../live/failures.ts";
import { channelName } from "../live/say.ts";
import { isHandHeld, isOpenable, pictureOf } from "./link.ts";
import type { WayProps } from "./NumberArea.tsx";

/** The clocks of server and device never agree to the millisecond. */
const SURELY_OVER_MS = 100;

export function WriteFirst({ session, state, asking, children }: WayProps) {
  const { words } = session;
  const { t } = words;
  const channel = channelName(words, asking.channel);
  const { link, failure, ask } = useLink(session, state, asking.channel);
  const box = useRef<HTMLDivElement>(null);
  const hand = isHandHeld();

  // What was pressed is gone: the focus stays in the area.
  useEffect(() => box.current?.focus(), []);

  return (
    <div class="write-first" ref={box} tabIndex={-1}>
      <p>{t(hand ? "write_why" : "scan_why", { channel })}</p>
      {link && <Link {...{ session, link, channel, hand }} />}
      <p class="waiting-text" role="status">
        {!failure && (
          <>
            <span class="spinner" aria-hidden="true" />
            {t(link ? "waiting_text" : "making")}
          </>
        )}
      </p>
      <p class="bad" role="alert">
        {failure && failureWords(words, failure, state.conversation)}
      </p>
      <div class="actions">
        {children}
        {failure && (
          <button type="button" class="primary" onClick={ask}>
            {t("again")}
          </button>
        )}
      </div>
    </div>
  );
}

interface LinkProps extends Pick<WayProps, "session"> {
  link: WritingLink;
  channel: string;
  /** This is the phone: its own program is opened. */
  hand: boolean;
}

function Link({ session, link, channel, hand }: LinkProps) {
  const { t } = session.words;
  const picture = hand ? undefined : pictureOf(link.qr);
  return (
    <div class="link-ways">
      {picture && (
        <svg class="qr" viewBox={picture.viewBox} role="img" aria-label={t("qr", { channel })}>
          <path d={picture.path} />
        </svg>
      )}
      <div>
        {isOpenable(link.url) && (
          <a class={picture ? "small" : "primary"} href={link.url} target="_blank" rel="noopener noreferrer">
            {t(hand ? "open_app" : "open_here", { channel })}
          </a>
        )}
        <Copied session={session} text={link.text} />
      </div>
    </div>
  );
}

/** The message itself, for who would rather send it by hand. */
function Copied({ session, text }: Pick<WayProps, "session"> & { text: string }) {
  const { t } = session.words;
  const code = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState("");

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      // Pages without https are offered no clipboard: it stands marked, to be copied by hand.
      getSelection()?.selectAllChildren(code.current!);
    }
  };

  return (
    <p class="copy">
      <span class="aside">{t("link_text")}</span>
      <code ref={code} dir="ltr">
        {text}
      </code>
      <button type="button" class="text" onClick={copy}>
        {t("copy")}
      </button>
      <span class="copied" role="status">
        {copied === text && t("copied")}
      </span>
    </p>
  );
}

/** Asks for a link, and for another when its code is over, while somebody looks. */
function useLink(session: WayProps["session"], { conversation }: WayProps["state"], channel: string) {
  const [link, setLink] = useState<WritingLink>();
  const [failure, setFailure] = useState<Failure>();
  const [, look] = useReducer<number, void>((n) => n + 1, 0);
  const asking = useRef(false);
  const over = !!link && !left(link.expires_at);

  const ask = async () => {
    if (asking.current) return;
    asking.current = true;
    setFailure(undefined);
    const answer = await session.rest<WritingLink>("POST", at(conversation!.id, "/links"), { channel });
    asking.current = false;
    const made = answer.status === 201;
    setLink(made ? answer.body : undefined);
    setFailure(made ? undefined : failureOf(answer));
  };

  useEffect(() => void ask(), []);
  useEffect(() => {
    if (over && document.visibilityState === "visible") void ask();
  });
  useEffect(() => {
    const glance = () => look();
    const timer = link && setTimeout(glance, left(link.expires_at) + SURELY_OVER_MS);
    document.addEventListener("visibilitychange", glance);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", glance);
    };
  }, [link]);

  return { link: over ? undefined : link, failure, ask };
}
