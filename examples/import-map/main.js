import { FerMobileNetV3 } from 'feathergrad';

const input = document.querySelector('input');
const output = document.querySelector('output');

async function start() {
  const model = await FerMobileNetV3.pretrained();
  input.onchange = async () => {
    const image = await createImageBitmap(input.files[0]);
    const [best] = await model.predict(image);
    output.textContent = `${best.label} ${(100 * best.probability).toFixed(2)} %`;
  };
  output.dataset.state = 'ready';
}

start().catch((error) => {
  output.textContent = error.message; // names what is missing, such as WebGPU
});
