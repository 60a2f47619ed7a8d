/** A socket's commands as HTTP requests that do the same. */

import { at, type Method, type Rest } from "./rest.ts";
import type { Answer, Command, Hint } from "./types.ts";

const ROUTES: Record<(Command | Hint)["type"], [Method, string]> = {
  post: ["POST", "/messages"],
  switch: ["POST", "/switch"],
  cancel: ["DELETE", "/switch"],
  revert: ["POST", "/revert"],
  decline: ["DELETE", "/invitation"],
  typing: ["POST", "/typing"],
  read: ["POST", "/read"],
};

/** Sends a command as a request of its own. */
export function request(send: Rest, { type, conversation, ...body }: Command | Hint): Promise<Answer> {
  const [method, part] = ROUTES[type];
  return send(method, at(conversation, part), Object.keys(body).length ? body : undefined);
}
