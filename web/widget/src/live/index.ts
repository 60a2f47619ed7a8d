/** All that a begun chat needs and a blank one does not: the line to the server, the switch, and their views. */

import type { Session } from "../session.ts";
import css from "./live.css?inline";
import * as views from "./views.tsx";
import { openVisitor, type Visitor } from "./visitor.ts";

type Log = typeof import("./Entries.tsx");

export interface LiveSide extends Visitor {
  views: typeof views & Pick<Log, "Entries" | "Writing">;
}

/** The log's entries come in a file of their own, beside this one. */
export function goLive(session: Session, { Entries, Writing, css: entriesCss }: Log): LiveSide {
  session.dress(css);
  session.dress(entriesCss);
  return { ...openVisitor(session), views: { ...views, Entries, Writing } };
}
