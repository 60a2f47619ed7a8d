/** The words of the operator's language, for every view below. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Words } from "./words.ts";

export const WordsContext = createContext<Words | null>(null);

export function useWords(): Words {
  const words = useContext(WordsContext);
  if (!words) throw new Error("words are used outside of their context");
  return words;
}
