/** One thread: who it is with, its bubbles, and the composer. */

import { useEffect, useRef } from "preact/hooks";
import { Composer } from "./composer.tsx";
import * as format from "./format.ts";
import { Icon } from "./icons.tsx";
import type { Media, Message } from "./network.ts";
import { other } from "./state.ts";
import { Avatar } from "./threads.tsx";

/** After a pause of this long the time is said again. */
const PAUSE_MS = 15 * 60_000;
/** Bubbles closer than this hang together. */
const TOGETHER_MS = 60_000;
/** So near the end counts as at the end. */
const NEAR_END_PX = 48;

interface Props {
  phone: string;
  number: string;
  name: string | undefined;
  messages: readonly Message[];
  othersUnread: number;
  now: number;
  signal: boolean;
  byHand: boolean;
  onBack: () => void;
  onWritten: (message: Message) => void;
}

export function ThreadView(props: Props) {
  const { phone, number, name, messages, othersUnread, now, signal, byHand, onBack, onWritten } = props;
  const thread = messages.filter((message) => other(message) === number);
  const log = useRef<HTMLDivElement>(null);
  const last = thread.at(-1);

  // The last message stays in sight, unless somebody has scrolled up to read.
  useEffect(() => {
    const box = log.current;
    if (!box) return;
    let atEnd = true;
    const follow = () => atEnd && box.scrollTo({ top: box.scrollHeight });
    const scrolled = () => (atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX);
    const size = new ResizeObserver(follow);
    const content = new MutationObserver(follow);
    size.observe(box);
    content.observe(box, { childList: true, subtree: true });
    box.addEventListener("scroll", scrolled);
    follow();
    return () => {
      size.disconnect();
      content.disconnect();
      box.removeEventListener("scroll", scrolled);
    };
  }, []);

  useEffect(() => {
    if (last?.direction === "out") log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [last?.id, last?.direction]);

  return (
    <section class="thread" aria-label={`Messages with ${name ?? format.number(number)}`}>
      <header class="bar">
        <button
          type="button"
          class="back"
          aria-label={othersUnread ? `All messages, ${othersUnread} unread` : "All messages"}
          onClick={onBack}
        >
          <Icon name="back" />
          {othersUnread > 0 && <span class="count">{othersUnread}</span>}
        </button>
        <div class="who">
          <Avatar name={name} />
          <h1>
            <bdi>{name ?? format.number(number)}</bdi>
          </h1>
          {name && <bdi class="who-number number">{format.number(number)}</bdi>}
        </div>
      </header>
      <div class="log" role="log" aria-live="polite" aria-label="Messages" tabIndex={0} ref={log}>
        {thread.length === 0 && <p class="log-note">Text message</p>}
        {thread.map((message, n) => (
          <Bubble
            key={message.id}
            message={message}
            before={thread[n - 1]}
            after={thread[n + 1]}
            lastOut={message.direction === "out" && !thread.slice(n + 1).some((later) => later.direction === "out")}
            now={now}
          />
        ))}
      </div>
      <Composer phone={phone} to={number} signal={signal} focus={byHand} onWritten={onWritten} />
    </section>
  );
}

interface BubbleProps {
  message: Message;
  before: Message | undefined;
  after: Message | undefined;
  /** The latest that was written here: its state is told. */
  lastOut: boolean;
  now: number;
}

function Bubble({ message, before, after, lastOut, now }: BubbleProps) {
  const at = Date.parse(message.at);
  const pause = !before || at - Date.parse(before.at) > PAUSE_MS;
  const tail =
    !after || after.direction !== message.direction || Date.parse(after.at) - at > TOGETHER_MS || failed(message);
  return (
    <>
      {pause && (
        <p class="log-note">
          <time dateTime={message.at}>
            <b>{format.day(at, now)}</b> {format.clock(at)}
          </time>
        </p>
      )}
      <div class="bubble-line" data-direction={message.direction} data-tail={tail}>
        <span class="visually-hidden">{message.direction === "in" ? "Received:" : "You:"}</span>
        <div class="bubble" title={format.clock(at)}>
          {message.text && (
            <p class="bubble-text" dir="auto">
              {format.pieces(message.text).map((piece, n) => (n % 2 ? <Link key={n} href={piece} /> : piece))}
            </p>
          )}
          {message.media.map((media, n) => (
            <File key={n} media={media} />
          ))}
        </div>
      </div>
      {message.direction === "out" && (lastOut || failed(message)) && (
        <p class="fate" data-status={message.status}>
          {failed(message) && <Icon name="alert" />}
          {FATES[message.status]}
        </p>
      )}
    </>
  );
}

const FATES = { received: "", sending: "Sending…", delivered: "Delivered", failed: "Not delivered" };

function failed(message: Message): boolean {
  return message.status === "failed";
}

function Link({ href }: { href: string }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {href}
    </a>
  );
}

function File({ media }: { media: Media }) {
  const name = media.url.split(/[?#]/)[0]!.split("/").at(-1) || media.url;
  const isWeb = /^https?:\/\//.test(media.url);
  return (
    <a class="file" href={isWeb ? media.url : undefined} target="_blank" rel="noopener noreferrer">
      <Icon name="file" />
      <span class="file-name">{name}</span>
    </a>
  );
}
