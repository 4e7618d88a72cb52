import { hideOffer, offered, undoLast } from './undo.ts';

/** Offers to undo the latest deletion. */
export function UndoOffer() {
  const now = offered.value;
  return (
    <div class="undo-offer" role="status">
      {now && (
        <div class="undo-box" data-testid="undo">
          <span>{now.text}</span>
          <button type="button" class="button" onClick={undoLast}>
            Undo
          </button>
          <button type="button" class="button plain icon" aria-label="Close" onClick={hideOffer}>
            ×
          </button>
        </div>
      )}
    </div>
  );
}
