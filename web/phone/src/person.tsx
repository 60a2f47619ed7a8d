/** Who holds this phone, as WhatsApp and Telegram know them: what businesses see, and what they may send. */

import { useEffect, useState } from "preact/hooks";
import * as format from "./format.ts";
import { changeNumber, person as readPerson, setPerson, tidy, type Person, type Result } from "./network.ts";

const SWITCHES: { field: "hidden" | "blocks" | "marketing"; name: string; note: string; off: boolean }[] = [
  { field: "hidden", name: "Hide my number", note: "Businesses see an id of their own instead.", off: false },
  { field: "blocks", name: "Block businesses", note: "What they send is never seen.", off: false },
  { field: "marketing", name: "Refuse offers", note: "Marketing templates are turned away.", off: true },
];

export function PersonSheet({ number, onMoved }: { number: string; onMoved: (number: string) => void }) {
  const [person, setShown] = useState<Person | null>(null);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState("");

  const take = (answer: Result<Person>) => {
    setProblem("failed" in answer ? answer.failed : "");
    if ("ok" in answer) setShown(answer.ok);
  };

  useEffect(() => {
    void readPerson(number).then(take);
  }, [number]);

  const move = async (event: Event) => {
    event.preventDefault();
    const chosen = tidy(typed);
    if (!chosen) return setProblem("A number has a country code and 7 to 15 digits in all, like +1 415 555 0100.");
    const answer = await changeNumber(number, chosen);
    if ("failed" in answer) return setProblem(answer.failed);
    onMoved(chosen);
  };

  return (
    <>
      <h2>Person</h2>
      <p class="sheet-note">
        Who has <bdi class="number">{format.number(number)}</bdi>, as WhatsApp and Telegram show them to businesses.
      </p>
      {person && (
        <>
          <label class="name-field">
            <span class="label">Name</span>
            <input
              type="text"
              dir="auto"
              maxLength={100}
              value={person.name}
              onChange={(event) => void setPerson(number, { name: event.currentTarget.value }).then(take)}
            />
          </label>
          <div class="switches">
            {SWITCHES.map(({ field, name, note, off }) => (
              <label key={field} class="switch">
                <span class="switch-text">
                  <span>{name}</span>
                  <span class="switch-note">{note}</span>
                </span>
                <input
                  type="checkbox"
                  role="switch"
                  checked={person[field] !== off}
                  onChange={(event) =>
                    void setPerson(number, { [field]: event.currentTarget.checked !== off }).then(take)
                  }
                />
              </label>
            ))}
          </div>
          <p class="sheet-note">
            Their id on WhatsApp: <bdi class="number user-id">{person.user_id}</bdi>
            <br />
            On Telegram, where no bot sees a number: <bdi class="number user-id">{person.chat_id}</bdi>
          </p>
        </>
      )}
      <form class="new-phone" onSubmit={(event) => void move(event)}>
        <label>
          <span>Move to another number</span>
          <input
            type="tel"
            dir="ltr"
            autoComplete="off"
            placeholder="+1 415 555 0177"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Move
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
