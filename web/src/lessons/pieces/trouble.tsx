import { Notice } from '../../ui/pieces.tsx';

/** An error message instead of a result. */
export function Trouble({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <Notice title="That could not be computed" kind="bad" testId="trouble">
      <p>{text}</p>
    </Notice>
  );
}
