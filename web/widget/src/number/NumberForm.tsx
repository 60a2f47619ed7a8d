/** Going on by being sent a message: the visitor gives their number. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { newId } from "../../../core/src/outbox.ts";
import type { Conversation, Problem } from "../../../core/src/types.ts";
import { failureOf, failureWords } from "../live/failures.ts";
import { countries, countryOf, guess } from "./countries.ts";
import type { WayProps } from "./NumberArea.tsx";
import { read } from "./number.ts";
import { PhoneField } from "./PhoneField.tsx";

export function NumberForm({ session, state, asking, children }: WayProps) {
  const { words } = session;
  const { t } = words;
  const { config } = state;
  const all = useMemo(() => countries(config?.countries ?? [], words), [config?.countries, words]);
  const [first] = useState(() => ({ text: knownNumber(state, asking.channel), code: guess(config?.country, all) }));
  const typing = state.typed ?? first;
  const { text, code } = typing;
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  // A second press for the same number is the same wish, whatever became of the first.
  const wish = useRef({ address: "", id: "" });

  useEffect(() => input.current?.focus(), []);

  const refuse = (sentence: string) => {
    setError(sentence);
    input.current?.focus();
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const typed = read(
      text,
      all.find((one) => one.code === code),
    );
    if ("error" in typed) return refuse(t(typed.error));
    const { address } = typed;
    if (!countryOf(address.slice(1), all, code)) return refuse(t("country_not_served"));
    if (wish.current.address !== address) wish.current = { address, id: newId() };
    setBusy(true);
    const ask = (invitation?: string) =>
      state.live!.wish({ type: "switch", channel: asking.channel, address, invitation, client_id: wish.current.id });
    let answer = await ask(asking.invitation);
    if (codeOf(answer.body) === "invitation_gone") answer = await ask();
    setBusy(false);
    if (answer.status >= 200 && answer.status < 300) {
      const given = { switch: (answer.body as Conversation).switch.id ?? "", address };
      return session.set({ asking: undefined, typed: undefined, given });
    }
    // Said here, beside the number.
    session.set({ failure: undefined });
    const failure = failureOf(answer);
    const detail = failure.key === "bad_address" && words.locale === "en" && (answer.body as Problem).detail;
    refuse(detail || failureWords(words, failure, state.conversation));
  };

  return (
    <form noValidate aria-labelledby="asking-title" onSubmit={submit}>
      <p>{t("why")}</p>
      <PhoneField
        {...{ session, all, code, text, input }}
        invalid={!!error}
        describedBy="asking-error"
        label={t("number")}
        onCode={(code) => session.set({ typed: { ...typing, code } })}
        onText={(text) => {
          session.set({ typed: { ...typing, text } });
          setError("");
        }}
      />
      <p role="status">{state.checking && t("checking")}</p>
      <p id="asking-error" class="bad" role="alert">
        {error}
      </p>
      <div class="actions">
        {children}
        <button type="submit" class="primary" disabled={busy}>
          {t(busy ? "submitting" : "submit")}
        </button>
      </div>
    </form>
  );
}

/** The number they were reached at before, there or else on another channel, unless they took it back. */
function knownNumber({ conversation }: WayProps["state"], channel: string): string {
  const legs = conversation!.legs.filter((leg) => leg.usable && !leg.taken_back && leg.address?.startsWith("+"));
  return (legs.filter((leg) => leg.channel === channel).at(-1) ?? legs.at(-1))?.address ?? "";
}

function codeOf(body: unknown): string | undefined {
  return (body as Problem | null)?.code;
}
