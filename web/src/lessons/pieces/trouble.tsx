import { Notice } from '../../ui/pieces.tsx';

/** Why something could not be computed, where it could not. */
export function Trouble({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <Notice title="That could not be computed" kind="bad" testId="trouble">
      <p>{text}</p>
    </Notice>
  );
}
