/** The number area: asked for by the visitor or by the operator, it stands in the composer's place until it is done with. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { newId } from "../../../core/src/outbox.ts";
import type { Problem } from "../../../core/src/types.ts";
import { failureOf } from "../live/failures.ts";
import { channelName } from "../live/say.ts";
import type { Asking, Session } from "../session.ts";
import type { ViewProps } from "../view/Window.tsx";
import { countries, countryOf, guess } from "./countries.ts";
import css from "./number.css?inline";
import { ascii, isInternational, read } from "./number.ts";

const dressed = new WeakSet<Session>();

/** Puts the area's style sheet on a window that has not got it yet. */
export function dressOnce(session: Session): void {
  if (!dressed.has(session)) session.dress(css);
  dressed.add(session);
}

export function NumberArea({ session, state, asking }: ViewProps & { asking: Asking }) {
  const { words } = session;
  const { t } = words;
  const { config, conversation } = state;
  const channel = channelName(words, asking.channel);
  const all = useMemo(() => countries(config?.countries ?? [], words), [config, words]);
  const [code, setCode] = useState(() => guess(config?.country, all));
  const [text, setText] = useState(() => knownNumber(state, asking.channel));
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  // A second press for the same number is the same wish, whatever became of the first.
  const wish = useRef({ address: "", id: "" });
  const country = all.find((one) => one.code === code);
  const inviter = asking.invitation && (conversation?.assignee?.name ?? t("us"));

  useEffect(() => input.current?.focus(), []);

  const type = (typed: string) => {
    setText(typed);
    setError("");
    if (!isInternational(typed)) return;
    const digits = ascii(typed).replace(/\D/g, "").replace(/^00/, "");
    const written = digits && countryOf(digits, all, code);
    if (written) setCode(written.code);
  };

  const refuse = (sentence: string) => {
    setError(sentence);
    input.current?.focus();
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const typed = read(text, country);
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
    if (answer.status >= 200 && answer.status < 300) return session.set({ asking: undefined });
    // Said here, beside the number.
    session.set({ failure: undefined });
    const { key, n = 0 } = failureOf(answer);
    const detail = key === "bad_address" && words.locale === "en" && (answer.body as Problem).detail;
    refuse(detail || t(`failed_${key}`, { n }));
  };

  const leave = () => {
    if (asking.invitation) void state.live!.wish({ type: "decline" });
    session.set({ asking: undefined });
  };

  return (
    <form
      class="asking"
      noValidate
      aria-labelledby="asking-title"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        leave();
      }}
    >
      <h2 id="asking-title">{t("title", { channel })}</h2>
      <p>
        {inviter && t("invited", { name: inviter, channel })} {t("why")}
      </p>
      <div class="number">
        <span class="country">
          <span aria-hidden="true">{country && `${country.code} +${country.dial}`}</span>
          <select aria-label={t("country")} value={code} onChange={({ currentTarget }) => setCode(currentTarget.value)}>
            {all.map((one) => (
              <option key={one.code} value={one.code}>
                {`${one.name} (+${one.dial})`}
              </option>
            ))}
          </select>
        </span>
        <input
          ref={input}
          type="tel"
          dir="ltr"
          autocomplete="tel"
          maxLength={32}
          aria-label={t("number")}
          aria-invalid={!!error}
          aria-describedby="asking-error"
          placeholder={t("example")}
          value={text}
          onInput={({ currentTarget }) => type(currentTarget.value)}
        />
      </div>
      <p role="status">{state.checking && t("checking")}</p>
      <p id="asking-error" class="bad" role="alert">
        {error}
      </p>
      <div class="actions">
        <button type="button" class="quiet-button" onClick={leave}>
          {t(asking.invitation ? "decline" : "cancel")}
        </button>
        <button type="submit" class="primary" disabled={busy}>
          {t(busy ? "submitting" : "submit")}
        </button>
      </div>
    </form>
  );
}

/** The number they were reached at before, unless they took it back. */
function knownNumber({ conversation }: ViewProps["state"], channel: string): string {
  const leg = conversation?.legs.filter((one) => one.channel === channel && one.usable && !one.taken_back).at(-1);
  return leg?.address ?? "";
}

function codeOf(body: unknown): string | undefined {
  return (body as Problem | null)?.code;
}
