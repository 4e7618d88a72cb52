'use client';
import { FerMobileNetV3 } from 'feathergrad';
import { useEffect, useState } from 'react';

/** Recognizes in the browser, on the GPU of the visitor. */
export default function Page() {
  const [model, setModel] = useState();
  const [text, setText] = useState('Choose an image of a face.');

  useEffect(() => {
    const loading = FerMobileNetV3.pretrained();
    loading.then(setModel, (error) => setText(error.message));
    return () => loading.then((loaded) => loaded.device.destroy()).catch(() => {});
  }, []);

  async function recognize({ target }) {
    const [best] = await model.predict(await createImageBitmap(target.files[0]));
    setText(`${best.label} ${(100 * best.probability).toFixed(2)} %`);
  }

  return (
    <>
      <input
        type="file"
        accept="image/*"
        aria-label="Image of a face"
        onChange={recognize}
        disabled={!model}
      />
      <output data-state={model ? 'ready' : 'loading'}>{text}</output>
    </>
  );
}
