import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { controlsEn } from '../text/en/controls.ts';
import type { Texts } from '../text/en.ts';
import { fill, type Language } from '../text/fill.ts';

/** The texts of the controls in the language of a lesson; in English on other pages. */
export interface Words {
  words: Texts['controls'];
  language: Language;
}

export const WordsContext = createContext<Words>({ words: controlsEn, language: 'en' });

/** Returns the texts of the controls, and a function that fills in values. */
export function useWords(): Words & {
  fillIn: (text: string, values: Readonly<Record<string, string | number>>) => string;
} {
  const { words, language } = useContext(WordsContext);
  return { words, language, fillIn: (text, values) => fill(text, values, language) };
}
