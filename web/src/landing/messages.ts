/** Events of the demonstration, sent from the worker to the page. */
export type DemoEvent =
  | { kind: 'faces'; images: ImageData[]; labels: number[]; classNames: readonly string[] }
  /** outputs for the faces, [faces, classes], after a step */
  | { kind: 'probe'; step: number; probabilities: Float32Array }
  | { kind: 'losses'; losses: number[]; steps: number }
  | { kind: 'done' };
