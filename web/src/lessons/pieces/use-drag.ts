import { useEffect, useRef } from 'preact/hooks';

/** A position in an element, from 0 to 1 from the left and top edge. */
export interface Spot {
  across: number;
  down: number;
  /** the first position of this drag */
  starts: boolean;
}

/**
 * Reports the positions of a finger or mouse that is dragged over an element. Only for pointers; elements that can be
 * dragged also have other controls.
 */
export function useDrag<E extends Element>(onPull: (spot: Spot) => void) {
  const element = useRef<E>(null);
  const latest = useRef(onPull);
  latest.current = onPull;
  useEffect(() => {
    const node = element.current;
    if (!node) return;
    const listening = new AbortController();
    const { signal } = listening;
    const share = (value: number) => Math.min(1, Math.max(0, value));
    const tell = (event: PointerEvent, starts: boolean) => {
      const box = node.getBoundingClientRect();
      latest.current({
        across: share((event.clientX - box.left) / box.width),
        down: share((event.clientY - box.top) / box.height),
        starts,
      });
    };
    const on = (type: string, listener: (event: PointerEvent) => void) =>
      node.addEventListener(type, (event) => listener(event as PointerEvent), { signal });
    on('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault(); // prevents text selection
      node.setPointerCapture(event.pointerId);
      tell(event, true);
    });
    on('pointermove', (event) => {
      if (node.hasPointerCapture(event.pointerId)) tell(event, false);
    });
    return () => listening.abort();
  }, []);
  return element;
}
