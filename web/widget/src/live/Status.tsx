/** What stands in the head of the window once there is a chat. */

import type { ViewProps } from "../view/Window.tsx";

/** Under the organization's name: who is there. */
export function Status({ session, state }: ViewProps) {
  const { t } = session.words;
  const { status, assignee } = state.conversation!;
  const key = status === "resolved" ? "ended" : assignee ? "with" : "waiting";
  return <p class={`status ${key}`}>{t(key, { name: assignee?.name ?? "" })}</p>;
}

export function EndChat({ session, state }: ViewProps) {
  if (state.conversation!.status === "resolved") return null;
  return (
    <button type="button" class="text" onClick={() => void state.live?.endChat()}>
      {session.words.t("end")}
    </button>
  );
}
