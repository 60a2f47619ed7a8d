/** One value that many views read: they are told when the part that they look at has changed. */

import { useEffect, useRef, useState } from "preact/hooks";

export interface Store<S> {
  get(): S;
  set(change: Partial<S>): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<S extends object>(initial: S): Store<S> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(change) {
      value = { ...value, ...change };
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The part of the store that `select` picks; the view is drawn anew when that part is another. */
export function useStore<S extends object, T>(store: Store<S>, select: (state: S) => T): T {
  const picked = select(store.get());
  const shown = useRef(picked);
  shown.current = picked;
  const latest = useRef(select);
  latest.current = select;
  const [, redraw] = useState(0);
  useEffect(() => {
    const check = () => {
      if (!Object.is(latest.current(store.get()), shown.current)) redraw((n) => n + 1);
    };
    check();
    return store.subscribe(check);
  }, [store]);
  return picked;
}
