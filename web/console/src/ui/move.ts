/** Moving a conversation for its visitor, with what the server answers told to the operator. */

import type { Conversation } from "@switchboard/core";
import type { Way } from "../desk/ways.ts";
import { useDesk } from "./context.ts";

export function useMove(row: Conversation): (way: Pick<Way, "channel" | "address">) => Promise<void> {
  const desk = useDesk();
  return async ({ channel, address }) => {
    // Only a number can be given; what a channel alone understands, the server knows of the visitor.
    const number = address?.startsWith("+") ? address : undefined;
    const problem = await desk.move(row.id, channel, number);
    if (problem) desk.tell(problem, row.id);
  };
}
