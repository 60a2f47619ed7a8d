/** The switch, above the composer: where the chat can go, where it is going, and the way back. */

import { useEffect, useState } from "preact/hooks";
import type { Offer, Problem } from "../../../core/src/types.ts";
import { Icon } from "./icons.tsx";
import type { State } from "../session.ts";
import type { ViewProps } from "../view/Window.tsx";
import { failureOfReason, failureWords, type Failure } from "./failures.ts";
import { about, channelIcon, channelName, goesOn, shown } from "./say.ts";
import { isRunning, stageOf, type Stage } from "./stage.ts";

const TICK_MS = 200;

export function SwitchBar({ session, state }: ViewProps) {
  useTick(isRunning(state));
  const stage = shownStage(state);
  const isThere = useThere();
  const { t } = session.words;
  const { channels, switch: view } = state.conversation!;
  // What we cannot send now, they can: it needs no message of ours.
  const writable = channels.some(({ channel, links }) => links && channel === view.channel);
  return (
    <div class="switch">
      {/* What happens is announced once, when it happens; the countdown is not read out. */}
      <div role="status">
        {isThere && stage.is === "sending" && <Sending session={session} state={state} stage={stage} />}
        {isThere && stage.is === "confirmed" && <Confirmed session={session} state={state} stage={stage} />}
        {isThere && state.failure && (
          <Failed
            failure={state.failure}
            {...{ session, state }}
            onDismiss={() => session.set({ failure: undefined })}
          />
        )}
        {isThere && stage.is === "failed" && !state.failure && (
          <Failed
            failure={failureOfReason(stage.reason)}
            {...{ session, state }}
            onDismiss={() => session.set({ dismissed: stage.id })}
          >
            {stage.reason !== "unavailable" ? (
              <button type="button" class="small" onClick={() => ask(stage)}>
                {t("another")}
              </button>
            ) : (
              writable && (
                <button type="button" class="small" onClick={() => ask(stage, true)}>
                  {t("write_first")}
                </button>
              )
            )}
          </Failed>
        )}
      </div>
      {stage.is !== "sending" && stage.is !== "confirmed" && <Settled session={session} state={state} />}
    </div>
  );

  function ask(failed: Extract<Stage, { is: "failed" }>, byWriting = false) {
    session.set({ asking: { channel: view.channel ?? "sms", byWriting }, dismissed: failed.id });
  }
}

type StageProps<K extends Stage["is"]> = ViewProps & { stage: Extract<Stage, { is: K }> };

function Sending({ session, state, stage }: StageProps<"sending">) {
  const { words } = session;
  const { t } = words;
  const [busy, once] = useOnce();
  const { address } = stage;
  const cancel = async () => {
    const { status, body } = await state.live!.wish({ type: "cancel" });
    // It went out in the same moment: then it is put back.
    if (status === 409 && (body as Problem).code === "nothing_to_cancel") await state.live!.wish({ type: "revert" });
  };
  return (
    <div class="card">
      <span class="spinner" aria-hidden="true" />
      <p>
        <strong>
          {t(about("sending_to", address), { address: shown(address), channel: channelName(words, stage.channel) })}
        </strong>
        {stage.slow && <small>{t("sending_slow", { on: goesOn(words, state.conversation!.active_leg) })}</small>}
      </p>
      <button type="button" class="small" disabled={busy} onClick={once(cancel)}>
        {t("cancel")}
      </button>
    </div>
  );
}

function Confirmed({ session, state, stage }: StageProps<"confirmed">) {
  const { words } = session;
  const { t } = words;
  const [busy, once] = useOnce();
  const [first] = useState(stage.seconds);
  const { address } = stage;
  const back = stage.channel === "web" ? "_back" : "";
  const more = back ? "confirmed_back_more" : about(stage.wrote ? "confirmed_wrote" : "confirmed_more", address);
  return (
    <div class="card good">
      <Icon name="check" />
      <p>
        <strong>{t(`confirmed${back}`, { channel: channelName(words, stage.channel) })}</strong>
        <small>{t(more, { address: shown(address) })}</small>
        <span class="aside">{t("revert_for", { n: first })}</span>
      </p>
      <button
        type="button"
        class="small revert"
        disabled={busy}
        onClick={once(() => state.live!.wish({ type: "revert" }))}
      >
        {t("revert")}
        <Countdown session={session} seconds={stage.seconds} share={stage.share} />
      </button>
    </div>
  );
}

