// The JSON format of results in docs/results/, which `npm run bench:gpu` and the Compare page write. docs/results/README.md
// describes every field for people; this schema is the validator and the type.
import * as v from 'valibot';
import type { Spread } from './statistics.ts';

/** Identifies the format and its version. A change that old readers cannot read increases the number. */
export const RESULT_FORMAT = 'feathergrad-result/1';

/** Name of an adapter that the browser does not report. */
export const UNNAMED = 'not reported by the browser';

const label = v.pipe(v.string('must be a text'), v.minLength(1, 'must not be empty'), v.maxLength(500));
const note = v.pipe(v.string('must be a text'), v.maxLength(5000, 'must have at most 5,000 characters'));
const amount = v.pipe(
  v.number('must be a number'),
  v.finite('must be a finite number'),
  v.minValue(0, 'must not be negative'),
);
const positive = v.pipe(
  v.number('must be a number'),
  v.finite('must be a finite number'),
  v.gtValue(0, 'must be greater than 0'),
);
const count = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
);
const whole = v.pipe(amount, v.integer('must be a whole number'));
const yesOrNo = v.boolean('must be true or false');

const spread = v.pipe(
  v.strictObject({ median: positive, q1: positive, q3: positive, samples: count }),
  v.check(({ q1, median, q3 }) => q1 <= median && median <= q3, 'must satisfy q1 <= median <= q3'),
) satisfies v.GenericSchema<Spread>;

const adapter = v.strictObject({
  /** name of the GPU or software adapter, as the driver reports it */
  name: label,
  vendor: v.nullable(label),
  architecture: v.nullable(label),
  /** name and version of the driver; null if the engine does not report it (browsers never do) */
  driver: v.nullable(label),
  kind: v.picklist(['hardware', 'software', 'unknown'], 'must be "hardware", "software" or "unknown"'),
  /** optional WebGPU features in use; null if they are not known */
  features: v.nullable(v.array(label, 'must be a list of feature names')),
});

const system = v.strictObject({
  os: label,
  /** processor; null in a browser, which does not report it */
  cpu: v.nullable(label),
  cores: v.nullable(count),
  /** the browser's user agent, or the version of Node and of the package `webgpu` */
  engine: label,
});

const limits = v.strictObject({
  /** bytes per second that a copy kernel reads and writes in total, by working set */
  copy: v.pipe(
    v.array(v.strictObject({ megabytes: positive, bytesPerSecond: positive }), 'must be a list'),
    v.minLength(1, 'must have at least one entry'),
  ),
  flopsPerSecond: positive,
  secondsPerDispatch: amount,
  secondsPerBarrier: v.record(v.string(), amount),
  usesTimestamps: yesOrNo,
});

const row = v.strictObject({
  /** rows with the same text were measured interleaved, so their ratios are reliable */
  run: label,
  library: label,
  version: label,
  work: v.picklist(['inference', 'training'], 'must be "inference" or "training"'),
  batch: count,
  /** image side in pixels */
  side: count,
  /** whether the kernels ran with a tuned table */
  isTuned: yesOrNo,
  activations: v.picklist(['f32', 'f16'], 'must be "f32" or "f16"'),
  /** whether cheap layers were recomputed in the backward pass */
  recomputes: yesOrNo,
  /** milliseconds per call, including upload and read-back */
  call: spread,
  /** milliseconds on the GPU by timestamps */
  gpu: v.nullable(amount),
  /** milliseconds from loading the library to its first result, including shader compilation */
  first: v.nullable(amount),
  /** bytes of GPU memory at the peak */
  peakBytes: v.nullable(whole),
  /** dispatches per call */
  dispatches: v.nullable(whole),
  /** largest difference from feathergrad's output, relative to its largest value; null for feathergrad */
  error: v.nullable(amount),
  /** whether outputs, and in training the gradients, agree with feathergrad's; null for feathergrad */
  agrees: v.nullable(yesOrNo),
});

