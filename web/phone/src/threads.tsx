/** The list of threads, and the first screen of a phone that nobody has written to. */

import { useEffect, useRef, useState } from "preact/hooks";
import * as format from "./format.ts";
import { Icon } from "./icons.tsx";
import type { Contact } from "./network.ts";
import { nameOf, type Thread } from "./state.ts";

interface Props {
  phone: string;
  threads: Thread[];
  contacts: readonly Contact[];
  loaded: boolean;
  now: number;
  byHand: boolean;
  onOpen: (number: string) => void;
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
          {contacts.map(({ number, name }) => (
            <li key={number}>
              <button type="button" class="row" onClick={() => onOpen(number)}>
                <Avatar name={name ?? undefined} />
                <span class="row-text">
                  <bdi class="row-title">{name ?? format.number(number)}</bdi>
                  {name && <bdi class="row-sub number">{format.number(number)}</bdi>}
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <ul class="list">
          {threads.map((thread) => (
            <li key={thread.number}>
              <ThreadRow thread={thread} name={nameOf(contacts, thread.number)} now={now} onOpen={onOpen} />
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
  onOpen: (number: string) => void;
}

function ThreadRow({ thread, name, now, onOpen }: RowProps) {
  const { number, last, unread } = thread;
  return (
    <button type="button" class="row" data-unread={unread} onClick={() => onOpen(number)}>
      <Avatar name={name} />
      <span class="row-text">
        <span class="row-head">
          <bdi class="row-title">{name ?? format.number(number)}</bdi>
          <time class="row-when" dateTime={last.at}>
            {format.when(Date.parse(last.at), now)}
          </time>
        </span>
        <span class="row-sub" dir="auto">
          {unread && <span class="visually-hidden">Unread: </span>}
          {last.text || "Media"}
        </span>
      </span>
    </button>
  );
}

export function Avatar({ name }: { name: string | undefined }) {
  const letters = format.initials(name);
  return (
    <span class="avatar" aria-hidden="true">
      {letters || <Icon name="person" />}
    </span>
  );
}
