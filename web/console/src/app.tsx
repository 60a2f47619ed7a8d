/** Who sees what: the door, or the desk. */

import type { Catalogue, Rest, Session } from "@switchboard/core";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import en from "../locales/en.json";
import { openDesk, type Desk } from "./desk/desk.ts";
import type { Settings } from "./desk/settings.ts";
import { useStore, type Store } from "./desk/store.ts";
import { demoSession, readSession } from "./session.ts";
import { chime } from "./sound.ts";
import { SettingsContext } from "./ui/context.ts";
import { DeskView } from "./ui/desk_view.tsx";
import { Button } from "./ui/parts.tsx";
import { SignIn } from "./ui/sign_in.tsx";
import { isolate, visitorName } from "./words/people.ts";
import { WordsContext, useWords } from "./words/context.ts";
import { speak, type Words } from "./words/words.ts";

/** English comes with the code; the others when they are spoken. */
const CATALOGUES: Record<string, () => Promise<{ default: Catalogue }>> = {
  ar: () => import("../locales/ar.json"),
};

interface Props {
  rest: Rest;
  settings: Store<Settings>;
  demo: boolean;
}

export function App({ rest, settings, demo }: Props) {
  const { theme, locale } = useStore(settings, (state) => state);
  const words = useCatalogue(locale);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    if (!words) return;
    document.documentElement.lang = words.locale;
    document.documentElement.dir = words.dir;
  }, [words]);
  if (!words) return null;
  return (
    <WordsContext.Provider value={words}>
      <SettingsContext.Provider value={settings}>
        <Entrance rest={rest} settings={settings} demo={demo} />
      </SettingsContext.Provider>
    </WordsContext.Provider>
  );
}

function useCatalogue(locale: string): Words | null {
  const [words, setWords] = useState<Words | null>(() => (CATALOGUES[locale] ? null : speak("en", en)));
  useEffect(() => {
    let current = true;
    const load = CATALOGUES[locale];
    if (!load) setWords(speak("en", en));
    else {
      load().then(
        ({ default: catalogue }) => current && setWords(speak(locale, { ...en, ...catalogue })),
        () => current && setWords(speak("en", en)),
      );
    }
    return () => {
      current = false;
    };
  }, [locale]);
  return words;
}

type Door = "looking" | "shut" | "unreached";

function Entrance({ rest, settings, demo }: Props) {
  const words = useWords();
  const [session, setSession] = useState<Session | null>(null);
  const [door, setDoor] = useState<Door>("looking");

  const look = useCallback(async () => {
    const found = await (demo ? demoSession(rest) : readSession(rest));
    setDoor(found === undefined ? "unreached" : "shut");
    setSession(found ?? null);
    return found ?? null;
  }, [rest, demo]);
  useEffect(() => void look(), [look]);

  const latest = useMemo(() => ({ words }), []);
  latest.words = words;
  const desk = useMemo<Desk | null>(() => {
    if (!session) return null;
    const opened: Desk = openDesk({
      session,
      rest,
      onSignedOut: () => {
        setDoor("shut");
        setSession(null);
      },
      onUnseen: (row) => {
        if (settings.get().sound) chime();
        const { t } = latest.words;
        opened.say(t("said.new", { name: isolate(visitorName(row, latest.words)) }));
      },
    });
    return opened;
  }, [session, rest, settings, latest]);

  if (desk) return <DeskView desk={desk} />;
  if (door === "shut") return <SignIn rest={rest} onSession={look} />;
  return (
    <main class="door">
      {door === "looking" ? (
        <p role="status">{words.t("loading")}</p>
      ) : (
        <div class="door-box" role="alert">
          <p>{words.t("refusal.unreached")}</p>
          <Button onClick={() => void look()}>{words.t("retry")}</Button>
        </div>
      )}
    </main>
  );
}
