import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Here are four examples: 1, 2, 3 and 4. Their mean is 2.5 and their variance is 1.25. The last one is 1.5 above the mean, so its output is 1.5 / √1.25 = 1.342.',
    set: { batch: '1,2,3,4', example: '4', mode: null, running: null },
  },
  {
    text: 'Change only the last example, from 4 to 6. The mean moves to 3 and the variance to 3.5, so all four outputs change.',
    set: { batch: '1,2,3,6', example: '4', mode: null },
  },
  {
    text: 'Look at the arrows. If one input grows, the mean grows with it, so the other outputs fall. Together the slopes of one output are 0: adding the same number to every example changes nothing.',
    set: { batch: '1,2,3,6', example: '2', mode: null },
  },
  {
    text: 'Switch to evaluation. Now a fixed estimate is used, so each output depends on its own input only. The estimate starts at mean 0 and variance 1; each training step moves it a tenth of the way.',
    set: { mode: 'evaluation', running: null },
  },
  {
    text: 'Reduce the batch to a single number. It is its own mean, the variance is 0, and the output is β whatever the input is.',
    set: { batch: '2', example: '1', mode: null },
  },
];
