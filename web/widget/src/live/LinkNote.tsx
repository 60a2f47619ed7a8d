/** Says that the line is down once it has been for a moment: a short drop is nobody's business. */

import { useEffect, useState } from "preact/hooks";
import type { ViewProps } from "../view/Window.tsx";

const MOMENT_MS = 2_000;

export function LinkNote({ session, state: { link } }: ViewProps) {
  const down = link === "offline" || link === "connecting";
  const [long, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (!down) return;
    const timer = setTimeout(() => setLong(true), MOMENT_MS);
    return () => clearTimeout(timer);
  }, [down]);
  return <div role="status">{down && long && <p class="link">{session.words.t(link)}</p>}</div>;
}
