/** The files of a message, as the log shows them. Each has its room before it is there. */

import { useRef, useState } from "preact/hooks";
import type { Attachment } from "../types.ts";
import { Drawing } from "./icon.tsx";
import { endingOf, groupOf, kindOf, sizeWords, type Kind } from "./kinds.ts";
import { Player } from "./player.tsx";
import type { FileWords } from "./words.ts";

interface ShownProps {
  files: readonly Attachment[];
  words: FileWords;
  /** Where a file is shown from, and opened. */
  urlOf(file: Attachment): string;
  /** Asks for an address that is good now. Absent: those that there are always are. */
  renew?: (file: Attachment) => Promise<string | undefined>;
}

export function Shown({ files, ...rest }: ShownProps) {
  return (
    <div class={groupOf(files)}>
      {files.map((file, i) => (
        <One key={file.id ?? i} file={file} {...rest} />
      ))}
    </div>
  );
}

type OneProps = Omit<ShownProps, "files"> & { file: Attachment };

/** An address is good for an hour at least: before that is over, one is asked for anew. */
const GOOD_MS = 50 * 60_000;

function One({ file, words, urlOf, renew }: OneProps) {
  const { t } = words;
  const [url, setUrl] = useState<string>();
  const [broken, setBroken] = useState(false);
  const asked = useRef(Date.now());
  const tried = useRef(false);
  const kind = kindOf(file.content_type);
  if (file.state !== "here") return <NotHere file={file} kind={kind} words={words} />;

  const anew = async () => {
    asked.current = Date.now();
    const next = await renew?.(file);
    if (next) setUrl(next);
    return next;
  };
  const href = url ?? urlOf(file);
  // Looked at, or about to be opened.
  const freshen = () => {
    if (renew && Date.now() - asked.current > GOOD_MS) void anew();
  };
  /** The address may be too old. Where another is no better, or there is none, a link has to do. */
  const failed = async () => {
    const first = !tried.current;
    tried.current = true;
    const next = first ? await anew() : undefined;
    if (!next || next === href) setBroken(true);
  };
  const size = file.size === null ? "" : sizeWords(file.size, words.locale);

  if (!broken && kind === "picture") {
    return (
      <a
        class="f-picture"
        href={href}
        target="_blank"
        rel="noopener noreferrer"
        title={`${file.name} · ${size}`}
        aria-label={t("picture_open", { name: file.name })}
        onPointerEnter={freshen}
        onFocus={freshen}
      >
        <img src={href} alt="" decoding="async" onLoad={() => (tried.current = false)} onError={failed} />
      </a>
    );
  }
  if (!broken && kind === "sound")
    return <Player src={href} label={t("sound", { name: file.name })} words={words} onBroken={failed} />;
  if (!broken && kind === "film") {
    return (
      <video
        class="f-film"
        controls
        preload="metadata"
        src={href}
        aria-label={t("film", { name: file.name })}
        onError={failed}
      />
    );
  }
  return (
    <a
      class="f-document"
      href={href}
      download={file.name}
      target="_blank"
      rel="noopener noreferrer"
      onPointerEnter={freshen}
      onFocus={freshen}
    >
      <Mark name={file.name} kind={kind} />
      <span class="f-words">
        <bdi class="f-name">{file.name}</bdi>
        <small>{size}</small>
      </span>
      <span class="f-unseen">{t("download")}</span>
      <Drawing name="download" />
    </a>
  );
}

function NotHere({ file, kind, words: { t } }: { file: Attachment; kind: Kind; words: FileWords }) {
  const fetching = file.state === "fetching";
  const room = kind === "picture" ? "f-picture" : kind === "film" ? "f-film" : "f-document";
  return (
    <span class={`${room} f-not-here ${fetching ? "f-fetching" : ""}`}>
      {room === "f-document" ? (
        <Mark name={file.name} kind={kind} />
      ) : (
        <Drawing name={!fetching ? "alert" : kind === "film" ? "film" : "picture"} />
      )}
      <span class="f-words">
        <bdi class="f-name">{file.name}</bdi>
        <small>{t(fetching ? "fetching" : "gone")}</small>
      </span>
    </span>
  );
}

/** What kind of document it is, by the ending of its name. */
export function Mark({ name, kind }: { name: string; kind: Kind }) {
  const ending = kind === "document" ? endingOf(name) : "";
  return (
    <span class="f-mark" aria-hidden="true">
      {ending || <Drawing name={kind === "sound" ? "microphone" : kind} />}
    </span>
  );
}
