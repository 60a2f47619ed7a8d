/** What the network does badly, and its clock: for whoever wants to see how the product takes it. */

import { useId, useState } from "preact/hooks";
import * as format from "./format.ts";
import { Icon } from "./icons.tsx";
import { advance, NO_FAULTS, setFaults, type Faults, type Time } from "./network.ts";
import { isFaulty } from "./state.ts";

/** What a request to send is answered; one at a time. */
const ANSWERS: { name: string; faults: Partial<Faults> }[] = [
  { name: "Works", faults: {} },
  { name: "Works, but slowly (5 s)", faults: { delay: "5s" } },
  { name: "Works, but very slowly (20 s)", faults: { delay: "20s" } },
  { name: "Takes it only after 15 s", faults: { slow: "15s" } },
  { name: "Refused: not a valid number (21211)", faults: { refuse: 21211 } },
  { name: "Refused: region not allowed (21408)", faults: { refuse: 21408 } },
  { name: "Refused: has opted out (21610)", faults: { refuse: 21610 } },
  { name: "Refused: cannot be reached by SMS (21612)", faults: { refuse: 21612 } },
  { name: "Refused: not a mobile number (21614)", faults: { refuse: 21614 } },
  { name: "Refused: not on WhatsApp (131026)", faults: { refuse: 131026 } },
  { name: "Refused: account locked (131031)", faults: { refuse: 131031 } },
  { name: "Refused: bad access token (190)", faults: { refuse: 190 } },
  { name: "Too many requests (429)", faults: { status: 429 } },
  { name: "Server error (500)", faults: { status: 500 } },
  { name: "No answer, message lost", faults: { timeout: "before" } },
  { name: "No answer, message sent", faults: { timeout: "after" } },
];

const ANSWER_OFF: Partial<Faults> = { refuse: null, timeout: null, status: null, delay: null, slow: null };

/** What becomes of a message that was accepted. */
const DELIVERIES: { name: string; undeliverable: Faults["undeliverable"] }[] = [
  { name: "Arrives", undeliverable: false },
  { name: "No signal: handset unreachable (30003)", undeliverable: 30003 },
  { name: "No signal, reported after 12 s", undeliverable: { code: 30003, after: "12s" } },
  { name: "Unknown handset (30005)", undeliverable: 30005 },
  { name: "Landline (30006)", undeliverable: 30006 },
  { name: "Filtered by the carrier (30007)", undeliverable: 30007 },
];

const SWITCHES: {
  field: "duplicate" | "reorder" | "drop_callbacks" | "stop" | "pair_rate" | "batch";
  name: string;
  note: string;
}[] = [
  { field: "duplicate", name: "Twice", note: "Every webhook is posted two times." },
  { field: "reorder", name: "Out of order", note: "“Delivered” is reported before “sent”." },
  { field: "drop_callbacks", name: "Silent", note: "Nothing is reported of what was sent." },
  { field: "stop", name: "Everybody says STOP", note: "Each phone answers STOP to what it gets." },
  { field: "batch", name: "In batches", note: "WhatsApp reports five things at once, or waits a second." },
  { field: "pair_rate", name: "Paced", note: "WhatsApp takes 45 messages to a person, then one in 6 s." },
];

/** How many things go in one body. */
const BATCH = 5;

const JUMPS = ["10s", "1h", "25h"];

interface Props {
  faults: Faults;
  now: number;
  onFaults: (faults: Faults) => void;
  onTime: (time: Time) => void;
}

