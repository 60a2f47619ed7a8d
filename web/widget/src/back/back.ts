/** What a link from the visitor's phone does to a browser. */

import { forgetDrafts } from "../../../core/src/outbox.ts";
import type { Answer, CameBack } from "../../../core/src/types.ts";
import type { Identity } from "../identity.ts";

/** The browser is from now on whom the link was for; what was to be sent to another chat goes with that one. */
export function become({ token, conversation }: CameBack, widgetKey: string, identity: Identity, store: Storage): void {
  if (identity.conversation !== conversation.id) forgetDrafts(widgetKey, store);
  identity.forget();
  identity.keep({ token, conversation: conversation.id });
}

/** What became of pressing the button, where it did not lead back: a key of the catalogue. */
export function refusalOf({ status, body }: Answer): string {
  if (!status) return "back_offline";
  if (status === 429) return "back_too_many";
  return (body as { code?: string } | null)?.code === "link_gone" ? "back_gone" : "back_failed";
}
