/** The door: e-mail and password. */

import type { Problem, Rest, Session } from "@switchboard/core";
import { useState } from "preact/hooks";
import { useWords } from "../words/context.ts";
import { Icon } from "./icon.tsx";

interface Props {
  rest: Rest;
  onSession: () => Promise<Session | null>;
}

export function SignIn({ rest, onSession }: Props) {
  const words = useWords();
  const { t } = words;
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await rest<Problem | null>("POST", "/v1/session", { email: email.trim(), password });
    const signedIn = answer.status < 300 && answer.status > 0 && (await onSession()) !== null;
    setBusy(false);
    if (signedIn) return;
    setTrouble(
      answer.status === 0
        ? t("refusal.unreached")
        : answer.status === 401 || answer.status === 403
          ? t("sign_in.wrong")
          : words.of("refusal", answer.body?.code, "refusal.other", { detail: answer.body?.detail ?? "" }),
    );
  };

  return (
    <main class="door">
      <form class="door-box" onSubmit={submit}>
        <span class="door-mark" aria-hidden="true">
          <Icon name="move" />
        </span>
        <h1>{t("sign_in.title")}</h1>
        <label class="field">
          <span>{t("sign_in.email")}</span>
          <input
            class="input"
            type="email"
            name="email"
            dir="ltr"
            autocomplete="username"
            required
            autofocus
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>{t("sign_in.password")}</span>
          <input
            class="input"
            type="password"
            name="password"
            dir="ltr"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {trouble && (
          <p class="field-error" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit" class="button button-main button-wide" disabled={busy}>
          {t(busy ? "sign_in.busy" : "sign_in.go")}
        </button>
      </form>
    </main>
  );
}