const kernel = v.strictObject({
  /** shape, such as `pointwise 32x24x24 16 to 64` */
  name: label,
  kind: v.picklist(
    ['pointwise', 'depthwise', 'batchNorm'],
    'must be "pointwise", "depthwise" or "batchNorm"',
  ),
  direction: v.picklist(
    ['forward', 'input gradient', 'weight gradient', 'gradient'],
    'must be "forward", "input gradient", "weight gradient" or "gradient"',
  ),
  /** the input that the shape comes from, such as `batch 32 at 48` */
  input: label,
  /** number of layers with this shape */
  times: count,
  isTuned: yesOrNo,
  milliseconds: positive,
  /** the larger of bytes / bandwidth and flops / arithmetic, in milliseconds */
  limit: positive,
  limitedBy: v.picklist(['bandwidth', 'arithmetic'], 'must be "bandwidth" or "arithmetic"'),
  /** 0 for batch norm, which is limited by bandwidth */
  flops: amount,
  bytes: positive,
});

const training = v.strictObject({
  /** what the network was trained on */
  data: label,
  seconds: positive,
  epochs: count,
  /** share of validation images classified correctly; null without validation images */
  accuracy: v.nullable(v.pipe(amount, v.maxValue(1, 'must be at most 1'))),
});

const result = v.strictObject({
  format: v.literal(RESULT_FORMAT, `must be "${RESULT_FORMAT}"`),
  /** start of the measurement, ISO 8601 */
  date: v.pipe(
    v.string('must be a text'),
    v.isoTimestamp('must be a date such as "2026-11-30T15:00:00.000Z"'),
  ),
  adapter,
  system,
  limits: v.nullable(limits),
  rows: v.array(row, 'must be a list'),
  kernels: v.array(kernel, 'must be a list'),
  training: v.nullable(training),
  /** parts that failed or were not measured, and why */
  missing: v.array(v.strictObject({ part: label, reason: note }), 'must be a list'),
  /** anything a reader should know, such as other load on the machine; may be empty */
  notes: note,
});

/** A result: one adapter, one engine, one date. */
export type Result = v.InferOutput<typeof result>;
export type ResultRow = Result['rows'][number];
export type ResultKernel = Result['kernels'][number];

/** The text or value is not a result. `problems` lists every field that is wrong. */
export class ResultFormatError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const shown = problems.slice(0, 10);
    const rest = problems.length - shown.length;
    super(
      `parseResult: not a result in the format ${RESULT_FORMAT}:\n  ${shown.join('\n  ')}` +
        `${rest > 0 ? `\n  and ${rest} more` : ''}\nSee docs/results/README.md for the format.`,
    );
    this.name = 'ResultFormatError';
    this.problems = problems;
  }
}

/**
 * Parses and checks a result.
 * @param source JSON text, or a parsed value
 * @throws ResultFormatError with every wrong field, its path and its value
 */
export function parseResult(source: unknown): Result {
  const parsed = v.safeParse(result, typeof source === 'string' ? parseJson(source) : source);
  if (parsed.success) return parsed.output;
  throw new ResultFormatError(parsed.issues.map(describeIssue));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ResultFormatError([`the text is not JSON: ${error instanceof Error ? error.message : error}`]);
  }
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('');
  const field = path.replace(/^\./, '') || 'the result';
  const isKey = issue.path?.at(-1)?.origin === 'key';
  if (isKey) return `${field}: ${issue.expected === 'never' ? 'unknown field' : 'missing'}`;
  if (issue.type === 'check') return `${field}: ${issue.message}`;
  const given = issue.received.length > 60 ? `${issue.received.slice(0, 57)}...` : issue.received;
  const isDefault = issue.message.startsWith('Invalid ');
  return `${field}: ${isDefault ? `expected ${issue.expected}` : issue.message} (got ${given})`;
}
