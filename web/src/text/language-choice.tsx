import { Choice } from '../ui/pieces.tsx';
import { LANGUAGES, language, useTexts } from './language.ts';

/** The switch between languages. */
export function LanguageChoice() {
  const label = useTexts()?.texts.language ?? 'Language';
  return (
    <Choice
      label={label}
      value={language.value}
      options={LANGUAGES}
      onChange={(chosen) => {
        language.value = chosen;
      }}
    />
  );
}
