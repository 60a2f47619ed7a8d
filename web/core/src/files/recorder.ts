/** Records a voice note with the device's microphone. */

import { LONGEST_S, recordedAs } from "./recordable.ts";

/** Speech needs no more. */
const BITS_PER_SECOND = 32_000;

export interface Recording {
  /** Of what is recorded so far. */
  seconds(): number;
  /** Ends it; undefined where nothing was heard. */
  stop(): Promise<File | undefined>;
  cancel(): void;
}

/** Why nothing can be recorded: the person or their browser does not allow it, there is no microphone, or it does not work. */
export type NoRecording = "denied" | "no_microphone" | "no_recording";

/** Asks for the microphone and begins. `onLimit`: it is as long as it gets. */
export async function record(onLimit: () => void): Promise<Recording | NoRecording> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
  } catch (error) {
    const name = (error as DOMException).name;
    if (name === "NotAllowedError" || name === "SecurityError") return "denied";
    return name === "NotFoundError" || name === "OverconstrainedError" ? "no_microphone" : "no_recording";
  }
  const silence = () => stream.getTracks().forEach((track) => track.stop());
  try {
    return begin(stream, silence, onLimit);
  } catch {
    silence();
    return "no_recording";
  }
}

function begin(stream: MediaStream, silence: () => void, onLimit: () => void): Recording {
  const [type, ending] = recordedAs()!;
  const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
  const chunks: Blob[] = [];
  const startedAt = performance.now();
  recorder.ondataavailable = ({ data }) => void (data.size && chunks.push(data));
  const ended = new Promise<void>((resolve) => (recorder.onstop = () => resolve()));
  // The device may be taken away: what was said until then is kept.
  stream.getTracks().forEach((track) => (track.onended = () => recorder.state === "recording" && onLimit()));
  recorder.start(1_000);
  const limit = setTimeout(onLimit, LONGEST_S * 1_000);

  const end = () => {
    clearTimeout(limit);
    if (recorder.state !== "inactive") recorder.stop();
    silence();
  };
  return {
    seconds: () => Math.min(LONGEST_S, (performance.now() - startedAt) / 1_000),
    async stop() {
      end();
      await ended;
      const kind = type.split(";")[0]!;
      return chunks.length ? new File(chunks, `voice-note.${ending}`, { type: kind }) : undefined;
    },
    cancel: end,
  };
}
