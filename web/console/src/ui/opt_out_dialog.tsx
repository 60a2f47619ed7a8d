/** Asks once more before an address is never written to again. */

import type { Conversation } from "@switchboard/core";
import { useState } from "preact/hooks";
import { channelName, placeName } from "../words/people.ts";
import { useWords } from "../words/context.ts";
import { useDesk } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { Button } from "./parts.tsx";

interface Props {
  row: Conversation;
  channel: string;
  address: string;
  onClose: () => void;
}

export function OptOutDialog({ row, channel, address, onClose }: Props) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    await desk.optOut(row.id, channel, address);
    onClose();
  };
  const values = { address: placeName({ channel, address }, row), channel: channelName(channel, words) };
  return (
    <Dialog title={t("opt_out.title", values)} onClose={onClose}>
      <div class="dialog-form">
        <p>{t("opt_out.how", values)}</p>
        <div class="dialog-keys">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button look="bad" disabled={busy} onClick={() => void go()}>
            {t("opt_out.do")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
