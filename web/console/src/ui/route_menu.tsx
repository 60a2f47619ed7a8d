/** Where answers go, and everywhere else they could go. */

import type { Conversation, Offer } from "@switchboard/core";
import { askable, beyond, canAsk, entryOf, hasWindow, moveBlock, ways, type Block } from "../desk/ways.ts";
import { channelName, legName } from "../words/people.ts";
import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";
import { useDesk, useDeskState, useWindowEnd } from "./context.ts";
import { ChannelIcon, Icon } from "./icon.tsx";
import { Menu, type MenuItem } from "./menu.tsx";
import { useMove } from "./move.ts";

export const askKey = (offer: Offer): Key => (entryOf(offer) === "link" ? "ask.link" : "ask.number");

const BLOCK_WORDS: Record<Block, Key> = {
  active: "block.active",
  not_here: "block.not_here",
  opted_out: "block.opted_out",
  moving: "block.moving",
  window: "block.window",
  resolved: "block.resolved",
  held: "block.held",
};

/** Why something cannot be done now. */
export function blockKey(block: Block, row: Conversation): Key {
  return block === "window" && !hasWindow(row) ? "block.moved" : BLOCK_WORDS[block];
}

interface Props {
  row: Conversation;
  onOtherNumber: (channel: string) => void;
}

export function RouteMenu({ row, onOtherNumber }: Props) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const me = useDeskState((state) => state.session.operator.id);
  const move = useMove(row);
  useWindowEnd(row);
  const block = moveBlock(row, me);
  const now = row.active_leg ? legName(row.active_leg, words, row) : t("head.unreachable");

  const items: MenuItem[] = ways(row, me).map((way) => ({
    key: way.channel + way.address,
    label: legName(way, words, row),
    note: way.block
      ? t(blockKey(way.block, row))
      : way.proof
        ? words.of("proof", way.proof, "proof.claimed")
        : undefined,
    channel: way.channel,
    checked: way.block === "active",
    disabled: way.block !== null,
    onPick: () => void move(way),
  }));
  askable(row).forEach((offer, i) => {
    const channel = channelName(offer.channel, words);
    items.push({
      key: "ask" + offer.channel,
      label: t(askKey(offer), { channel }),
      note: row.invitation ? t("ask.open") : canAsk(row, me) ? t("ask.how") : t("ask.only_web"),
      icon: "ask",
      apart: i === 0,
      disabled: !canAsk(row, me),
      onPick: () => void desk.ask(row.id, offer),
    });
  });
  const [other] = beyond(row);
  if (other) {
    items.push({
      key: "other",
      label: t("move.other"),
      icon: "phone",
      note: block ? t(blockKey(block, row)) : undefined,
      disabled: block !== null,
      onPick: () => onOtherNumber(other.channel),
    });
  }

  return (
    <Menu items={items} id="route" class="route" side="above" label={t("route.label", { leg: now })} keys="m">
      {row.active_leg ? <ChannelIcon channel={row.active_leg.channel} /> : <Icon name="alert" />}
      <span class="route-words">{now}</span>
      <Icon name="down" />
    </Menu>
  );
}
