/** Moves a conversation to where nobody has been reached yet: a number that the operator types, on a channel of their choice. */

import type { Conversation, Problem } from "@switchboard/core";
import { useState } from "preact/hooks";
import { beyond, entryOf } from "../desk/ways.ts";
import { channelName } from "../words/people.ts";
import { refusal } from "../words/refusals.ts";
import { useWords } from "../words/context.ts";
import { useDesk, useDeskState } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { ChannelIcon, channelTint } from "./icon.tsx";

interface Props {
  row: Conversation;
  channel: string;
  onClose: () => void;
}

export function NumberDialog({ row, channel: first, onClose }: Props) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const organization = useDeskState((state) => state.session.organization.name);
  const [channel, setChannel] = useState(first);
  const [number, setNumber] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const name = channelName(channel, words);
  const offers = beyond(row);
  const byNumber = offers.some((offer) => offer.channel === channel && entryOf(offer) === "number");
  const closed = row.status === "resolved";

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!byNumber || busy) return;
    setBusy(true);
    const refused = await desk.move(row.id, channel, number.trim());
    setBusy(false);
    if (refused) setProblem(refused);
    else onClose();
  };

  return (
    <Dialog title={t(closed ? "number.title_closed" : "number.title")} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit}>
        {offers.length > 1 && (
          <fieldset class="channels">
            <legend class="unseen">{t("number.channel")}</legend>
            {offers.map((offer) => (
              <label key={offer.channel} class={`channels-one ${channelTint(offer.channel)}`}>
                <input
                  type="radio"
                  name="channel"
                  value={offer.channel}
                  checked={offer.channel === channel}
                  onChange={() => {
                    setChannel(offer.channel);
                    setProblem(null);
                  }}
                />
                <ChannelIcon channel={offer.channel} />
                <span>{channelName(offer.channel, words)}</span>
              </label>
            ))}
          </fieldset>
        )}
        {byNumber ? (
          <>
            <label class="field">
              <span>{t("number.label")}</span>
              <input
                class="input"
                type="tel"
                dir="ltr"
                required
                autofocus
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
          </>
        ) : (
          <p class="field-help" role="status">
            {t("number.own_link", { channel: name })}
          </p>
        )}
        <div class="dialog-keys">
          <button type="button" class="button button-plain" onClick={onClose}>
            {t(byNumber ? "cancel" : "close")}
          </button>
          {byNumber && (
            <button type="submit" class="button button-main" disabled={busy || !number.trim()}>
              {t(closed ? "reconnect.by" : "number.go", { channel: name, leg: name })}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
