/** The few drawings of the page. They repeat what words beside them say, so they are hidden from screen readers. */

const PATHS = {
  attach: "M12 5v14M5 12h14",
  back: "M15 4 7 12l8 8",
  chat: "M4 20l1.3-3.9A8 8 0 1 1 8.4 19z",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9l6 6 6-6",
  network: "M12 20v-8M7.8 16.2a6 6 0 1 1 8.4 0M4.9 19.1a10 10 0 1 1 14.2 0",
  plane: "M21 4 3 11l5.5 2.2M21 4l-3 15-9.5-5.8M21 4 8.5 13.2V19l3.6-3.4",
  pen: "M4 20h4L19 9l-4-4L4 16v4z",
  phone: "M8 2h8a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zM11 18.5h2",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.6-6 8-6s8 2 8 6",
  place: "M12 21s7-6.2 7-11.5a7 7 0 0 0-14 0C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9.5v.01",
  tick: "M5 13l4 4L19 7",
  ticks: "M2 13l4 4L15.5 7M11 16l1 1L22 7",
  voice: "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zM6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  waiting: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7.5V12l3 2",
  file: "M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9zM13 3v6h6",
  alert: "M12 7v6M12 16.5v.5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
};

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" data-icon={name} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
