import { type Device, gradcheck, hardSwish, sum, type Tensor, tensor } from 'feathergrad';

const KINKS = [-3, 3];
/** The two kinks, and places next to and between them. */
const PLACES = Array.from({ length: 17 }, (_, i) => -4 + i / 2);

/** Runs gradcheck on hard-swish: slopes must differ at the two kinks and agree at all other places. */
export async function checkGradient(device: Device): Promise<{ pass: boolean; text: string }> {
  using x = tensor(device, Float32Array.from(PLACES));
  const { passed, failures, checked } = await gradcheck((input) => sum(hardSwish(input as Tensor)), [x]);
  const differing = failures.map(({ element }) => PLACES[element] as number);
  const places = failures.map(
    ({ element, tape, difference }) =>
      `x = ${show(PLACES[element] as number)} (kernel ${show(tape)}, central difference ${show(difference)})`,
  );
  const agreeing = `${checked - failures.length} of ${checked} slopes agree`;
  if (passed) return { pass: false, text: `${agreeing}, also at the two kinks, where they should differ.` };
  if (differing.join() !== KINKS.join()) {
    return {
      pass: false,
      text: `${agreeing}. They differ at ${places.join(' and ')}, expected only the kinks.`,
    };
  }
  return {
    pass: true,
    text:
      `${agreeing}. The other two differ, as they should, at ${places.join(' and ')}.\n` +
      'A kink does not have a single slope: it differs between left and right, and the central difference ' +
      'is the mean of the two. The kernel returns the slope of the flat or straight side, like PyTorch. ' +
      'Either choice is valid, since an activation is hardly ever exactly 3.',
  };
}

const show = (value: number) => String(Number(value.toPrecision(4))).replace('-', '−');
