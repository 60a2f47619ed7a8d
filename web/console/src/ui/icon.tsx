/** Small line drawings, all on one grid of sixteen. They are decoration: the words beside them say it. */

const SHAPES = {
  alert: "M8 2.2 14.4 13.4H1.6zM8 6.4v3.2M8 11.6v.1",
  ask: "M2.5 3.5h11v7.5h-6L4.5 13.5V11h-2zM6.3 6.2a1.7 1.7 0 1 1 2.3 1.6c-.4.2-.6.4-.6.7M8 9.6v.1",
  back: "M10 3.5 5.5 8l4.5 4.5",
  chat: "M2.5 3.5h11v7.5h-6L4.5 13.5V11h-2z",
  check: "m3 8.5 3.2 3.2L13 5",
  clock: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 5v3.2l2.2 1.4",
  close: "m4 4 8 8M12 4l-8 8",
  down: "m4 6 4 4 4-4",
  edit: "m10.8 3 2.2 2.2-7.3 7.3-2.9.7.7-2.9zM9.3 4.5l2.2 2.2",
  globe:
    "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12M8 2c2 1.8 2.6 3.8 2.6 6S10 12.2 8 14C6 12.2 5.4 10.2 5.4 8S6 3.8 8 2z",
  hourglass: "M4.5 2.5h7M4.5 13.5h7M5.5 2.5v2L8 8l-2.5 3.5v2M10.5 2.5v2L8 8l2.5 3.5v2",
  inbox: "M2.5 9 4.3 3.5h7.4L13.5 9v3.5h-11zM2.5 9H6l1 1.5h2L10 9h3.5",
  keys: "M2 4.5h12v7H2zM4.5 7h.1M7 7h.1M9.5 7h.1M11.5 7h.1M5 9.5h6",
  leads:
    "M2 3h12v10H2zM5.6 8a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8zM3.5 11c.3-1 1.1-1.5 2.1-1.5s1.8.5 2.1 1.5M10 6h2.2M10 8.5h2.2",
  mail: "M2 3.5h12v9H2zM2 4.5l6 4.5 6-4.5",
  more: "M4 8h.1M8 8h.1M12 8h.1",
  move: "M3 5.5h9M9.5 3l2.5 2.5L9.5 8M13 10.5H4M6.5 8 4 10.5 6.5 13",
  panel: "M2.5 3.5h11v9h-11zM9.5 3.5v9",
  person: "M8 8.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM3.3 13.3c.5-2.3 2.4-3.5 4.7-3.5s4.2 1.2 4.7 3.5",
  phone: "M5 1.8h6a1 1 0 0 1 1 1v10.4a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V2.8a1 1 0 0 1 1-1zM7.2 12h1.6",
  queue: "M3 4.5h10M3 8h10M3 11.5h6",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14",
  send: "M2.5 8h10M8.5 4l4 4-4 4",
  sms: "M2.5 3h11v8H8l-3 2.5V11H2.5zM5.4 7h.1M8 7h.1M10.6 7h.1",
  stop: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM3.8 3.8l8.4 8.4",
  telegram: "M14 2.8 1.8 7.4l3.9 1.6L7.2 13.2l2.2-2.6 3 2.2zM5.7 9l5.6-4.1-3.4 4.7",
  template: "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h2.5",
  undo: "M5.5 3 2.8 5.7l2.7 2.7M3 5.7h6.2a3.6 3.6 0 0 1 0 7.2H6",
  whatsapp:
    "M8 2a6 6 0 0 0-5.1 9.1L2.2 14l2.9-.8A6 6 0 1 0 8 2zM6 5.2c-.5.3-.8.9-.6 1.7.5 1.9 1.9 3.3 3.8 3.7.8.2 1.4-.2 1.6-.8L9.5 9l-.8.6c-1-.4-1.8-1.2-2.2-2.2l.6-.8z",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, class: extra = "" }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${MIRRORED.has(name) ? "icon-turns" : ""} ${extra}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}

/** Drawings that point along the line, and so the other way where lines run from right to left. */
const MIRRORED = new Set<IconName>(["back", "send", "undo", "queue", "panel"]);

const CHANNELS = {
  web: "globe",
  sms: "sms",
  whatsapp: "whatsapp",
  telegram: "telegram",
} as const satisfies Record<string, IconName>;

export function channelIcon(channel: string): IconName {
  return isKnown(channel) ? CHANNELS[channel] : "chat";
}

/** The class that gives what stands for a channel its colour. */
export function channelTint(channel: string): string {
  return `of-${isKnown(channel) ? channel : "other"}`;
}

/** Its drawing in its colour. */
export function ChannelIcon({ channel }: { channel: string }) {
  return <Icon name={channelIcon(channel)} class={channelTint(channel)} />;
}

function isKnown(channel: string): channel is keyof typeof CHANNELS {
  return Object.hasOwn(CHANNELS, channel);
}
