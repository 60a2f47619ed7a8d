/** The camera: opens the link of a code that is in sight, or one that is pasted. */

import { useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { follow, inSight, pageOf, type Opened } from "./links.ts";
import type { Contact } from "./network.ts";

interface Props {
  contacts: readonly Contact[];
  onOpened: (opened: Opened) => void;
  /** The link has left the phone's programs: it stands in a tab of the browser. */
  onLeft: () => void;
}

export function ScanSheet({ contacts, onOpened, onLeft }: Props) {
  const [seen] = useState(inSight);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState("");

  const open = (link: string) => {
    const page = pageOf(link);
    if (page) {
      window.open(page, "_blank", "noopener");
      return onLeft();
    }
    const opened = follow(link, contacts);
    if (typeof opened === "string") setProblem(opened);
    else onOpened(opened);
  };

  return (
    <>
      <h2>Scan a code</h2>
      {seen ? (
        <>
          <p class="sheet-note">The screen beside this phone shows:</p>
          <p class="seen">
            <bdi>{seen}</bdi>
          </p>
          <button type="button" class="primary" onClick={() => open(seen)}>
            <Icon name="scan" />
            Open it
          </button>
        </>
      ) : (
        <p class="sheet-note">
          No code is in sight. Ask for one in the chat beside this phone, or paste its link here.
        </p>
      )}
      <form
        class="new-phone"
        onSubmit={(event) => {
          event.preventDefault();
          open(typed);
        }}
      >
        <label>
          <span>Link</span>
          <input
            type="text"
            inputMode="url"
            dir="ltr"
            autoComplete="off"
            spellcheck={false}
            placeholder="https://t.me/…?start=…"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={!typed.trim()}>
          Open
        </button>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
      </form>
    </>
  );
}
