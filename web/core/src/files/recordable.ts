/** Whether this browser can record, and how. */

/** Longer than this a voice note does not get. */
export const LONGEST_S = 300;

/** What phones and providers play, the most widely played first. */
const FORMATS = [
  ["audio/ogg;codecs=opus", "ogg"],
  ["audio/mp4;codecs=mp4a.40.2", "m4a"],
  ["audio/mp4", "m4a"],
  ["audio/webm;codecs=opus", "webm"],
] as const;

export function canRecord(): boolean {
  return typeof MediaRecorder === "function" && !!navigator.mediaDevices?.getUserMedia && !!recordedAs();
}

/** The media type and the ending of a name. */
export function recordedAs() {
  return FORMATS.find(([type]) => MediaRecorder.isTypeSupported(type));
}
