/** One upload: a request whose body is the file, and which tells how far it is. */

import type { Answer } from "../types.ts";

/** `POST /v1/attachments`. */
export interface Uploaded {
  id: string;
  name: string;
  content_type: string;
  size: number;
}

/** Sends a file. `onShare` hears the share that has left, 0 to 1. Status 0: no whole answer came, or it was called off. */
export type Upload = (
  file: Blob,
  name: string,
  onShare: (share: number) => void,
  signal: AbortSignal,
) => Promise<Answer<Uploaded>>;

/** An upload of which nothing more leaves for so long is over. */
const STALL_MS = 30_000;

/** Uploads to `base`, with a token as bearer, or else with the session's cookie. */
export function uploadTo(base: string, token?: () => string | undefined): Upload {
  // `fetch` does not tell how much has left.
  return (file, name, onShare, signal) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      let stalled: ReturnType<typeof setTimeout> | undefined;
      const stop = () => request.abort();
      const wait = () => {
        clearTimeout(stalled);
        stalled = setTimeout(stop, STALL_MS);
      };
      const settle = () => {
        clearTimeout(stalled);
        signal.removeEventListener("abort", stop);
        resolve(answerOf(request));
      };
      request.open("POST", `${base}/v1/attachments?name=${encodeURIComponent(name)}`);
      request.setRequestHeader("content-type", file.type || "application/octet-stream");
      const bearer = token?.();
      if (bearer) request.setRequestHeader("authorization", `Bearer ${bearer}`);
      request.upload.onprogress = ({ loaded, total }) => {
        wait();
        onShare(total ? loaded / total : 0);
      };
      request.onloadend = settle;
      if (signal.aborted) return settle();
      signal.addEventListener("abort", stop);
      wait();
      request.send(file);
    });
}

function answerOf(request: XMLHttpRequest): Answer<Uploaded> {
  const seconds = Number(request.status && request.getResponseHeader("retry-after"));
  const answer = { status: request.status, retryAfter: seconds ? seconds * 1000 : undefined };
  try {
    return { ...answer, body: JSON.parse(request.responseText) };
  } catch {
    // A proxy on the way may refuse in words of its own.
    return { ...answer, status: request.status < 400 ? 0 : request.status, body: null as never };
  }
}
