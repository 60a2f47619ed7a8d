/** The files that are chosen, above where the message is written; and those of a message that is on its way. */

import { useEffect, useState } from "preact/hooks";
import type { DraftFile } from "../outbox.ts";
import { Drawing } from "./icon.tsx";
import { groupOf, kindOf, sizeWords } from "./kinds.ts";
import { Player } from "./player.tsx";
import { Mark } from "./shown.tsx";
import type { Uploads } from "./uploads.ts";
import { refusedWords, type FileWords } from "./words.ts";

/** Draws again when something moves on. */
export function useUploads(uploads: Uploads): void {
  const [, redraw] = useState(0);
  useEffect(() => uploads.subscribe(() => redraw((n) => n + 1)), [uploads]);
}

interface TrayProps {
  files: readonly DraftFile[];
  uploads: Uploads;
  words: FileWords;
  onRemove: (file: DraftFile) => void;
  /** What is to be known of a file before it goes, by its place among those that do. */
  aside?: (place: number) => string | undefined;
}

export function TrayView({ files, uploads, words, onRemove, aside }: TrayProps) {
  const { t } = words;
  useUploads(uploads);
  const kept = files.filter((file) => uploads.standing(file).is !== "refused");
  const coming = kept.filter((file) => uploads.standing(file).is !== "here").length;
  const left = files.length - kept.length;
  return (
    <div class="f-tray">
      {files.length > 0 && (
        <ul aria-label={t("tray")}>
          {files.map((file) => (
            <li key={file.key}>
              <Chosen file={file} uploads={uploads} words={words} note={aside?.(kept.indexOf(file))} />
              <button
                type="button"
                class="f-remove"
                aria-label={t("remove", { name: file.name })}
                title={t("remove", { name: file.name })}
                onClick={({ currentTarget }) => {
                  focusAfter(currentTarget);
                  onRemove(file);
                }}
              >
                <Drawing name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="f-unseen" role="status">
        {kept.length > 0 && (coming ? t("status_going", { n: coming }) : t("status_here", { n: kept.length }))}
      </p>
      <p class="f-left" role="status">
        {left > 0 && t("left_out", { n: left })}
      </p>
    </div>
  );
}

/** Whoever takes out one file goes on with the next, or with the words. */
function focusAfter(button: HTMLElement): void {
  const item = button.closest("li")!;
  const next = item.nextElementSibling ?? item.previousElementSibling;
  const words = button.closest(".composer")?.querySelector("textarea");
  (next?.querySelector<HTMLElement>(".f-remove") ?? words)?.focus();
}

/** The files of a message that is on its way, as large as they will be in the log. */
export function OnTheWay({ files, uploads, words }: Pick<TrayProps, "files" | "uploads" | "words">) {
  useUploads(uploads);
  return (
    <div class={groupOf(files)}>
      {files.map((file) => {
        const url = uploads.urlOf(file);
        const standing = uploads.standing(file);
        const shown = kindOf(file.content_type) === "picture" && url && standing.is !== "refused";
        return shown ? (
          <span key={file.key} class="f-picture">
            <img src={url} alt={file.name} />
            {standing.is === "going" && <Share file={file} share={standing.share} words={words} />}
          </span>
        ) : (
          <span key={file.key} class="f-document">
            <Chosen file={file} uploads={uploads} words={words} />
          </span>
        );
      })}
    </div>
  );
}

function Share({ file, share, words: { t } }: { file: DraftFile; share: number; words: FileWords }) {
  return <progress max={1} value={share} aria-label={t("progress", { name: file.name })} />;
}

interface ChosenProps {
  file: DraftFile;
  uploads: Uploads;
  words: FileWords;
  note?: string;
}

/** One chosen file: what it is, and how far. */
export function Chosen({ file, uploads, words, note }: ChosenProps) {
  const { t, locale } = words;
  const standing = uploads.standing(file);
  const kind = kindOf(file.content_type);
  const url = uploads.urlOf(file);
  const share = standing.is === "going" ? standing.share : 0;
  const [blank, setBlank] = useState(false);
  return (
    <span class={`f-chosen f-is-${standing.is}`}>
      {kind === "sound" && url ? null : kind === "picture" && url && !blank ? (
        <img class="f-mark" src={url} alt="" onError={() => setBlank(true)} />
      ) : (
        <Mark name={file.name} kind={kind} />
      )}
      <span class="f-words">
        {kind === "sound" && url ? (
          <Player src={url} label={t("sound", { name: file.name })} words={words} />
        ) : (
          <bdi class="f-name" title={file.name}>
            {file.name}
          </bdi>
        )}
        {standing.is === "refused" ? (
          <small class="f-bad" role="alert">
            {refusedWords(standing.problem, words)}
          </small>
        ) : (
          <small>
            {sizeWords(file.size, locale)}
            {standing.is === "going" && ` · ${new Intl.NumberFormat(locale, { style: "percent" }).format(share)}`}
            {standing.is === "waiting" && ` · ${t("waiting")}`}
            {note && <span class="f-note"> · {note}</span>}
          </small>
        )}
        {standing.is === "going" && <progress max={1} value={share} aria-label={t("progress", { name: file.name })} />}
      </span>
      {canRetry(standing) && (
        <button
          type="button"
          class="f-retry"
          aria-label={t("retry_file", { name: file.name })}
          title={t("retry_file", { name: file.name })}
          onClick={() => uploads.begin(file)}
        >
          <Drawing name="again" />
        </button>
      )}
    </span>
  );
}

/** What is too large, empty or lost stays so. */
function canRetry(standing: ReturnType<Uploads["standing"]>): boolean {
  if (standing.is === "waiting") return true;
  return standing.is === "refused" && !["too_large", "empty", "file_lost"].includes(standing.problem.code);
}
