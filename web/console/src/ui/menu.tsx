/** A button that opens a list of things to do: arrows move, Enter takes, Escape closes. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ChannelIcon, Icon, type IconName } from "./icon.tsx";

export interface MenuItem {
  key: string;
  label: string;
  /** A second, quieter line; where the item cannot be taken, it says why. */
  note?: string;
  icon?: IconName;
  /** Stands for a channel: its drawing, in its colour. */
  channel?: string;
  checked?: boolean;
  disabled?: boolean;
  /** Opens a new group. */
  apart?: boolean;
  onPick: () => void;
}

interface MenuProps {
  items: MenuItem[];
  /** What the button says to a screen reader where its content does not. */
  label?: string;
  children: ComponentChildren;
  class?: string;
  side?: "above" | "below";
  align?: "start" | "end";
  keys?: string;
  id?: string;
}

export function Menu({
  items,
  label,
  children,
  class: extra = "",
  side = "below",
  align = "start",
  keys,
  id,
}: MenuProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const own = useId();

  useEffect(() => {
    if (!open) return;
    pickable(box.current)[0]?.focus();
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    addEventListener("focusin", away);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("focusin", away);
    };
  }, [open]);

  // The item that had the focus may be gone with what has changed meanwhile.
  useEffect(() => {
    if (open && document.activeElement === document.body) pickable(box.current)[0]?.focus();
  });

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };

  const onKey = (event: KeyboardEvent) => {
    const list = pickable(box.current);
    const here = list.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1 + list.length, Home: 0, End: list.length - 1 }[event.key];
    if (event.key === "Escape") close();
    else if (to !== undefined && open) list[to % list.length]?.focus();
    else if (event.key === "ArrowDown" && !open) setOpen(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="menu" ref={box} onKeyDown={onKey}>
      <button
        ref={button}
        id={id}
        type="button"
        class={extra}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? own : undefined}
        aria-label={label}
        title={label && keys ? `${label} (${keys})` : label}
        aria-keyshortcuts={keys}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && (
        <div class={`menu-list menu-${side} menu-${align}`} id={own} role="menu">
          {items.map((item) => (
            <button
              key={item.key}
              type="button"
              role={item.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={item.checked}
              aria-disabled={item.disabled}
              tabIndex={-1}
              class={`menu-item ${item.apart ? "menu-apart" : ""}`}
              onClick={() => {
                if (item.disabled) return;
                close();
                item.onPick();
              }}
            >
              {item.icon && <Icon name={item.icon} />}
              {item.channel && <ChannelIcon channel={item.channel} />}
              <span class="menu-words">
                <span>{item.label}</span>
                {item.note && <span class="menu-note">{item.note}</span>}
              </span>
              {item.checked && <Icon name="check" class="menu-check" />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function pickable(box: HTMLElement | null): HTMLButtonElement[] {
  return [...(box?.querySelectorAll<HTMLButtonElement>('[role^="menuitem"]') ?? [])];
}
