/** The console's views of files: chosen, on their way, and in the log. */

import type { ActiveLeg, Attachment, Draft, DraftFile } from "@switchboard/core";
import { Keys } from "@switchboard/core/files/keys";
import { goAsLinks } from "@switchboard/core/files/links";
import { Shown } from "@switchboard/core/files/shown";
import { OnTheWay, TrayView } from "@switchboard/core/files/tray_view";
import type { FileWords } from "@switchboard/core/files/words";
import { pathOf } from "../desk/files.ts";
import { useWords } from "../words/context.ts";
import { channelName } from "../words/people.ts";
import type { Key, Words } from "../words/words.ts";
import { useDesk, useDeskState } from "./context.ts";

export function fileWords({ t, locale }: Words): FileWords {
  return { t: (key, values) => t(`files.${key}` as Key, values), locale };
}

/** What is chosen for the next message of a conversation. */
export function useTray(conversation: string): readonly DraftFile[] {
  const tray = useDesk().files.trayOf(conversation);
  return useDeskState((state) => state.trays.get(conversation)) ?? tray.list();
}

interface ChosenProps {
  conversation: string;
  files: readonly DraftFile[];
  /** Which of them go as links. */
  links: readonly boolean[];
}

/** Above the words: the files that go with them. */
export function ChosenFiles({ conversation, files, links }: ChosenProps) {
  const words = useWords();
  const desk = useDesk();
  return (
    <TrayView
      files={files}
      uploads={desk.files.uploads}
      words={fileWords(words)}
      onRemove={desk.files.trayOf(conversation).remove}
      aside={(place) => (links[place] ? words.t("files.as_link") : undefined)}
    />
  );
}

/** Beside the words: what files are chosen and recorded with. */
export function FileKeys({ conversation, onSend }: { conversation: string; onSend: () => void }) {
  const words = useWords();
  const { files } = useDesk();
  return (
    <Keys
      tray={files.trayOf(conversation)}
      words={fileWords(words)}
      terms={files.terms}
      look="icon-button composer-pick"
      place=".conversation"
      shortcuts={{ attach: "f", record: "v" }}
      onSend={onSend}
    />
  );
}

/** Said before they are sent: what the channel does not carry goes as a link. */
export function LinksWarning({ leg, links }: { leg: ActiveLeg; links: readonly boolean[] }) {
  const words = useWords();
  const n = links.filter(Boolean).length;
  if (!n) return null;
  return (
    <p class="composer-warning" role="status">
      {words.t("files.links", { n, channel: channelName(leg.channel, words) })}
    </p>
  );
}

export function linksOf(leg: ActiveLeg | null, files: readonly DraftFile[], text: string): boolean[] {
  return leg ? goAsLinks(leg, files, text) : [];
}

export function UnsentFiles({ draft }: { draft: Draft }) {
  const words = useWords();
  const { uploads } = useDesk().files;
  return (
    <div dir={words.dir}>
      <OnTheWay files={draft.files ?? []} uploads={uploads} words={fileWords(words)} />
    </div>
  );
}

export function ShownFiles({ files }: { files: readonly Attachment[] }) {
  const words = useWords();
  // The bubble runs as the words in it do, its files as the page does.
  return (
    <div dir={words.dir}>
      <Shown files={files} words={fileWords(words)} urlOf={urlOf} renew={renew} />
    </div>
  );
}

/** Short-lived, and so one that the browser may keep the picture by. */
function urlOf(file: Attachment): string {
  return file.url ? new URL(file.url, location.href).pathname : pathOf(file);
}

/** Asks for the session, and so is good as long as that. */
async function renew(file: Attachment): Promise<string> {
  return pathOf(file);
}
