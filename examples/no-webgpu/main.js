import { createDevice, FerMobileNetV3, WebGPUUnavailableError } from 'feathergrad';

const input = document.querySelector('input');
const output = document.querySelector('output');

/** Returns a function from an image to [{ label, probability }, ...], on the GPU if there is one. */
async function openRecognizer() {
  try {
    const model = await FerMobileNetV3.pretrained(await createDevice());
    return (image) => model.predict(image);
  } catch (error) {
    if (!(error instanceof WebGPUUnavailableError)) throw error;
    const { openOnCpu } = await import('./on-cpu.js'); // loaded only without WebGPU
    output.textContent = 'This browser has no WebGPU. Running on the CPU. Choose an image of a face.';
    return openOnCpu();
  }
}

async function start() {
  const recognize = await openRecognizer();
  input.onchange = async () => {
    const [best] = await recognize(await createImageBitmap(input.files[0]));
    output.textContent = `${best.label} ${(100 * best.probability).toFixed(2)} %`;
  };
  output.dataset.state = 'ready';
}

start().catch((error) => {
  output.textContent = error.message;
});
