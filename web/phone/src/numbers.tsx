/** Puts this phone down and picks up another: one in use, or a new one. */

import { useEffect, useState } from "preact/hooks";
import * as format from "./format.ts";
import { Icon } from "./icons.tsx";
import { someNumber, tidy, type PhoneInUse } from "./network.ts";

interface Props {
  number: string;
  phones: readonly PhoneInUse[];
  onOpen: () => void;
  onPick: (number: string) => void;
}

export function NumberPicker({ number, phones, onOpen, onPick }: Props) {
  const [typed, setTyped] = useState(() => format.number(someNumber()));
  const [wrong, setWrong] = useState(false);
  const here: PhoneInUse = { address: number, unread: 0, last: null };
  const all = phones.some((phone) => phone.address === number) ? phones : [here, ...phones];

  useEffect(onOpen, [onOpen]);

  const submit = (event: Event) => {
    event.preventDefault();
    const chosen = tidy(typed);
    if (chosen) onPick(chosen);
    setWrong(!chosen);
  };

  return (
    <>
      <h2>Phones</h2>
      <p class="sheet-note">Every number is a phone. Pick one up to see what it got and to write from it.</p>
      <ul class="list phones">
        {all.map((phone) => (
          <li key={phone.address}>
            <button
              type="button"
              class="row"
              aria-current={phone.address === number ? "true" : undefined}
              onClick={() => onPick(phone.address)}
            >
              <span class="row-text">
                <span class="row-head">
                  <bdi class="row-title number">{format.number(phone.address)}</bdi>
                  {phone.address === number && <span class="row-when">in hand</span>}
                  {phone.unread > 0 && phone.address !== number && (
                    <span class="count" aria-label={`${phone.unread} unread`}>
                      {phone.unread}
                    </span>
                  )}
                </span>
                <span class="row-sub" dir="auto">
                  {phone.last ? phone.last.text || "Media" : "No messages yet"}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <form class="new-phone" onSubmit={submit}>
        <label>
          <span>New phone</span>
          <input
            type="tel"
            dir="ltr"
            autoComplete="off"
            value={typed}
            aria-invalid={wrong}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          <Icon name="phone" />
          Pick up
        </button>
        {wrong && (
          <p class="problem" role="alert">
            A number has a country code and 7 to 15 digits in all, like +1 415 555 0100.
          </p>
        )}
      </form>
    </>
  );
}