export function FaultPanel({ faults, now, onFaults, onTime }: Props) {
  const [problem, setProblem] = useState("");

  const put = async (change: Partial<Faults>) => {
    const answer = await setFaults({ ...faults, ...change });
    setProblem("failed" in answer ? answer.failed : "");
    if ("ok" in answer) onFaults(answer.ok);
  };

  const jump = async (by: string) => {
    const answer = await advance(by);
    setProblem("failed" in answer ? answer.failed : "");
    if ("ok" in answer) onTime(answer.ok);
  };

  const answers = withCurrent(
    ANSWERS,
    (choice) => same({ ...NO_FAULTS, ...choice.faults }, { ...faults, ...restOff(faults) }),
    { name: "Several at once", faults: {} },
  );
  const deliveries = withCurrent(
    DELIVERIES,
    (choice) => same(choice.undeliverable, faults.undeliverable === true ? 30003 : faults.undeliverable),
    { name: `Fails: ${JSON.stringify(faults.undeliverable)}`, undeliverable: faults.undeliverable },
  );

  return (
    <div class="panel">
      <h2>Network</h2>
      <p class="sheet-note">
        The carrier between the product and the phones. Break it, and see what the chat makes of it.
      </p>
      <Choice
        label="When the product sends a message"
        choices={answers.choices.map((choice) => choice.name)}
        chosen={answers.at}
        onChoose={(n) => void put({ ...ANSWER_OFF, ...answers.choices[n]!.faults })}
      />
      <Choice
        label="On the way to the phone"
        choices={deliveries.choices.map((choice) => choice.name)}
        chosen={deliveries.at}
        onChoose={(n) => void put({ undeliverable: deliveries.choices[n]!.undeliverable })}
      />
      <fieldset class="switches">
        <legend>What is reported and answered</legend>
        {SWITCHES.map(({ field, name, note }) => (
          <label key={field} class="switch">
            <span class="switch-text">
              <span>{name}</span>
              <span class="switch-note">{note}</span>
            </span>
            <input
              type="checkbox"
              role="switch"
              checked={Boolean(faults[field])}
              onChange={(event) => {
                const on = event.currentTarget.checked;
                void put(field === "batch" ? { batch: on ? BATCH : null } : { [field]: on });
              }}
            />
          </label>
        ))}
      </fieldset>
      <div class="time">
        <span class="label">Its clock</span>
        <span class="time-now">
          {format.day(now, Date.now())} {format.clock(now)}
        </span>
        <span class="jumps" role="group" aria-label="Move the clock ahead">
          {JUMPS.map((by) => (
            <button key={by} type="button" class="chip" onClick={() => void jump(by)}>
              +{by.replace(/(\d+)/, "$1 ")}
            </button>
          ))}
        </span>
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <button type="button" class="reset" disabled={!isFaulty(faults)} onClick={() => void put(NO_FAULTS)}>
        Repair everything
      </button>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  choices: string[];
  chosen: number;
  onChoose: (n: number) => void;
}

function Choice({ label, choices, chosen, onChoose }: ChoiceProps) {
  const id = useId();
  return (
    <div class="choice">
      <label for={id} class="label">
        {label}
      </label>
      <div class="select">
        <select
          id={id}
          value={chosen}
          data-changed={chosen > 0}
          onChange={(event) => onChoose(Number(event.currentTarget.value))}
        >
          {choices.map((name, n) => (
            <option key={name} value={n}>
              {name}
            </option>
          ))}
        </select>
        <Icon name="down" />
      </div>
    </div>
  );
}

/** The faults that the list of answers does not speak of, as if they were off. */
function restOff(faults: Faults): Partial<Faults> {
  const spoken = Object.keys(ANSWER_OFF);
  return Object.fromEntries(Object.entries(NO_FAULTS).filter(([field]) => !spoken.includes(field) && field in faults));
}

/** The choices with the one in force, which is added when somebody else has set what the list does not offer. */
function withCurrent<T>(choices: T[], isCurrent: (choice: T) => boolean, added: T): { choices: T[]; at: number } {
  const at = choices.findIndex(isCurrent);
  return at < 0 ? { choices: [...choices, added], at: choices.length } : { choices, at };
}

function same(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown) =>
    JSON.stringify(value, value instanceof Object ? Object.keys(value).sort() : undefined);
  return sorted(a) === sorted(b);
}
