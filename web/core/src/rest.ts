/** The HTTP side: one request, one answer, and never a throw. */

import { tell } from "./clock.ts";
import type { Answer } from "./types.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Rest = <T = unknown>(method: Method, path: string, body?: unknown) => Promise<Answer<T>>;

const PATIENCE_MS = 15_000;

/**
 * Requests to `base` (an origin, or empty for the page's own). With a token it is sent as bearer and cookies are not; without,
 * the session cookie speaks. Status 0 means that no whole answer came.
 */
export function rest(base: string, token?: () => string | undefined): Rest {
  return async <T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> => {
    const bearer = token?.();
    try {
      const response = await fetch(base + path, {
        method,
        credentials: token ? "omit" : "same-origin",
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(bearer ? { authorization: "Bearer " + bearer } : {}),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await response.text();
      const parsed = text ? JSON.parse(text) : null;
      tell(parsed?.now);
      const seconds = Number(response.headers.get("retry-after"));
      return { status: response.status, body: parsed, retryAfter: seconds ? seconds * 1000 : undefined };
    } catch {
      return { status: 0, body: null as T };
    }
  };
}

/** The path of a conversation, or of something of it. */
export function at(conversation: string, part = ""): string {
  return `/v1/conversations/${encodeURIComponent(conversation)}${part}`;
}
