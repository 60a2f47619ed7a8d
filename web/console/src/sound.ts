/** Two soft notes for a visitor who writes unseen. Made here, so that nothing has to be fetched. */

const NOTES_HZ = [660, 880];
const NOTE_S = 0.14;
const LOUDNESS = 0.06;

let context: AudioContext | undefined;

export function chime(): void {
  context ??= new AudioContext();
  // Browsers hold sound back until the page has been touched.
  if (context.state === "suspended") void context.resume();
  NOTES_HZ.forEach((pitch, i) => note(context!, pitch, context!.currentTime + i * NOTE_S));
}

function note(sound: AudioContext, pitch: number, at: number): void {
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 2 * NOTE_S);
  tone.connect(volume).connect(sound.destination);
  tone.start(at);
  tone.stop(at + 2 * NOTE_S);
}
