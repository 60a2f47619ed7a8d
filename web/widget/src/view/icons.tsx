/** The drawings that a blank chat needs, as strokes of the text's colour; `live/icons.tsx` has the others. */

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  send: "M5 12h13M12 5.5l6.5 6.5-6.5 6.5",
};

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return <Stroke name={name} path={PATHS[name]} />;
}

export function Stroke({ name, path }: { name: string; path: string }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
