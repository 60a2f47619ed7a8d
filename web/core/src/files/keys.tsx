/** The keys beside where a message is written: choose files, record a voice note; and the bar that is there while one is recorded. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Drawing, type FileIcon } from "./icon.tsx";
import { spanWords } from "./kinds.ts";
import { canRecord, LONGEST_S } from "./recordable.ts";
import type { NoRecording, Recording } from "./recorder.ts";
import { AT_ONCE, type Tray } from "./tray.ts";
import type { UploadTerms } from "../types.ts";
import type { FileWords } from "./words.ts";

interface KeysProps {
  tray: Tray;
  words: FileWords;
  /** What the server takes. */
  terms: UploadTerms | undefined;
  /** The class of a key of this front end. */
  look: string;
  /** What files can be dropped onto and pasted into, from here outwards. */
  place: string;
  disabled?: boolean;
  /** Keys of the keyboard that do the same. */
  shortcuts?: { attach: string; record: string };
  /** A voice note is to go at once. */
  onSend: () => void;
}

type Trouble = "too_many" | "limit_reached" | NoRecording;

export function Keys({ tray, words, terms, look, place, disabled, onSend, shortcuts }: KeysProps) {
  const { t } = words;
  const picker = useRef<HTMLInputElement>(null);
  const [asking, setAsking] = useState(false);
  const [recording, setRecording] = useState<Recording>();
  const [trouble, setTrouble] = useState<Trouble>();
  const [speaks] = useState(canRecord);
  const keys = useRef<HTMLDivElement>(null);
  const latest = useRef<Recording>(undefined);

  const take = (files: Iterable<File>) => setTrouble(tray.add(files) ? undefined : "too_many");
  useIntake(keys, place, take, t("drop_here"));

  // Once it is drawn: while a voice note is recorded, they are not there.
  const toWords = () => setTimeout(() => keys.current?.closest(".composer")?.querySelector("textarea")?.focus());
  const is = (next: Recording | undefined) => {
    latest.current = next;
    setRecording(next);
  };
  // What was said until the composer went, as for a number to be asked for, is there when it is back.
  const leave = async () => {
    const file = await latest.current?.stop();
    if (file) tray.add([file]);
  };
  useEffect(() => () => void leave(), []);

  const send = useRef(onSend);
  send.current = onSend;
  const end = async (goes = false) => {
    const done = latest.current;
    if (!done) return;
    is(undefined);
    const file = await done.stop();
    if (file) take([file]);
    toWords();
    // Once it is drawn, it can go.
    if (file && goes) setTimeout(() => send.current());
  };
  const begin = async () => {
    setTrouble(undefined);
    setAsking(true);
    const begun = await import("./recorder.ts").then(
      ({ record }) =>
        record(() => {
          setTrouble("limit_reached");
          void end();
        }),
      () => "no_recording" as const,
    );
    setAsking(false);
    if (typeof begun === "string") setTrouble(begun);
    // They went elsewhere while they were asked.
    else if (!keys.current) begun.cancel();
    else is(begun);
  };
  const cancel = () => {
    latest.current?.cancel();
    is(undefined);
    toWords();
  };

  return (
    <div class="f-keys" ref={keys}>
      {recording ? (
        <Bar
          recording={recording}
          words={words}
          look={look}
          onCancel={cancel}
          onStop={() => void end()}
          onSend={() => void end(true)}
        />
      ) : (
        <>
          <input
            ref={picker}
            class="f-unseen"
            type="file"
            multiple
            tabIndex={-1}
            aria-hidden="true"
            onChange={({ currentTarget: input }) => {
              take([...(input.files ?? [])]);
              // The same file can be chosen again.
              input.value = "";
              toWords();
            }}
          />
          <Key
            icon="clip"
            label={t("attach")}
            look={`${look} f-attach`}
            disabled={disabled}
            shortcut={shortcuts?.attach}
            onClick={() => picker.current!.click()}
          />
          {speaks && (
            <Key
              icon="microphone"
              label={t("record")}
              look={`${look} f-record`}
              disabled={disabled || asking}
              shortcut={shortcuts?.record}
              onClick={begin}
            />
          )}
        </>
      )}
      {trouble && (
        <p class="f-trouble" role="alert">
          {t(trouble, { n: trouble === "too_many" ? (terms?.at_once ?? AT_ONCE) : LONGEST_S / 60 })}
          <button type="button" class="f-remove" aria-label={t("dismiss")} onClick={() => setTrouble(undefined)}>
            <Drawing name="close" />
          </button>
        </p>
      )}
    </div>
  );
}

interface BarProps {
  recording: Recording;
  words: FileWords;
  look: string;
  onCancel: () => void;
  onStop: () => void;
  onSend: () => void;
}

function Bar({ recording, words: { t, locale }, look, onCancel, onStop, onSend }: BarProps) {
  const [seconds, setSeconds] = useState(0);
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    bar.current!.querySelector<HTMLElement>(".f-send")!.focus();
    const timer = setInterval(() => setSeconds(recording.seconds()), 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <div
      class="f-bar"
      role="group"
      aria-label={t("recording")}
      ref={bar}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <Key icon="close" label={t("record_cancel")} look={look} onClick={onCancel} />
      <span class="f-live" aria-hidden="true" />
      <span role="timer" aria-label={t("recording")}>
        {spanWords(seconds, locale)}
      </span>
      <span class="f-unseen" role="status">
        {t("recording")}
      </span>
      <span class="f-limit">{t("record_limit", { n: LONGEST_S / 60 })}</span>
      <Key icon="stop" label={t("record_stop")} look={look} onClick={onStop} />
      <Key icon="send" label={t("record_send")} look="f-send" onClick={onSend} />
    </div>
  );
}

interface KeyProps {
  icon: FileIcon;
  label: string;
  look: string;
  disabled?: boolean;
  shortcut?: string;
  onClick: () => void;
}

function Key({ icon, label, look, disabled, shortcut, onClick }: KeyProps) {
  return (
    <button
      type="button"
      class={look}
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
      aria-keyshortcuts={shortcut}
      disabled={disabled}
      onClick={onClick}
    >
      <Drawing name={icon} />
    </button>
  );
}

/** After so long without a word from the pointer nothing is over the place any more. */
const GONE_MS = 200;

/** Files that are dropped or pasted anywhere in the place are taken. */
function useIntake(
  from: { current: HTMLElement | null },
  place: string,
  take: (files: Iterable<File>) => void,
  words: string,
): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const over = from.current!.closest<HTMLElement>(place);
    if (!over) return;
    let gone: ReturnType<typeof setTimeout> | undefined;
    const leave = () => over.removeAttribute("data-drop");
    const drag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      over.setAttribute("data-drop", words);
      clearTimeout(gone);
      gone = setTimeout(leave, GONE_MS);
    };
    const drop = (event: DragEvent) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      leave();
      latest.current(files);
    };
    const paste = (event: ClipboardEvent) => {
      const data = event.clipboardData;
      // Some programs put a picture of the words beside them.
      if (!data?.files.length || data.types.includes("text/plain")) return;
      event.preventDefault();
      latest.current([...data.files]);
    };
    over.addEventListener("dragover", drag);
    over.addEventListener("drop", drop);
    over.addEventListener("paste", paste);
    return () => {
      clearTimeout(gone);
      leave();
      over.removeEventListener("dragover", drag);
      over.removeEventListener("drop", drop);
      over.removeEventListener("paste", paste);
    };
  }, []);
}
