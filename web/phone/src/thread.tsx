/** One thread: who it is with, its bubbles, and the composer. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Composer } from "./composer.tsx";
import * as format from "./format.ts";
import { Icon } from "./icons.tsx";
import { File } from "./media.tsx";
import { write, type Draft, type Message, type Typing } from "./network.ts";
import { other, partsOf, summary } from "./state.ts";
import { Avatar, CHANNELS } from "./threads.tsx";

/** After a pause of this long the time is said again. */
const PAUSE_MS = 15 * 60_000;
/** Bubbles closer than this hang together. */
const TOGETHER_MS = 60_000;
/** So near the end counts as at the end. */
const NEAR_END_PX = 48;

interface Props {
  phone: string;
  /** Its channel and number. */
  thread: string;
  name: string | undefined;
  typing: Typing | null;
  messages: readonly Message[];
  othersUnread: number;
  now: number;
  signal: boolean;
  byHand: boolean;
  /** What the link that opened the thread has put there to be sent. */
  draft: string;
  onBack: () => void;
  onWritten: (message: Message) => void;
}

export function ThreadView(props: Props) {
  const { phone, name, typing, messages, othersUnread, now, signal, byHand, draft, onBack, onWritten } = props;
  const to = partsOf(props.thread);
  const { channel, number } = to;
  const all = messages.filter((message) => other(message) === props.thread);
  const thread = all.filter((message) => !message.reaction);
  const isTyping = useUntil(typing?.from === number && channel !== "sms" ? Date.parse(typing.until) : 0, now);
  const [problem, setProblem] = useState("");

  const put = async (words: Draft) => {
    const answer = await write(phone, to, words);
    setProblem("failed" in answer ? answer.failed : "");
    if ("ok" in answer) onWritten(answer.ok);
  };
  const choose = (of: string, id: string) => put({ choice: { of, id } });
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
    <section
      class="thread"
      data-channel={channel}
      aria-label={`${CHANNELS[channel]} with ${name ?? format.number(number)}`}
    >
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
          {isTyping ? (
            <span class="who-number" role="status">
              typing…
            </span>
          ) : (
            name && <bdi class="who-number number">{format.number(number)}</bdi>
          )}
        </div>
      </header>
      <div class="log" role="log" aria-live="polite" aria-label="Messages" tabIndex={0} ref={log}>
        {thread.length === 0 && <p class="log-note">{NOTES[channel]}</p>}
        {thread.map((message, n) => (
          <Bubble
            key={message.id}
            message={message}
            before={thread[n - 1]}
            after={thread[n + 1]}
            lastOut={message.direction === "out" && !thread.slice(n + 1).some((later) => later.direction === "out")}
            original={thread.find((known) => known.id === message.reply_to)}
            reactions={reactionsTo(message.id, all)}
            now={now}
            onChoose={(id) => void choose(message.id, id)}
          />
        ))}
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {channel === "telegram" && (draft || thread.length === 0) ? (
        <Start signal={signal} onStart={() => void put({ text: draft || "/start" })} />
      ) : (
        <Composer phone={phone} to={to} signal={signal} draft={draft} focus={byHand} onWritten={onWritten} />
      )}
    </section>
  );
}

const NOTES = {
  sms: "Text message",
  whatsapp: "WhatsApp chat",
  telegram: "A bot: press Start, and it can write to you",
};

/** What Telegram shows in the composer's place before a bot may write, and whenever a link to it was opened. */
function Start({ signal, onStart }: { signal: boolean; onStart: () => void }) {
  return (
    <div class="composer start-bar" data-channel="telegram">
      <button type="button" class="start" disabled={!signal} onClick={onStart}>
        {signal ? "Start" : "No signal"}
      </button>
    </div>
  );
}

/** Whether that time is still to come. */
function useUntil(at: number, now: number): boolean {
  const [, again] = useState(0);
  const left = at - now;
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => again((n) => n + 1), left);
    return () => clearTimeout(timer);
  }, [left]);
  return left > 0;
}

/** What each side has last put to a message. */
function reactionsTo(id: string, all: readonly Message[]): string {
  const last = new Map<string, string>();
  for (const { reaction, direction } of all) {
    if (reaction?.to === id) last.set(direction, reaction.emoji);
  }
  return [...last.values()].join("");
}

interface BubbleProps {
  message: Message;
  /** The message that it answers. */
  original: Message | undefined;
  reactions: string;
  onChoose: (id: string) => void;
  before: Message | undefined;
  after: Message | undefined;
  /** The latest that was written here: its state is told. */
  lastOut: boolean;
  now: number;
}

function Bubble({ message, original, reactions, before, after, lastOut, now, onChoose }: BubbleProps) {
  const inProgram = message.channel !== "sms";
  const choices = message.choices ?? [];
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
        <div class="bubble" title={format.clock(at)} data-bare={message.media.some((media) => media.sticker)}>
          {original && (
            <p class="quote" dir="auto">
              <span class="visually-hidden">In answer to: </span>
              {summary(original)}
            </p>
          )}
          {message.media.map((media, n) => (
            <File key={n} media={media} />
          ))}
          {message.location && <Place location={message.location} />}
          {message.text && (
            <p class="bubble-text" dir="auto">
              {format.pieces(message.text).map((piece, n) => (n % 2 ? <Link key={n} href={piece} /> : piece))}
            </p>
          )}
          {inProgram && (
            <span class="meta">
              <time dateTime={message.at}>{format.clock(at)}</time>
              {message.direction === "out" && <Ticks status={message.status} />}
            </span>
          )}
          {choices.length > 0 && (
            <span class="choices">
              {choices.map((choice) =>
                choice.url ? (
                  <a key={choice.id} class="choice-button" href={choice.url} target="_blank" rel="noopener noreferrer">
                    {choice.title}
                  </a>
                ) : (
                  <button key={choice.id} type="button" class="choice-button" onClick={() => onChoose(choice.id)}>
                    {choice.title}
                  </button>
                ),
              )}
            </span>
          )}
          {reactions && (
            <span class="reactions">
              <span class="visually-hidden">Reaction: </span>
              {reactions}
            </span>
          )}
        </div>
      </div>
      {message.direction === "out" && (failed(message) || (lastOut && !inProgram)) && (
        <p class="fate" data-status={message.status}>
          {failed(message) && <Icon name="alert" />}
          {FATES[message.status]}
        </p>
      )}
    </>
  );
}

const FATES = { received: "", sending: "Sending…", delivered: "Delivered", read: "Read", failed: "Not delivered" };

/** The marks of chat programs: a clock, two ticks, two coloured ones. */
function Ticks({ status }: { status: Message["status"] }) {
  if (status === "failed") return null;
  return (
    <span class="ticks" data-status={status}>
      <Icon name={status === "sending" ? "waiting" : "ticks"} />
      <span class="visually-hidden">{FATES[status]}</span>
    </span>
  );
}

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

function Place({ location }: { location: NonNullable<Message["location"]> }) {
  const { latitude, longitude, name, address } = location;
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return (
    <a class="file" href={map} target="_blank" rel="noopener noreferrer">
      <Icon name="place" />
      <span class="file-name">{name ?? address ?? `${latitude}, ${longitude}`}</span>
    </a>
  );
}
