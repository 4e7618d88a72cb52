// The chosen language and its catalog, which is loaded when it is first used.
import { effect, signal } from '@preact/signals';
import type { Texts } from './en.ts';
import type { Language } from './fill.ts';

/** The languages by their own names. To add one, add a catalog and a line to LANGUAGES and LOADERS. */
export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['de', 'Deutsch'],
];

const LOADERS: Record<Language, () => Promise<Texts>> = {
  en: async () => (await import('./en.ts')).en,
  de: async () => (await import('./de.ts')).de,
};

const KEY = 'feathergrad-language';

function stored(): Language {
  try {
    return localStorage.getItem(KEY) === 'de' ? 'de' : 'en';
  } catch {
    return 'en'; // storage is disabled: the choice lasts until the page is closed
  }
}

/** The language that the reader has chosen. */
export const language = signal<Language>(stored());

const texts = signal<{ language: Language; texts: Texts } | null>(null);

effect(() => {
  const wanted = language.value;
  try {
    localStorage.setItem(KEY, wanted);
  } catch {
    // as above
  }
  LOADERS[wanted]().then(
    (loaded) => {
      if (language.peek() === wanted) texts.value = { language: wanted, texts: loaded };
    },
    () => {}, // offline: the texts of the language before stay
  );
});

/** Loads the catalog of a language. */
export const textsOf = (wanted: Language): Promise<Texts> => LOADERS[wanted]();

/** Returns the texts of the chosen language, or null until they are loaded. */
export const useTexts = (): { language: Language; texts: Texts } | null => texts.value;

export { fill, type Language } from './fill.ts';

/** Formats a date, in milliseconds since 1970, for the language. */
export const dateText = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(at);
