/** Files on their way to the server: one at a time, shown as they go, tried again by themselves until they are there or refused. */

import { newId, type DraftFile } from "../outbox.ts";
import type { Answer, Problem, UploadTerms } from "../types.ts";
import type { Shelf } from "./shelf.ts";
import type { Upload } from "./upload.ts";

/** How it stands with a file. */
export type Standing =
  | { is: "going"; share: number }
  /** The network or the server is not there: it is tried again by itself. */
  | { is: "waiting" }
  | { is: "here" }
  | { is: "refused"; problem: Refused };

export type Refused = Pick<Problem, "code" | "detail"> & { limit?: number };

export interface Uploads {
  /** Takes a file up and begins to upload it. */
  choose(file: Blob, name: string): DraftFile;
  standing(file: DraftFile): Standing;
  /** Goes on with it, also where it was refused or kept from an earlier page. */
  begin(file: DraftFile): void;
  /** Calls it off, and forgets its bytes. */
  drop(file: DraftFile): void;
  /** Brings all of them; each has its `id` then. Else answers why not: refused, or not now. */
  bring(files: readonly DraftFile[]): Promise<Answer | undefined>;
  /** The server does not have them any more: they are uploaded anew the next time. */
  renew(files: readonly DraftFile[]): void;
  /** Shows a file that is not sent yet; undefined while its bytes are looked for. */
  urlOf(file: DraftFile): string | undefined;
  subscribe(listener: () => void): () => void;
}

interface Job {
  file: DraftFile;
  standing: Standing;
  stop: AbortController;
  failures: number;
  again?: ReturnType<typeof setTimeout>;
  /** Who waits until it does not go any more. */
  waiting: (() => void)[];
}

const RETRY_MS = 1_000;
const RETRY_MOST_MS = 20_000;
/** Who is told to wait for longer is told so, and not kept waiting. */
const PATIENCE_MS = 60_000;

interface Options {
  upload: Upload;
  shelf: Shelf;
  /** Undefined while they are not known: then the server alone says what is too large. */
  terms: () => UploadTerms | undefined;
}

export function openUploads({ upload, shelf, terms }: Options): Uploads {
  const jobs = new Map<string, Job>();
  const urls = new Map<string, string | undefined>();
  const listeners = new Set<() => void>();
  let working = false;

  const tell = () => listeners.forEach((listener) => listener());

  const stands = (job: Job, standing: Standing) => {
    job.standing = standing;
    if (standing.is !== "going") for (const go of job.waiting.splice(0)) go();
    tell();
  };

  const jobOf = (file: DraftFile): Job => {
    let job = jobs.get(file.key);
    if (!job) {
      const standing: Standing = file.id ? { is: "here" } : { is: "waiting" };
      job = { file, standing, stop: new AbortController(), failures: 0, waiting: [] };
      jobs.set(file.key, job);
    }
    return job;
  };

  const begin = (file: DraftFile) => {
    const job = jobOf(file);
    if (job.standing.is === "going" || job.standing.is === "here") return;
    clearTimeout(job.again);
    const problem = notTaken(file, terms());
    if (problem) return stands(job, { is: "refused", problem });
    job.stop = new AbortController();
    stands(job, { is: "going", share: 0 });
    void work();
  };

  /** One after the other: the first is there sooner, and none takes longer. */
  const work = async () => {
    if (working) return;
    working = true;
    for (let job; (job = [...jobs.values()].find(({ standing }) => standing.is === "going"));) await carry(job);
    working = false;
  };

  const carry = async (job: Job) => {
    const { file, stop } = job;
    const bytes = await shelf.get(file.key);
    if (!bytes) return stands(job, { is: "refused", problem: { code: "file_lost" } });
    const share = (share: number) => {
      if (job.standing.is === "going") stands(job, { is: "going", share });
    };
    const answer = await upload(bytes, file.name, share, stop.signal);
    if (stop.signal.aborted) return stands(job, { is: "waiting" });
    if (answer.status === 201) {
      file.id = answer.body.id;
      return stands(job, { is: "here" });
    }
    const problem = refusalOf(answer);
    if (problem) return stands(job, { is: "refused", problem });
    stands(job, { is: "waiting" });
    const span = Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** job.failures++);
    job.again = setTimeout(() => begin(file), answer.retryAfter ?? span);
  };

  addEventListener("online", () => {
    for (const { file, standing } of jobs.values()) if (standing.is === "waiting") begin(file);
  });

  const release = (file: DraftFile) => {
    const url = urls.get(file.key);
    if (url) URL.revokeObjectURL(url);
    urls.delete(file.key);
    jobs.delete(file.key);
    shelf.drop(file.key);
  };

  return {
    choose(bytes, name) {
      const file = { key: newId(), name, content_type: bytes.type, size: bytes.size };
      urls.set(file.key, URL.createObjectURL(bytes));
      void shelf.put(file.key, bytes);
      begin(file);
      return file;
    },
    standing: (file) => jobOf(file).standing,
    begin,
    drop(file) {
      const job = jobs.get(file.key);
      clearTimeout(job?.again);
      job?.stop.abort();
      release(file);
      if (job) stands(job, { is: "waiting" });
    },
    async bring(files) {
      for (const file of files) {
        const job = jobOf(file);
        begin(file);
        if (job.standing.is === "going") await new Promise<void>((resolve) => job.waiting.push(resolve));
        const { standing } = job;
        if (standing.is === "refused") return { status: 422, body: standing.problem };
        if (standing.is !== "here") return { status: 0, body: null };
        // A draft that was read anew is another object for the same file.
        file.id = job.file.id;
      }
    },
    renew(files) {
      for (const file of files) {
        jobs.delete(file.key);
        delete file.id;
      }
    },
    urlOf(file) {
      if (!urls.has(file.key)) {
        urls.set(file.key, undefined);
        void shelf.get(file.key).then((bytes) => {
          if (!bytes) return;
          urls.set(file.key, URL.createObjectURL(bytes));
          tell();
        });
      }
      return urls.get(file.key);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** What is known beforehand not to be taken is not sent. */
function notTaken({ size }: DraftFile, terms: UploadTerms | undefined): Refused | undefined {
  if (!size) return { code: "empty" };
  if (terms && size > terms.limit) return { code: "too_large", limit: terms.limit };
}

function refusalOf({ status, body, retryAfter = 0 }: Answer): Refused | undefined {
  const final = status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status);
  if (!final && retryAfter < PATIENCE_MS) return;
  const problem = body as Problem | null;
  const limit = Number(problem?.limit) || undefined;
  return { code: problem?.code ?? (status === 413 ? "too_large" : ""), detail: problem?.detail, limit };
}
