/** The drawings of a begun chat. */

import { Stroke } from "../view/icons.tsx";

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  phone: "M8 2.5h8a2 2 0 012 2v15a2 2 0 01-2 2H8a2 2 0 01-2-2v-15a2 2 0 012-2zM11 18.5h2",
  chat: "M4 5h16v11H10l-4 3.5V16H4z",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v.1M18 18h2v2h-2zM14 20v.1",
  back: "M9 14l-5-5 5-5M4 9h9a6.5 6.5 0 010 13h-2",
  alert: "M12 8v5M12 16.5v.1M12 3a9 9 0 100 18 9 9 0 000-18z",
  check: "M5 12.5l4.5 4.5L19 7",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return <Stroke name={name} path={PATHS[name]} />;
}
