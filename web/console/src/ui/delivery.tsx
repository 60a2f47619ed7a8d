/** The fate of a message, as small as it can be while all is well. */

import type { Delivery, DeliveryState } from "@switchboard/core";
import { reasonWords } from "../words/refusals.ts";
import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";

const WORDS: Record<DeliveryState, Key> = {
  held: "delivery.held",
  queued: "delivery.queued",
  sent: "delivery.sent",
  uncertain: "delivery.uncertain",
  failed: "delivery.failed",
  delivered: "delivery.delivered",
  read: "delivery.read",
  withdrawn: "delivery.withdrawn",
};

/** States that need words: the others are told by their mark alone. */
const SPOKEN = new Set<DeliveryState>(["held", "uncertain", "failed", "withdrawn"]);

interface Props {
  delivery: Delivery | undefined;
  /** The mark alone, whatever the state: something near it says the rest. */
  quiet?: boolean;
}

export function DeliveryMark({ delivery, quiet }: Props) {
  const words = useWords();
  const key = delivery && WORDS[delivery.state];
  if (!delivery || !key) return null;
  const reason = delivery.state === "failed" && delivery.reason ? reasonWords(delivery.reason, words) : "";
  const text = reason ? `${words.t(key)}: ${reason}` : words.t(key);
  const spoken = SPOKEN.has(delivery.state) && !quiet;
  return (
    <span class={`delivery delivery-${delivery.state}`} dir={words.dir} title={spoken ? undefined : text}>
      <Ticks state={delivery.state} />
      <span class={spoken ? "" : "unseen"}>{text}</span>
    </span>
  );
}

function Ticks({ state }: { state: DeliveryState }) {
  const path = {
    held: "M4 3v6M8 3v6",
    queued: "M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM6 3.5V6l1.8 1",
    sent: "m2 6.5 2.5 2.5L10 3.5",
    uncertain: "M4 4.5a2 2 0 1 1 2.8 1.8c-.6.3-.8.6-.8 1.2M6 9.5v.1",
    failed: "M6 2v5M6 9.5v.1",
    delivered: "m1 6.5 2.5 2.5L9 3.5M7.5 8.5l.5.5 5.5-5.5",
    read: "m1 6.5 2.5 2.5L9 3.5M7.5 8.5l.5.5 5.5-5.5",
    withdrawn: "M9.5 2.5 2.5 9.5M2.5 2.5l7 7",
  }[state];
  const wide = state === "delivered" || state === "read";
  return (
    <svg class="ticks" viewBox={wide ? "0 0 15 12" : "0 0 12 12"} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