/** A ring that empties round the seconds. */
function Countdown({ session, seconds, share }: Pick<ViewProps, "session"> & { seconds: number; share: number }) {
  return (
    <span class="countdown" aria-hidden="true">
      <svg viewBox="0 0 28 28">
        <circle cx="14" cy="14" r="12" pathLength="1" />
        <circle cx="14" cy="14" r="12" pathLength="1" stroke-dasharray={`${share} 1`} />
      </svg>
      <b>{seconds.toLocaleString(session.words.locale)}</b>
    </span>
  );
}

interface FailedProps extends ViewProps {
  failure: Failure;
  onDismiss: () => void;
  children?: preact.ComponentChildren;
}

function Failed({ session, state, failure, onDismiss, children }: FailedProps) {
  const { t } = session.words;
  return (
    <div class="card bad-card">
      <Icon name="alert" />
      <p>{failureWords(session.words, failure, state.conversation)}</p>
      {children}
      <button type="button" class="plain" aria-label={t("dismiss")} onClick={onDismiss}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** The buttons: each channel of the organization that the chat is not on. */
function Settled({ session, state }: ViewProps) {
  const { words } = session;
  const { t } = words;
  const [busy, once] = useOnce();
  const { active_leg: leg, channels, status } = state.conversation!;
  const elsewhere = channels.filter(({ channel }) => channel !== leg?.channel);
  const away = leg?.channel !== "web";
  const word = state.config?.return_word;
  if (status === "resolved" && !away) return null;

  const go = ({ channel, asks, links }: Offer) =>
    asks || links
      ? () => session.set({ asking: { channel }, failure: undefined })
      : once(() => state.live!.wish({ type: "switch", channel }));

  return (
    <div class={away ? "away" : "offers"}>
      {away && (
        <p>
          {leg && <Icon name={channelIcon(leg.channel)} />}
          <span>
            {leg
              ? t(about("phone_hint", leg.address), {
                  channel: channelName(words, leg.channel),
                  address: shown(leg.address),
                })
              : t("unreachable")}
            {leg && word && <small>{t("return_hint", { word })}</small>}
          </span>
        </p>
      )}
      <div class="pills" role="group" aria-label={t("switch_label")}>
        {elsewhere.map((offer) => (
          <button type="button" class="pill" key={offer.channel} disabled={busy} onClick={go(offer)}>
            <Icon name={channelIcon(offer.channel)} />
            {offer.channel === "web" ? t("return") : t("switch_by", { channel: channelName(words, offer.channel) })}
          </button>
        ))}
        {leg && away && (
          <button
            type="button"
            class="text"
            title={t("close_here_why")}
            onClick={() => {
              state.files?.forget();
              session.outbox.clear();
              session.reset({ forgotten: true, text: "" });
            }}
          >
            {t("close_here")}
          </button>
        )}
      </div>
    </div>
  );
}

/** A number that was typed on this page is shown here, also where the server does not tell it. */
function shownStage(state: State): Stage {
  const stage = stageOf(state);
  const { given, conversation } = state;
  const moves = stage.is === "sending" || stage.is === "confirmed";
  if (!moves || stage.address || !given || given.switch !== conversation!.switch.id) return stage;
  return { ...stage, address: given.address };
}

/** False as it is first drawn: what comes into a region that is there already is announced. */
function useThere(): boolean {
  const [isThere, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  return isThere;
}

/** Draws again while time alone changes what is shown. */
function useTick(running: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick((n) => n + 1), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
}

/** A button that waits for its answer: pressed twice, it asks once. It goes with what it did, so the composer gets the focus. */
function useOnce(): [boolean, (work: () => Promise<unknown>) => (event: Event) => void] {
  const [busy, setBusy] = useState(false);
  return [
    busy,
    (work) => async (event) => {
      const window = (event.currentTarget as Element).closest(".window");
      setBusy(true);
      await work();
      setBusy(false);
      window?.querySelector("textarea")?.focus();
    },
  ];
}
