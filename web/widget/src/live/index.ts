/** All that a begun chat needs and a blank one does not: the line to the server, the switch, and their views. */

import type { Session } from "../session.ts";
import css from "./live.css?inline";
import * as views from "./views.tsx";
import { openVisitor, type Visitor } from "./visitor.ts";

export interface LiveSide extends Visitor {
  views: typeof views;
}

export function goLive(session: Session): LiveSide {
  session.dress(css);
  return { ...openVisitor(session), views };
}
