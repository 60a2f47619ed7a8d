/** Moves a conversation to a number that the operator types. */

import type { Conversation, Problem } from "@switchboard/core";
import { useState } from "preact/hooks";
import { channelName } from "../words/people.ts";
import { refusal } from "../words/refusals.ts";
import { useWords } from "../words/context.ts";
import { useDesk, useDeskState } from "./context.ts";
import { Dialog } from "./dialog.tsx";

interface Props {
  row: Conversation;
  channel: string;
  onClose: () => void;
}

export function NumberDialog({ row, channel, onClose }: Props) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const organization = useDeskState((state) => state.session.organization.name);
  const [number, setNumber] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const name = channelName(channel, words);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const refused = await desk.move(row.id, channel, number.trim());
    setBusy(false);
    if (refused) setProblem(refused);
    else onClose();
  };

  return (
    <Dialog title={t("number.title", { channel: name })} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit}>
        <label class="field">
          <span>{t("number.label")}</span>
          <input
            class="input"
            type="tel"
            dir="ltr"
            required
            autocomplete="off"
            placeholder="+1 555 010 0199"
            value={number}
            aria-invalid={problem !== null}
            aria-describedby="number-help"
            onInput={(event) => {
              setNumber(event.currentTarget.value);
              setProblem(null);
            }}
          />
        </label>
        <p class="field-help" id="number-help" role={problem ? "alert" : undefined}>
          {problem ? (
            <span class="field-error">{refusal(problem, row, words)}</span>
          ) : (
            t("number.help", { organization })
          )}
        </p>
        <div class="dialog-keys">
          <button type="button" class="button button-plain" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button button-main" disabled={busy || !number.trim()}>
            {t("number.go", { channel: name })}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
