import {
  BatchNorm2d,
  backward,
  type Device,
  type ModuleBuffer,
  mean,
  mul,
  noGrad,
  scope,
  sub,
  tensor,
} from 'feathergrad';

export const EPS = 1e-5;

/**
 * The norm of one channel. Its estimate and its scale are written before every use, because they are stored in the URL.
 */
export interface Setting {
  values: readonly number[];
  isTraining: boolean;
  scale: number;
  shift: number;
  /** the running estimate */
  running: Running;
  /** index of the example whose slopes are computed */
  chosen: number;
}

export interface Running {
  mean: number;
  variance: number;
}

export interface Normalized {
  outputs: Float32Array;
  /** slope of the chosen example's output with respect to each example's input */
  slopes: Float32Array;
  mean: number;
  /** biased, as used for normalization */
  variance: number;
}

export const newNorm = (device: Device): BatchNorm2d => new BatchNorm2d(1, { eps: EPS }).to(device);

function prepare(norm: BatchNorm2d, { scale, shift, running, isTraining }: Omit<Setting, 'chosen'>): void {
  norm.weight?.value.write([scale]);
  norm.bias?.value.write([shift]);
  norm.running_mean?.value.write([running.mean]);
  norm.running_var?.value.write([running.variance]);
  norm.train(isTraining);
}

/** Runs forward, and backward from one example's output, without changing the running estimate. */
export async function normalize(norm: BatchNorm2d, setting: Setting): Promise<Normalized> {
  const { device } = norm;
  const { values, chosen } = setting;
  const [only] = values;
  if (setting.isTraining && values.length === 1 && only !== undefined) {
    // the library rejects this batch, as PyTorch does; the formula gives x − mean = 0
    return {
      outputs: Float32Array.of(setting.shift),
      slopes: Float32Array.of(0),
      mean: only,
      variance: 0,
    };
  }
  prepare(norm, setting);
  norm.momentum = 0; // reading must not train
  norm.zeroGrad();
  const results = scope(() => {
    const shape = [values.length, 1, 1, 1];
    const x = tensor(device, Float32Array.from(values), { shape, requiresGrad: true });
    const y = norm.call(x);
    const one = Float32Array.from(values, (_, i) => (i === chosen ? 1 : 0));
    backward(y, { gradient: tensor(device, one, { shape }) });
    const batch = x.detach();
    const middle = mean(batch);
    const away = sub(batch, middle);
    return { x, y, middle, variance: mean(mul(away, away)) };
  });
  const { x, y, middle, variance } = results;
  try {
    if (!x.grad) throw new Error('batch norm returned no gradient of its input');
    const [outputs, slopes, m, v] = (await device.read([y, x.grad, middle, variance])).map(
      (bytes) => new Float32Array(bytes),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    return { outputs, slopes, mean: m[0] as number, variance: v[0] as number };
  } finally {
    for (const one of Object.values(results)) one.dispose();
  }
}

/** Runs the norm on the batch `times` times, as training steps do; resolves to the resulting estimate. */
export async function showBatch(
  norm: BatchNorm2d,
  setting: Omit<Setting, 'chosen'>,
  times: number,
): Promise<Running> {
  const { device } = norm;
  prepare(norm, { ...setting, isTraining: true });
  norm.momentum = 0.1;
  scope(() =>
    noGrad(() => {
      const x = tensor(device, Float32Array.from(setting.values), {
        shape: [setting.values.length, 1, 1, 1],
      });
      for (let i = 0; i < times; i++) norm.call(x);
    }),
  );
  const [m, v] = (
    await device.read([norm.running_mean, norm.running_var].map((each) => (each as ModuleBuffer).value))
  ).map((bytes) => new Float32Array(bytes)[0] as number) as [number, number];
  return { mean: m, variance: v };
}
