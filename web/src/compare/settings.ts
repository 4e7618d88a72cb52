/** Settings of the measurements. All of them are in the URL. */
export interface CompareSettings {
  side: number;
  batch: number;
  rounds: number;
  limits: boolean;
  kernels: boolean;
  inference: boolean;
  training: boolean;
  jax: boolean;
  tfjs: boolean;
  ort: boolean;
}

const SWITCHES = ['limits', 'kernels', 'inference', 'training', 'jax', 'tfjs', 'ort'] as const;
/** Libraries beside feathergrad. */
export const PEERS = ['jax', 'tfjs', 'ort'] as const;
export type Switch = (typeof SWITCHES)[number];

export const NUMBERS = {
  side: { label: 'Input side', low: 32, high: 512 },
  batch: { label: 'Batch size', low: 2, high: 256 },
  rounds: { label: 'Rounds', low: 3, high: 200 },
} as const;
export type NumberName = keyof typeof NUMBERS;

/** Defaults. The other libraries are on if the device can run them in a short time. */
export const defaultsFor = (peers: boolean): CompareSettings => ({
  side: 112,
  batch: 8,
  rounds: 15,
  limits: true,
  kernels: true,
  inference: true,
  training: true,
  jax: peers,
  tfjs: peers,
  ort: peers,
});

/** Returns whether an adapter computes on the CPU, where the other libraries need minutes. */
export const isSoftware = (adapter: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(adapter);

export function parseNumber(name: NumberName, text: string): { value: number } | { wrong: string } {
  const { low, high } = NUMBERS[name];
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return { value };
  return { wrong: `A whole number from ${low} to ${high}` };
}

export function settingsFrom(params: URLSearchParams, peers: boolean): CompareSettings {
  const settings = defaultsFor(peers);
  for (const name of Object.keys(NUMBERS) as NumberName[]) {
    const parsed = parseNumber(name, params.get(name) ?? '');
    if ('value' in parsed) settings[name] = parsed.value;
  }
  for (const name of SWITCHES) {
    const text = params.get(name);
    if (text === '0' || text === '1') settings[name] = text === '1';
  }
  return settings;
}

export function paramsOf(settings: CompareSettings, peers: boolean): URLSearchParams {
  const params = new URLSearchParams();
  const usual = defaultsFor(peers);
  for (const name of Object.keys(NUMBERS) as NumberName[]) {
    if (settings[name] !== usual[name]) params.set(name, String(settings[name]));
  }
  for (const name of SWITCHES) {
    if (settings[name] !== usual[name]) params.set(name, settings[name] ? '1' : '0');
  }
  return params;
}
