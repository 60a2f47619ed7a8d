/** The small parts that several views are made of. */

import type { ComponentChildren } from "preact";
import { Icon, channelIcon, channelTint, type IconName } from "./icon.tsx";
import { initials, tint } from "../words/people.ts";

export function Avatar({ name, id, here }: { name: string | null | undefined; id: string; here?: boolean }) {
  const letters = initials(name);
  return (
    <span class={`avatar tint-${tint(id)}`} aria-hidden="true">
      {letters || <Icon name="person" />}
      {here && <span class="avatar-here" />}
    </span>
  );
}

/** A key of the keyboard, as a hint. Screen readers have `aria-keyshortcuts` on the control itself. */
export function Kbd({ children }: { children: string }) {
  return (
    <kbd class="kbd" aria-hidden="true">
      {children}
    </kbd>
  );
}

interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  icon?: IconName;
  look?: "plain" | "main" | "quiet" | "bad";
  keys?: string;
  disabled?: boolean;
  id?: string;
  small?: boolean;
}

export function Button({ children, onClick, icon, look = "plain", keys, disabled, id, small }: ButtonProps) {
  return (
    <button
      type="button"
      id={id}
      class={`button button-${look} ${small ? "button-small" : ""}`}
      onClick={onClick}
      disabled={disabled}
      aria-keyshortcuts={keys}
    >
      {icon && <Icon name={icon} />}
      <span>{children}</span>
      {keys && <Kbd>{keys}</Kbd>}
    </button>
  );
}

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick: () => void;
  pressed?: boolean;
  class?: string;
  keys?: string;
  id?: string;
}

export function IconButton({ icon, label, onClick, pressed, class: extra = "", keys, id }: IconButtonProps) {
  return (
    <button
      type="button"
      id={id}
      class={`icon-button ${extra}`}
      aria-label={label}
      title={keys ? `${label} (${keys})` : label}
      aria-pressed={pressed}
      aria-keyshortcuts={keys}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** The mark of a channel: its drawing and its name. */
export function ChannelTag({ channel, label }: { channel: string; label: string }) {
  return (
    <span class={`channel ${channelTint(channel)}`}>
      <Icon name={channelIcon(channel)} />
      <span>{label}</span>
    </span>
  );
}
