import { type Device, gradcheck, hardSwish, sum, type Tensor, tensor } from 'feathergrad';

/** The two kinks, and places next to and between them. */
const PLACES = Array.from({ length: 17 }, (_, i) => -4 + i / 2);

/** Runs gradcheck on hard-swish, including the kinks, where it is expected to fail. */
export async function checkGradient(device: Device): Promise<{ pass: boolean; text: string }> {
  using x = tensor(device, Float32Array.from(PLACES));
  const { passed, failures, checked } = await gradcheck((input) => sum(hardSwish(input as Tensor)), [x]);
  const places = failures.map(({ element, tape, difference }) => {
    const at = PLACES[element] as number;
    return `x = ${show(at)} (the kernel gives ${show(tape)}, differences give ${show(difference)})`;
  });
  if (passed) return { pass: true, text: `All ${checked} slopes agree.` };
  return {
    pass: false,
    text:
      `It fails at ${places.join(' and ')}; the other ${checked - failures.length} of ${checked} places agree.\n` +
      'That is expected. A kink does not have a single slope: it differs between left and right, and the ' +
      'central difference is the mean of the two. The kernel takes the slope of the flat or straight side, as ' +
      'PyTorch does. Either choice is valid, since an activation of exactly 3 practically never occurs.',
  };
}

const show = (value: number) => String(Number(value.toPrecision(4))).replace('-', '−');
