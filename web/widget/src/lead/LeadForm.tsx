/** The lead form: what the organization asks for, in its order, and the consent to it. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LeadAsk } from "../../../core/src/types.ts";
import { countries, guess } from "../number/countries.ts";
import { PhoneField } from "../number/PhoneField.tsx";
import type { ViewProps } from "../view/Window.tsx";
import { lead, wrongAfter, wrongOf, type Field, type Wrong } from "./lead.ts";

/** How each is filled in. */
const FIELDS: Record<Exclude<LeadAsk, "phone">, { rows?: number; inputmode?: "email"; autocomplete?: string }> = {
  name: { autocomplete: "name" },
  email: { inputmode: "email", autocomplete: "email" },
  company: { autocomplete: "organization" },
  needs: { rows: 2 },
  message: { rows: 3 },
};

export function LeadForm({ session, state }: ViewProps) {
  const { words } = session;
  const { t } = words;
  const asked = state.config!.lead;
  const { values } = state.lead!;
  const form = useRef<HTMLFormElement>(null);
  const all = useMemo(() => countries([], words), [words]);
  const [code, setCode] = useState(() => guess(state.config!.country, all));
  const [consent, setConsent] = useState(false);
  const [wrong, setWrong] = useState<Wrong>();
  const [busy, setBusy] = useState(false);

  useEffect(() => field(asked.asks[0]!)?.focus(), []);

  const field = (name: Field) => form.current?.querySelector<HTMLElement>(`#lead-${name}`);
  const write = (ask: LeadAsk, value: string) => {
    session.set({ lead: { is: "open", values: { ...values, [ask]: value } } });
    if (wrong?.field === ask) setWrong(undefined);
  };
  const refuse = (why: Wrong) => {
    setWrong(why);
    if (why.field) field(why.field)?.focus();
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const country = all.find((one) => one.code === code);
    const seen = wrongOf(values, asked, country, consent);
    if (seen) return refuse(seen);
    setWrong(undefined);
    setBusy(true);
    const body = lead(values, asked.asks, country);
    const live = await session.live().catch(() => undefined);
    let answer = await (live?.enter() ?? { status: 0, body: null });
    const agreed = { consent, locale: words.locale };
    if (answer.status === 201) answer = await session.rest("POST", "/v1/visitors/lead", { ...body, ...agreed });
    setBusy(false);
    if (answer.status !== 201 && answer.status !== 200) return refuse(wrongAfter(answer, asked.asks));
    session.identity.keep({ lead: true });
    live?.resume();
    session.set({ lead: { is: "sent", values: body } });
  };

  const cancel = () => session.set({ lead: session.identity.lead ? { is: "sent", values: {} } : undefined });
  const says = (name?: Field) =>
    wrong && wrong.field === name ? t(`wrong_${wrong.key}`, { n: wrong.n ?? 0 }) : undefined;

  return (
    <form
      ref={form}
      class="lead"
      noValidate
      aria-labelledby="lead-title"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        cancel();
      }}
    >
      <h2 id="lead-title">{t("lead_title")}</h2>
      {asked.asks.map((ask) => {
        const error = says(ask);
        const about = { id: `lead-${ask}`, text: values[ask] ?? "" };
        return (
          <div class="lead-field" key={ask}>
            <label for={about.id}>
              {t(ask)} {!asked.required.includes(ask) && <small>{t("optional")}</small>}
            </label>
            {ask === "phone" ? (
              <PhoneField
                {...{ session, all, code, ...about }}
                invalid={!!error}
                describedBy="lead-phone-error"
                onCode={setCode}
                onText={(text) => write(ask, text)}
              />
            ) : (
              <Line {...about} {...FIELDS[ask]} invalid={!!error} onText={(text) => write(ask, text)} />
            )}
            <Error id={`${about.id}-error`} says={error} />
          </div>
        );
      })}
      {asked.asks.includes("email") && asked.asks.includes("phone") && <p class="hint">{t("one_is_enough")}</p>}
      <label class="consent">
        <input
          id="lead-consent"
          type="checkbox"
          checked={consent}
          aria-invalid={!!says("consent")}
          aria-describedby="lead-consent-error"
          onChange={({ currentTarget }) => {
            setConsent(currentTarget.checked);
            if (wrong?.field === "consent") setWrong(undefined);
          }}
        />
        <span dir="auto">{asked.consent_text}</span>
      </label>
      <Error id="lead-consent-error" says={says("consent")} />
      <Error id="lead-error" says={says()} />
      <div class="actions">
        <button type="button" class="quiet-button" onClick={cancel}>
          {t("lead_cancel")}
        </button>
        <button type="submit" class="primary" disabled={busy}>
          {t(busy ? "lead_sending" : "lead_send")}
        </button>
      </div>
    </form>
  );
}

interface LineProps {
  id: string;
  text: string;
  rows?: number;
  inputmode?: "email";
  autocomplete?: string;
  invalid: boolean;
  onText: (text: string) => void;
}

/** A field of one line, or of several. */
function Line({ id, text, rows, inputmode, autocomplete, invalid, onText }: LineProps) {
  const about = { id, value: text, "aria-invalid": invalid, "aria-describedby": `${id}-error`, dir: "auto" as const };
  return rows ? (
    <textarea {...about} rows={rows} onInput={({ currentTarget }) => onText(currentTarget.value)} />
  ) : (
    <input
      {...about}
      type="text"
      inputmode={inputmode}
      autocomplete={autocomplete}
      onInput={({ currentTarget }) => onText(currentTarget.value)}
    />
  );
}

function Error({ id, says }: { id: string; says?: string }) {
  return (
    <p id={id} class="bad" role="alert">
      {says}
    </p>
  );
}
