/** Whether messages go out, and what owners and admins should look at. */

import type { Alarm, Problem } from "@switchboard/core";
import { useEffect, useState } from "preact/hooks";
import { channelName } from "../words/people.ts";
import { refusal } from "../words/refusals.ts";
import { useWords } from "../words/context.ts";
import { useDesk, useDeskState } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";
import { Button } from "./parts.tsx";

/** Who may stop messages and sees alarms. */
export function useLeads(): boolean {
  return useDeskState((state) => state.session.operator.role !== "operator");
}

/** Stands above everything for as long as messages are stopped, or something is alarming. */
export function GuardBanner({ onLook }: { onLook: () => void }) {
  const { t } = useWords();
  const { enabled, scope, reason } = useDeskState((state) => state.messaging);
  const alarms = useDeskState((state) => state.alarms);
  const leads = useLeads();
  if (enabled && !alarms) return null;
  return (
    <div class={`banner ${enabled ? "banner-down" : "banner-stopped"}`} role="status">
      <Icon name="alert" />
      <span>
        {enabled ? t("alarms.some", { n: alarms }) : t(scope === "all" ? "stopped.all" : "stopped.welcomes")}
        {!enabled && reason && (
          <>
            {" "}
            <bdi>{reason}</bdi>
          </>
        )}
      </span>
      {leads && (
        <button type="button" class="banner-look" onClick={onLook}>
          {t("alarms.look")}
        </button>
      )}
    </div>
  );
}

/** Tells who sees no alarms which channels do not work. */
export function SickBanner() {
  const words = useWords();
  const sick = useDeskState((state) => state.sick);
  const leads = useLeads();
  if (leads) return null;
  return (
    <>
      {sick.map((channel) => (
        <div key={channel} class="banner banner-down" role="status">
          <Icon name="alert" />
          <span>{words.t("sick", { channel: channelName(channel, words) })}</span>
        </div>
      ))}
    </>
  );
}

export function GuardDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog title={t("guard.title")} onClose={onClose}>
      <div class="dialog-form guard">
        <Alarms />
        <MessagingSwitch />
      </div>
    </Dialog>
  );
}

function Alarms() {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const count = useDeskState((state) => state.alarms);
  const [alarms, setAlarms] = useState<Alarm[] | null>();
  useEffect(() => {
    let current = true;
    void desk.alarms().then((read) => current && setAlarms(read));
    return () => {
      current = false;
    };
  }, [desk, count]);
  return (
    <section>
      <h3>{t("alarms.title")}</h3>
      {alarms === undefined && <p class="field-help">{t("loading")}</p>}
      {alarms === null && <p class="field-error">{t("refusal.unreached")}</p>}
      {alarms?.length === 0 && <p class="field-help">{t("alarms.none")}</p>}
      <ul class="alarms">
        {alarms?.map((alarm) => (
          <li key={alarm.kind + alarm.connection}>
            <strong>
              {words.of("alarm", alarm.kind, "alarm.other")}
              {alarm.connection && <bdi> · {alarm.connection}</bdi>}
            </strong>
            <p lang="en" dir="ltr">
              {alarm.detail}
            </p>
            <time dateTime={alarm.since} title={words.whole(alarm.since)}>
              {words.since(alarm.since, Date.now())}
            </time>
          </li>
        ))}
      </ul>
    </section>
  );
}

function MessagingSwitch() {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const messaging = useDeskState((state) => state.messaging);
  const [reason, setReason] = useState("");
  const [all, setAll] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const set = async (enabled: boolean) => {
    setBusy(true);
    setProblem(await desk.setMessaging(enabled, all ? "all" : "welcomes", reason.trim()));
    setBusy(false);
  };

  return (
    <section>
      <h3>{t("stop.title")}</h3>
      {messaging.enabled ? (
        <>
          <p class="field-help">{t("stop.how")}</p>
          <label class="field">
            <span>{t("stop.reason")}</span>
            <input
              class="input"
              dir="auto"
              maxLength={200}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
          <label class="choice">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
            <span>{t("stop.all")}</span>
          </label>
          <Button look="bad" disabled={busy} onClick={() => void set(false)}>
            {t("stop.do")}
          </Button>
        </>
      ) : (
        <>
          <p>{t(messaging.scope === "all" ? "stopped.all" : "stopped.welcomes")}</p>
          {messaging.by && (
            <p class="field-help">
              <bdi>{messaging.by}</bdi>
              {messaging.at && <> · {words.whole(messaging.at)}</>}
              {messaging.reason && (
                <>
                  {" · "}
                  <bdi>{messaging.reason}</bdi>
                </>
              )}
            </p>
          )}
          {messaging.everywhere ? (
            <p class="field-help">{t("stopped.everywhere")}</p>
          ) : (
            <Button look="main" disabled={busy} onClick={() => void set(true)}>
              {t("stop.undo")}
            </Button>
          )}
        </>
      )}
      {problem && (
        <p class="field-error" role="alert">
          {refusal(problem, undefined, words)}
        </p>
      )}
    </section>
  );
}
