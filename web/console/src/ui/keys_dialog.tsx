/** What each key does. */

import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";
import { Dialog } from "./dialog.tsx";
import { Kbd } from "./parts.tsx";

const KEYS: readonly (readonly [string[], Key])[] = [
  [["j", "k"], "keys.rows"],
  [["⏎"], "keys.open"],
  [["n"], "keys.next"],
  [["/"], "keys.search"],
  [["w"], "keys.write"],
  [["⏎", "Ctrl ⏎"], "keys.send"],
  [["f"], "keys.files"],
  [["v"], "keys.voice"],
  [["p"], "keys.template"],
  [["s"], "keys.again"],
  [["c"], "keys.claim"],
  [["r"], "keys.resolve"],
  [["t"], "keys.transfer"],
  [["m"], "keys.move"],
  [["a"], "keys.ask"],
  [["i"], "keys.panel"],
  [["l"], "keys.leads"],
  [["e"], "keys.rename"],
  [["Esc"], "keys.back"],
  [["?"], "keys.help"],
];

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={does} class="keys-row">
            <dt>
              {keys.map((key) => (
                <span key={key}>
                  <Kbd>{key}</Kbd>
                  <span class="unseen">{key}</span>
                </span>
              ))}
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
