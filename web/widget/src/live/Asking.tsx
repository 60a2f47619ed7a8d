/** The number area's place: it is fetched when it is first asked for. */

import { useEffect, useState } from "preact/hooks";
import type { ViewProps } from "../view/Window.tsx";
import type { NumberArea } from "../number/NumberArea.tsx";

export function Asking({ session, state }: ViewProps) {
  const [area, setArea] = useState<{ View: typeof NumberArea }>();
  useEffect(() => {
    Promise.all([import("../number/NumberArea.tsx"), session.words.learn("number")]).then(
      ([module]) => {
        module.sheets.forEach(session.dress);
        setArea({ View: module.NumberArea });
      },
      () => session.set({ asking: undefined, failure: { key: "offline" } }),
    );
  }, []);
  if (!area) return <div class="asking" aria-busy="true" />;
  const { asking } = state;
  return (
    <area.View key={`${asking!.channel} ${asking!.invitation}`} session={session} state={state} asking={asking!} />
  );
}
