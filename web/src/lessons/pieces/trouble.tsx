import { Notice } from '../../ui/pieces.tsx';
import { useWords } from '../words.ts';

/** An error message instead of a result. */
export function Trouble({ text }: { text: string | null }) {
  const { words } = useWords();
  if (text === null) return null;
  return (
    <Notice title={words.trouble} kind="bad" testId="trouble">
      <p lang="en">{text}</p>
    </Notice>
  );
}
