// Random numbers: their mean and spread, and a bar chart in text.
// The same seed gives the same numbers in every run.
import { createDevice, mean, mul, randn, sub } from 'feathergrad';

const device = await createDevice();
const numbers = randn(device, [10_000], { seed: 7 });
const middle = mean(numbers);
const distance = sub(numbers, middle);
const spread = Math.sqrt(await mean(mul(distance, distance)).item());
console.log('mean', (await middle.item()).toFixed(3), '· standard deviation', spread.toFixed(3));

const bins = new Array<number>(13).fill(0);
for (const value of await numbers.data()) {
  const at = Math.min(12, Math.max(0, Math.round(value * 2) + 6));
  bins[at] = (bins[at] ?? 0) + 1;
}
for (const [i, count] of bins.entries()) {
  console.log(((i - 6) / 2).toFixed(1).padStart(5), '█'.repeat(Math.round(count / 60)), count);
}
