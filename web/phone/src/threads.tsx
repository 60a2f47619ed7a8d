/** The list of threads, and the first screen of a phone that nobody has written to. */

import { useEffect, useRef, useState } from "preact/hooks";
import * as format from "./format.ts";
import { Icon } from "./icons.tsx";
import type { Channel, Contact } from "./network.ts";
import { keyOf, nameOf, summary, type Thread } from "./state.ts";

interface Props {
  phone: string;
  threads: Thread[];
  contacts: readonly Contact[];
  loaded: boolean;
  now: number;
  byHand: boolean;
  onOpen: (thread: string) => void;
}

export function ThreadList({ phone, threads, contacts, loaded, now, byHand, onOpen }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [choosing, setChoosing] = useState(false);
  const empty = loaded && threads.length === 0;

  useEffect(() => {
    if (byHand) heading.current?.focus();
  }, [byHand]);

  return (
    <section class="threads" aria-label="Messages">
      <header class="bar bar-large">
        <h1 ref={heading} tabIndex={-1}>
          {choosing ? "New message" : "Messages"}
        </h1>
        {!empty && (
          <button
            type="button"
            class="round"
            aria-label={choosing ? "Back to messages" : "New message"}
            onClick={() => setChoosing(!choosing)}
          >
            <Icon name={choosing ? "close" : "pen"} />
          </button>
        )}
      </header>
      {empty && (
        <div class="empty">
          <p class="empty-title">No messages yet</p>
          <p>
            This is <bdi class="number">{format.number(phone)}</bdi>. Give this number in a chat, and what is sent to it
            shows up here.
          </p>
          {contacts.length > 0 && <p>Or write first:</p>}
        </div>
      )}
      {choosing || empty ? (
        <ul class="list">
          {contacts.map(({ channel, number, name }) => (
            <li key={keyOf(channel, number)}>
              <button type="button" class="row" onClick={() => onOpen(keyOf(channel, number))}>
                <Avatar name={name ?? undefined} channel={channel} />
                <span class="row-text">
                  <bdi class="row-title">{name ?? format.number(number)}</bdi>
                  <span class="row-sub">
                    {CHANNELS[channel]}
                    {name && (
                      <>
                        {" · "}
                        <bdi class="number">{format.number(number)}</bdi>
                      </>
                    )}
                  </span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <ul class="list">
          {threads.map((thread) => (
            <li key={thread.key}>
              <ThreadRow thread={thread} name={nameOf(contacts, thread.key)} now={now} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface RowProps {
  thread: Thread;
  name: string | undefined;
  now: number;
  onOpen: (thread: string) => void;
}

function ThreadRow({ thread, name, now, onOpen }: RowProps) {
  const { key, channel, number, last, unread } = thread;
  return (
    <button type="button" class="row" data-unread={unread} onClick={() => onOpen(key)}>
      <Avatar name={name} channel={channel} />
      <span class="row-text">
        <span class="row-head">
          <bdi class="row-title">{name ?? format.number(number)}</bdi>
          <time class="row-when" dateTime={last.at}>
            {format.when(Date.parse(last.at), now)}
          </time>
        </span>
        <span class="row-sub" dir="auto">
          {unread && <span class="visually-hidden">Unread: </span>}
          <span class="visually-hidden">{CHANNELS[channel]}: </span>
          {summary(last)}
        </span>
      </span>
    </button>
  );
}

/** What people call each channel. */
export const CHANNELS: Record<Channel, string> = { sms: "SMS", whatsapp: "WhatsApp", telegram: "Telegram" };

/** What marks the picture of who is at the other end of a chat program. */
const BADGES: Partial<Record<Channel, "chat" | "plane">> = { whatsapp: "chat", telegram: "plane" };

export function Avatar({ name, channel }: { name: string | undefined; channel?: Channel }) {
  const letters = format.initials(name);
  return (
    <span class="avatar" aria-hidden="true">
      {letters || <Icon name="person" />}
      {channel && BADGES[channel] && (
        <span class="avatar-channel" data-channel={channel}>
          <Icon name={BADGES[channel]} />
        </span>
      )}
    </span>
  );
}
