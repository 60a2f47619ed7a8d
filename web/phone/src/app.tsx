/** The page: a strip with the number, the phone, and the network's faults beside it or in a drawer. */

import { useCallback, useEffect, useReducer, useRef, useState } from "preact/hooks";
import { Device } from "./device.tsx";
import { FaultPanel } from "./faults.tsx";
import { Icon } from "./icons.tsx";
import * as format from "./format.ts";
import { follow, type Opened } from "./links.ts";
import * as network from "./network.ts";
import { NumberPicker } from "./numbers.tsx";
import { ScanSheet } from "./scan.tsx";
import { Sheet } from "./sheet.tsx";
import { PersonSheet } from "./person.tsx";
import { hasSignal, heard, isFaulty, nameOf, partsOf, start, threads } from "./state.ts";
import { ThreadList } from "./threads.tsx";
import { ThreadView } from "./thread.tsx";
import { useMedia, useNow } from "./use.ts";

export function App({ number }: { number: string }) {
  const [state, tell] = useReducer(heard, number, start);
  const [sheet, setSheet] = useState<"phones" | "network" | "person" | "scan" | null>(null);
  /** What the last link that was opened has put somewhere to be sent. */
  const [draft, setDraft] = useState<Opened | null>(null);
  /** Counts the links that were opened: each begins its thread anew. */
  const [opening, setOpening] = useState(0);
  const [unseen, setUnseen] = useState(0);
  /** Whether a person has changed the screen: then the focus goes along. */
  const byHand = useRef(false);
  const wide = useMedia("(min-width: 56rem)");
  const now = useNow() + state.ahead;

  const readPhones = useCallback(async () => {
    const answer = await network.phones();
    if ("ok" in answer) tell({ kind: "phones", phones: answer.ok });
  }, []);

  const readMessages = useCallback(async (number: string) => {
    tell({ kind: "asked" });
    const answer = await network.messages(number);
    if ("ok" in answer) tell({ kind: "messages", number, messages: answer.ok });
  }, []);

  useEffect(() => {
    const onTime = (time: network.Time) => tell({ kind: "time", ahead: Date.parse(time.now) - Date.now() });
    const readAll = async () => {
      tell({ kind: "online", online: true });
      const [contacts, faults, time] = await Promise.all([network.contacts(), network.faults(), network.time()]);
      if ("ok" in contacts) tell({ kind: "contacts", contacts: contacts.ok });
      if ("ok" in faults) tell({ kind: "faults", faults: faults.ok });
      if ("ok" in time) onTime(time.ok);
      await Promise.all([readMessages(state.number), readPhones()]);
    };
    return network.watch({
      onOpen: () => void readAll(),
      onLost: () => tell({ kind: "online", online: false }),
      onMessage: (phone, message) => {
        tell({ kind: "message", phone, message });
        if (phone !== state.number) void readPhones();
      },
      onFaults: (faults) => tell({ kind: "faults", faults }),
      onTime,
      onTyping: (typing) => tell({ kind: "typing", typing }),
    });
  }, [state.number, readMessages, readPhones]);

  useEffect(() => {
    if (!state.buzz) return;
    if (document.hidden) setUnseen((n) => n + 1);
  }, [state.buzz]);

  useEffect(() => {
    const look = () => {
      if (document.hidden) return;
      setUnseen(0);
      if (state.open) void network.looked(state.number, partsOf(state.open));
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [state.number, state.buzz, state.open]);

  useEffect(() => {
    document.title = `${unseen ? `(${unseen}) ` : ""}Phone ${format.number(state.number)}`;
  }, [unseen, state.number]);

  const turnTo = (thread: string | null) => {
    byHand.current = true;
    tell({ kind: "opened", thread });
  };

  const openLink = (opened: Opened) => {
    setDraft(opened);
    setOpening((n) => n + 1);
    turnTo(opened.thread);
    setSheet(null);
  };

  useEffect(() => {
    // A page of ours that this phone stands in hands it what is opened beside it.
    const handed = ({ origin, data }: MessageEvent<{ open?: unknown } | null>) => {
      if (origin !== location.origin || typeof data?.open !== "string") return;
      const opened = follow(data.open, state.contacts);
      if (typeof opened !== "string") openLink(opened);
    };
    addEventListener("message", handed);
    return () => removeEventListener("message", handed);
  }, [state.contacts]);

  const pickUp = (number: string) => {
    const url = new URL(location.href);
    url.searchParams.set("number", number);
    history.replaceState(null, "", url);
    tell({ kind: "picked_up", number });
    setUnseen(0);
    setSheet(null);
    setDraft(null);
  };

  const ready = draft && draft.thread === state.open ? draft : null;
  const waiting = state.phones.filter((phone) => phone.unread && phone.address !== state.number).length;
  const faulty = isFaulty(state.faults);
  const panel = (
    <FaultPanel
      faults={state.faults}
      now={now}
      onFaults={(faults) => tell({ kind: "faults", faults })}
      onTime={(time) => tell({ kind: "time", ahead: Date.parse(time.now) - Date.now() })}
    />
  );

  return (
    <main class="page">
      <div class="stage">
        <div class="strip">
          <button type="button" class="pill" aria-haspopup="dialog" onClick={() => setSheet("phones")}>
            <Icon name="phone" />
            <span class="number">{format.number(state.number)}</span>
            {waiting > 0 && (
              <span
                class="count"
                aria-label={waiting === 1 ? "1 other phone has news" : `${waiting} other phones have news`}
              >
                {waiting}
              </span>
            )}
            <Icon name="down" />
          </button>
          <button
            type="button"
            class="pill pill-icon"
            aria-haspopup="dialog"
            aria-label="Person with this phone"
            onClick={() => setSheet("person")}
          >
            <Icon name="person" />
          </button>
          <button
            type="button"
            class="pill pill-icon"
            aria-haspopup="dialog"
            aria-label="Scan a code or open a link"
            onClick={() => setSheet("scan")}
          >
            <Icon name="scan" />
          </button>
          {!wide && (
            <button type="button" class="pill" aria-haspopup="dialog" onClick={() => setSheet("network")}>
              <Icon name="network" />
              <span class="pill-word">Network</span>
              {faulty && <span class="alarm" role="img" aria-label="faults are on" />}
            </button>
          )}
        </div>
        <Device
          now={now}
          channel={state.open ? partsOf(state.open).channel : "sms"}
          signal={hasSignal(state.faults)}
          online={state.online}
          buzz={state.buzz}
        >
          {state.open ? (
            <ThreadView
              key={`${state.number} ${state.open} ${opening}`}
              phone={state.number}
              thread={state.open}
              name={nameOf(state.contacts, state.open)}
              typing={state.typing}
              messages={state.messages}
              othersUnread={threads(state.messages, state.seen).filter((thread) => thread.unread).length}
              now={now}
              signal={hasSignal(state.faults)}
              byHand={byHand.current}
              draft={ready?.text ?? ""}
              onBack={() => {
                setDraft(null);
                turnTo(null);
              }}
              onWritten={(message) => {
                setDraft(null);
                tell({ kind: "message", phone: message.from, message });
              }}
            />
          ) : (
            <ThreadList
              phone={state.number}
              threads={threads(state.messages, state.seen)}
              contacts={state.contacts}
              loaded={state.loaded}
              now={now}
              byHand={byHand.current}
              onOpen={turnTo}
            />
          )}
        </Device>
      </div>
      {wide && <aside class="side">{panel}</aside>}
      {!wide && sheet === "network" && (
        <Sheet label="Network" onClose={() => setSheet(null)}>
          {panel}
        </Sheet>
      )}
      {sheet === "person" && (
        <Sheet label="Person" onClose={() => setSheet(null)}>
          <PersonSheet number={state.number} onMoved={pickUp} />
        </Sheet>
      )}
      {sheet === "scan" && (
        <Sheet label="Scan a code" onClose={() => setSheet(null)}>
          <ScanSheet contacts={state.contacts} onOpened={openLink} onLeft={() => setSheet(null)} />
        </Sheet>
      )}
      {sheet === "phones" && (
        <Sheet label="Phones" onClose={() => setSheet(null)}>
          <NumberPicker number={state.number} phones={state.phones} onOpen={readPhones} onPick={pickUp} />
        </Sheet>
      )}
    </main>
  );
}
