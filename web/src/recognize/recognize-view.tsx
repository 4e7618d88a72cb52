import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { NoWebGpu } from '../app/no-webgpu.tsx';
import { messageOf } from '../lib/errors.ts';
import { DropZone } from '../ui/drop-zone.tsx';
import { Notice } from '../ui/pieces.tsx';
import { Answer } from './answer.tsx';
import { Sources, StageTools } from './sources.tsx';
import { Stage } from './stage.tsx';
import { noGpu, onCpu, open, problem, request, show, source, usePicture } from './store.ts';
import { Weights } from './weights.tsx';

export function RecognizeView() {
  useEffect(() => {
    open();
    const paste = (event: ClipboardEvent) => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (!file) return;
      event.preventDefault();
      usePicture(file, 'the pasted picture');
    };
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('paste', paste);
      request(); // a camera that is allowed only now stays off
      if (source.peek().kind === 'camera') show({ kind: 'none' }); // the camera stops when the page is left
    };
  }, []);
  if (noGpu.value !== null) return <NoWebGpu why={noGpu.value} />;
  const has = source.value.kind !== 'none';
  return (
    <>
      <div class="page-head">
        <h1>Which expression is this?</h1>
        <p>From a picture or your camera, computed on your own device. Nothing is uploaded.</p>
      </div>
      {onCpu.value !== null && (
        <Notice title="Running on the CPU" testId="on-cpu">
          <p>
            This browser has no WebGPU, so ONNX Runtime runs the same network in WebAssembly. The
            probabilities are the same, but take longer to compute. Move and zoom the picture until the face
            fills the oval. Finding faces, attention maps, training and the comparisons need WebGPU.
          </p>
          <details>
            <summary>Error message</summary>
            <pre>{onCpu.value}</pre>
          </details>
        </Notice>
      )}
      {problem.value && (
        <Notice title="Something went wrong" kind="bad" testId="problem">
          <p>{problem.value}</p>
        </Notice>
      )}
      <div class="recognize">
        <div class="seeing">
          <PictureDrop class={has ? '' : 'stage empty'}>
            {has ? <Stage /> : <p>Drop or paste a picture here, or choose one below.</p>}
          </PictureDrop>
          {has && <StageTools />}
          <Sources />
        </div>
        <div class="answering">
          <Answer />
          <Weights />
        </div>
      </div>
    </>
  );
}

/** Accepts dropped pictures, also while another one is shown. */
function PictureDrop(props: { class: string; children: ComponentChildren }) {
  return (
    <DropZone
      label="Drop a picture"
      class={props.class}
      onDrop={([first]) => first && usePicture(first.file, first.path)}
      onProblem={(error) => {
        problem.value = messageOf(error);
      }}
    >
      {props.children}
    </DropZone>
  );
}
