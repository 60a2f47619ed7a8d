/** The few drawings of the page. They repeat what words beside them say, so they are hidden from screen readers. */

const PATHS = {
  back: "M15 4 7 12l8 8",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9l6 6 6-6",
  network: "M12 20v-8M7.8 16.2a6 6 0 1 1 8.4 0M4.9 19.1a10 10 0 1 1 14.2 0",
  pen: "M4 20h4L19 9l-4-4L4 16v4z",
  phone: "M8 2h8a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zM11 18.5h2",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.6-6 8-6s8 2 8 6",
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
