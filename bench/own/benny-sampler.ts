import benny from 'benny';
import { MIN_SAMPLES, type Sampler } from './kernels.ts';

/**
 * Takes the samples with benny, one suite per operation, since benny sets up all cases of a suite concurrently. The archive
 * of `bench:gpu` does not use it, since benny cannot be bundled.
 */
export const withBenny: Sampler = async (name, repeated, seconds) => {
  const summary = await benny.suite(
    name,
    benny.add(name, () => repeated.run()),
    benny.configure({
      cases: { minSamples: MIN_SAMPLES, minTime: 0, maxTime: seconds, initCount: 1, delay: 0 },
    }),
  );
  const samples = summary.results[0]?.details.sampleResults ?? [];
  return samples.map((sample) => (1000 * sample) / repeated.repeats);
};
