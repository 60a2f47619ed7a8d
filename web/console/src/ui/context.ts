/** What every view of the signed-in console may reach: the desk and the settings. */

import type { Conversation } from "@switchboard/core";
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Desk } from "../desk/desk.ts";
import type { Settings } from "../desk/settings.ts";
import type { DeskState } from "../desk/state.ts";
import { useStore, type Store } from "../desk/store.ts";
import { windowLeft } from "../desk/ways.ts";

export const DeskContext = createContext<Desk | null>(null);
export const SettingsContext = createContext<Store<Settings> | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("the desk is used outside of its context");
  return desk;
}

/** The part of the desk's state that `select` picks. */
export function useDeskState<T>(select: (state: DeskState) => T): T {
  return useStore(useDesk().store, select);
}

export function useSettings(): Store<Settings> {
  const settings = useContext(SettingsContext);
  if (!settings) throw new Error("the settings are used outside of their context");
  return settings;
}

/** Draws the view anew when the visitor's time to put a move back is over. */
export function useWindowEnd(row: Conversation): void {
  const [, redraw] = useState(0);
  const { until } = row.switch;
  useEffect(() => {
    const wait = windowLeft(row.switch);
    if (wait === 0) return;
    const timer = setTimeout(() => redraw((n) => n + 1), wait + 50);
    return () => clearTimeout(timer);
  }, [until]);
}

/** The device's time, told again every `every` milliseconds: for words that grow old. */
export function useNow(every: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
