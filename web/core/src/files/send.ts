/** A message with files: they are brought first, and then it is said, once. */

import type { Draft } from "../outbox.ts";
import type { Answer, Problem } from "../types.ts";
import type { Uploads } from "./uploads.ts";

/** The answer to a draft that is not wanted any more: there is nothing left to do for it. */
const NOTHING: Answer = { status: 204, body: null };
const AT_ONCE: Answer = { status: 0, body: null, retryAfter: 1 };

/** So long they are shown from here at most, until their message is in the log. */
const SHOWN_MS = 10_000;

/** Drafts whose files were brought a second time. */
const renewed = new Set<string>();

/** Brings what goes with a draft and says it by `say`. */
export async function sendWithFiles(
  draft: Draft,
  uploads: Uploads,
  keep: () => boolean,
  say: (attachments: string[]) => Promise<Answer>,
): Promise<Answer> {
  const files = draft.files ?? [];
  const failed = await uploads.bring(files);
  if (failed) return failed;
  // Kept before it is said: said again after a reload, it must be the same.
  if (!keep()) return NOTHING;
  const answer = await say(files.map(({ id }) => id!));
  const code = (answer.body as Problem | null)?.code;
  if (code === "no_such_attachment" && !renewed.has(draft.client_id)) {
    // It took too long, or we are somebody else now: what was uploaded is gone.
    renewed.add(draft.client_id);
    uploads.renew(files);
    keep();
    return AT_ONCE;
  }
  // Another tab has said it, with files that it had brought itself.
  const said = (answer.status >= 200 && answer.status < 300) || code === "client_id_reused";
  if (said) setTimeout(() => files.forEach(uploads.drop), SHOWN_MS);
  return said && code ? NOTHING : answer;
}
