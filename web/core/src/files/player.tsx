/** Plays a voice note or another sound: a key, a place in it, and the time. One plays at a time. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Drawing } from "./icon.tsx";
import { spanWords } from "./kinds.ts";
import type { FileWords } from "./words.ts";

interface PlayerProps {
  src: string;
  label: string;
  words: FileWords;
  onBroken?: () => void;
}

let playing: HTMLAudioElement | undefined;
/** What a browser records does not say how long it is: asked for a place after its end, the browser finds out. */
const BEYOND_S = 1e7;

export function Player({ src, label, words: { t, locale }, onBroken }: PlayerProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const [runs, setRuns] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(0);
  useEffect(() => () => audio.current?.pause(), []);

  const measure = ({ currentTarget: sound }: { currentTarget: HTMLAudioElement }) => {
    if (sound.duration === Infinity) sound.currentTime = BEYOND_S;
    else {
      if (!length && sound.currentTime >= sound.duration) sound.currentTime = 0;
      setLength(sound.duration || 0);
    }
  };
  const toggle = () => {
    const sound = audio.current!;
    if (!sound.paused) return sound.pause();
    if (playing !== sound) playing?.pause();
    playing = sound;
    // What cannot be played says so by an error of its own.
    void sound.play().catch(() => {});
  };
  const time = spanWords(runs || at ? at : length, locale);

  return (
    <span class="f-sound" role="group" aria-label={label}>
      <audio
        ref={audio}
        src={src}
        preload="metadata"
        onLoadedMetadata={measure}
        onDurationChange={measure}
        onTimeUpdate={({ currentTarget: { currentTime } }) => setAt(currentTime >= BEYOND_S ? 0 : currentTime)}
        onPlay={() => setRuns(true)}
        onPause={() => setRuns(false)}
        onEnded={({ currentTarget: sound }) => {
          sound.currentTime = 0;
          setAt(0);
        }}
        onError={onBroken}
      />
      <button type="button" class="f-play" aria-label={t(runs ? "pause" : "play")} onClick={toggle}>
        <Drawing name={runs ? "pause" : "play"} />
      </button>
      <input
        type="range"
        min={0}
        max={length || 1}
        step="any"
        value={at}
        style={{ "--f-at": length ? at / length : 0 }}
        aria-label={t("position")}
        aria-valuetext={t("position_of", { at: spanWords(at, locale), length: spanWords(length, locale) })}
        onInput={({ currentTarget: { value } }) => (audio.current!.currentTime = Number(value))}
      />
      <span class="f-time" aria-hidden="true">
        {time}
      </span>
    </span>
  );
}
