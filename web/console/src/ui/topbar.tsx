/** Whose desk this is: the organization, the operator's presence, and the settings. */

import type { Presence } from "@switchboard/core";
import { LOCALES, THEMES } from "../desk/settings.ts";
import { useStore } from "../desk/store.ts";
import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";
import { useDesk, useDeskState, useSettings } from "./context.ts";
import { useLeads } from "./guard.tsx";
import { Icon } from "./icon.tsx";
import { Menu, type MenuItem } from "./menu.tsx";
import { IconButton } from "./parts.tsx";

const PRESENCES: readonly Presence[] = ["online", "busy", "offline"];
export const PRESENCE_WORDS: Record<Presence, Key> = {
  online: "presence.online",
  busy: "presence.busy",
  offline: "presence.offline",
};
const PRESENCE_NOTES: Record<Presence, Key> = {
  online: "presence.online_note",
  busy: "presence.busy_note",
  offline: "presence.offline_note",
};
const THEME_WORDS: Record<(typeof THEMES)[number], Key> = {
  system: "theme.system",
  light: "theme.light",
  dark: "theme.dark",
};
/** Languages are named in themselves. */
const LANGUAGES: Record<(typeof LOCALES)[number], string> = { en: "English", ar: "العربية" };

interface Props {
  onKeys: () => void;
  onGuard: () => void;
}

export function Topbar({ onKeys, onGuard }: Props) {
  const { t } = useWords();
  const desk = useDesk();
  const session = useDeskState((state) => state.session);
  const presence = useDeskState((state) => state.presence);

  const presences = PRESENCES.map((one): MenuItem => ({
    key: one,
    label: t(PRESENCE_WORDS[one]),
    note: t(PRESENCE_NOTES[one]),
    checked: one === presence,
    onPick: () => void desk.setPresence(one),
  }));

  return (
    <header class="topbar">
      <p class="topbar-name">
        <bdi>{session.organization.name}</bdi>
      </p>
      <Menu
        items={presences}
        class="presence"
        align="end"
        label={t("presence.label", { now: t(PRESENCE_WORDS[presence]) })}
      >
        <span class={`dot dot-${presence}`} />
        <span class="presence-word">{t(PRESENCE_WORDS[presence])}</span>
        <Icon name="down" />
      </Menu>
      <IconButton icon="keys" label={t("keys.title")} keys="?" class="topbar-keys" onClick={onKeys} />
      <SettingsMenu onGuard={onGuard} />
    </header>
  );
}

/** The two lists of the desk. */
export function Sides() {
  const { t, number } = useWords();
  const desk = useDesk();
  const inLeads = useDeskState((state) => state.route.lead !== undefined);
  const fresh = useStore(desk.leads.store, (state) => state.fresh);
  return (
    <nav class="sides" aria-label={t("sides.title")}>
      <button
        type="button"
        class="side"
        aria-current={inLeads ? undefined : "page"}
        onClick={() => desk.go({ conversation: null, panel: false })}
      >
        <Icon name="chat" />
        {t("sides.chats")}
      </button>
      <button
        type="button"
        class="side"
        id="leads-side"
        aria-current={inLeads ? "page" : undefined}
        aria-keyshortcuts="l"
        title={`${t("leads.title")} (l)`}
        onClick={() => desk.go({ conversation: null, panel: false, lead: null })}
      >
        <Icon name="leads" />
        {t("leads.title")}
        {fresh > 0 && (
          <span class="badge">
            {number(fresh)}
            <span class="unseen"> {t("leads.fresh")}</span>
          </span>
        )}
      </button>
    </nav>
  );
}

function SettingsMenu({ onGuard }: Pick<Props, "onGuard">) {
  const { t } = useWords();
  const desk = useDesk();
  const settings = useSettings();
  const { theme, locale, sound } = useStore(settings, (state) => state);
  const operator = useDeskState((state) => state.session.operator);
  const leads = useLeads();
  const items: MenuItem[] = [
    ...THEMES.map((one): MenuItem => ({
      key: one,
      label: t(THEME_WORDS[one]),
      checked: one === theme,
      onPick: () => settings.set({ theme: one }),
    })),
    ...LOCALES.map((one, i): MenuItem => ({
      key: one,
      label: LANGUAGES[one],
      checked: one === locale,
      apart: i === 0,
      onPick: () => settings.set({ locale: one }),
    })),
    {
      key: "sound",
      label: t("settings.sound"),
      checked: sound,
      apart: true,
      onPick: () => settings.set({ sound: !sound }),
    },
    ...(leads ? [{ key: "guard", label: t("guard.title"), apart: true, onPick: onGuard }] : []),
    {
      key: "out",
      label: t("sign_out"),
      note: operator.email,
      apart: true,
      onPick: () => void desk.signOut(),
    },
  ];
  return (
    <Menu items={items} class="icon-button" align="end" label={t("settings.title")}>
      <Icon name="more" />
    </Menu>
  );
}
