import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'The patch is at the upper right. The strip at the side averages each row, the strip below each column; both are brightest at the patch, so both gates open there.',
    set: { x: null, y: null, second: null, color: null, light: null },
  },
  {
    text: 'Move the patch to the lower left. The gates follow it. The three numbers of squeeze-excitation stay the same, because an average over the whole picture does not know where the patch is.',
    set: { x: '12', y: '36', second: null },
  },
  {
    text: 'Make the patch red. Only the red channel’s gates follow it; each channel has its own pair.',
    set: { color: 'red' },
  },
  {
    text: 'Turn the patch off by setting its brightness to 0. What opens now is whatever is bright in the face and its background.',
    set: { light: '0', color: null },
  },
  {
    text: 'Add a second patch opposite the first. Two rows and two columns open, so four places light up, and two of them are empty. Can you explain why before you read on?',
    set: { second: '1', light: null },
  },
];
