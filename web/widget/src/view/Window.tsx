/** The window: who is spoken with, the log, and where to write. */

import type { Session, State } from "../session.ts";
import { Composer } from "./Composer.tsx";
import { Icon } from "./icons.tsx";
import { LeadPlace } from "./LeadPlace.tsx";
import { LogView } from "./LogView.tsx";

export interface ViewProps {
  session: Session;
  state: State;
}

interface WindowProps extends ViewProps {
  full: boolean;
  onClose?: () => void;
}

export function Window({ session, state, full, onClose }: WindowProps) {
  const { words } = session;
  const { t } = words;
  const name = state.config?.organization.name ?? t("title");
  const views = state.conversation && state.live?.views;

  return (
    <div
      class="window"
      role={full ? "main" : "dialog"}
      aria-label={name}
      onKeyDown={(event: KeyboardEvent) => event.key === "Escape" && onClose?.()}
    >
      <div class="header">
        <span class="mark" aria-hidden="true">
          {[...name][0]}
        </span>
        <div class="who">
          <h1>{name}</h1>
          {views && <views.Status session={session} state={state} />}
        </div>
        {views && <views.EndChat session={session} state={state} />}
        {onClose && (
          <button type="button" class="plain" aria-label={t("close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      {views && <views.LinkNote session={session} state={state} />}
      <LogView session={session} state={state} />
      <Foot session={session} state={state} />
    </div>
  );
}

/** The number area takes the composer's place: nothing is written while a number is asked for. */
function Foot({ session, state }: ViewProps) {
  const views = state.conversation && state.live?.views;
  if (views && state.asking) return <views.Asking session={session} state={state} />;
  return (
    <>
      <LeadPlace session={session} state={state} />
      {views && <views.SwitchBar session={session} state={state} />}
      <Composer session={session} state={state} />
    </>
  );
}
