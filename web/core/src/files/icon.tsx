/** The drawings that go with files. The words beside them say it. */

const SHAPES = {
  clip: "M20 11.5l-8.2 8.2a5 5 0 01-7.1-7.1l8.6-8.6a3.4 3.4 0 014.8 4.8l-8.6 8.6a1.7 1.7 0 01-2.4-2.4l7.9-7.9",
  microphone: "M12 3a3 3 0 013 3v5a3 3 0 01-6 0V6a3 3 0 013-3zM5.5 11a6.5 6.5 0 0013 0M12 17.5V21",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  stop: "M7 7h10v10H7z",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  again: "M19.5 12a7.5 7.5 0 11-2.2-5.3L19.5 9M19.5 4v5h-5",
  document: "M6 3h8l4.5 4.5V21H6zM13.5 3v5h5",
  download: "M12 4v11M7.5 10.5L12 15l4.5-4.5M5 20h14",
  picture: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5v.1",
  film: "M4 5h16v14H4zM10 9v6l5-3z",
  alert: "M12 8v5M12 16.5v.1M12 3a9 9 0 100 18 9 9 0 000-18z",
  send: "M5 12h13M12 5.5l6.5 6.5-6.5 6.5",
} as const;

export type FileIcon = keyof typeof SHAPES;

export function Drawing({ name }: { name: FileIcon }) {
  return (
    <svg class={`icon f-icon f-icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
