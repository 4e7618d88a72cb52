import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { atWork } from '../app/status.ts';
import { colorScheme, isDark } from '../app/theme.ts';
import { messageOf } from '../lib/errors.ts';
import { count } from '../lib/format.ts';
import { Pause, Play } from '../ui/icons.tsx';
import { Canvas } from '../ui/pieces.tsx';
import type { Demo, DemoRun } from './demo.ts';
import { answerOf } from './demo.ts';
import { drawDemo, layoutFor } from './draw.ts';
import recordedDark from './recorded-dark.webp?url';
import recordedLight from './recorded-light.webp?url';

/** Milliseconds before the worker starts, so that the page is shown first. */
const DELAY = 400;

const NO_WEBGPU = 'Recorded, since this browser has no WebGPU.';

/** Why the demonstration does not start by itself; null if it does. */
function whyRecorded(): string | null {
  if (!('gpu' in navigator)) return NO_WEBGPU;
  if (matchMedia('(prefers-reduced-motion: reduce)').matches)
    return 'Recorded, since you prefer less motion.';
  if (atWork.peek() !== null) return 'Recorded, since another page of this tab is computing.';
  return null;
}

/** As `whyRecorded`, from the adapter: without one, or if it computes on the CPU, which takes minutes and all cores. */
async function whyNoGpu(): Promise<string | null> {
  const info = (await navigator.gpu.requestAdapter().catch(() => null))?.info;
  if (!info) return NO_WEBGPU;
  const words = [info.vendor, info.architecture, info.device, info.description].join(' ');
  const isSoftware = info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(words);
  return isSoftware ? 'Recorded, since WebGPU runs on the CPU here.' : null;
}

/** Faces that are recognized while the network trains, on the visitor's GPU, or a recording of it. */
export function LiveFaces() {
  const host = useRef<HTMLElement>(null);
  const run = useSignal<DemoRun | null>(null);
  const isVisible = useSignal(false);
  const isHeld = useSignal(false); // paused by the reader
  const [recorded, setRecorded] = useState(whyRecorded);
  const [width, setWidth] = useState(0);
  const seed = useRef(3);

  useEffect(() => {
    const node = host.current;
    if (!node) return;
    const size = new ResizeObserver(() => setWidth(Math.floor(node.clientWidth)));
    const sight = new IntersectionObserver(([entry]) => {
      isVisible.value = (entry?.isIntersecting ?? false) && document.visibilityState === 'visible';
    });
    const onTab = () => {
      const { top, bottom } = node.getBoundingClientRect();
      isVisible.value = document.visibilityState === 'visible' && bottom > 0 && top < innerHeight;
    };
    size.observe(node);
    sight.observe(node);
    document.addEventListener('visibilitychange', onTab);
    return () => {
      size.disconnect();
      sight.disconnect();
      document.removeEventListener('visibilitychange', onTab);
      run.peek()?.end();
    };
  }, [isVisible, run]);

  const start = useCallback(async () => {
    setRecorded(null);
    isHeld.value = false;
    run.peek()?.end();
    const loaded = await import('./demo.ts').catch((error: unknown) => {
      setRecorded(`Recorded, since the demonstration could not be loaded. ${messageOf(error)}`);
      return null;
    });
    if (!loaded || !host.current) return; // the page may have been left meanwhile
    const { DemoRun } = loaded;
    const started = new DemoRun(seed.current++);
    run.value = started;
    started.state.subscribe((state) => {
      if (state === 'failed') setRecorded(`Recorded, since the GPU could not be opened. ${started.problem}`);
      if (state === 'running' && (!isVisible.peek() || isHeld.peek())) started.pause();
    });
  }, [isHeld, isVisible, run]);

  useEffect(() => {
    if (recorded !== null || run.value !== null || !isVisible.value) return;
    let isGone = false;
    const timer = setTimeout(async () => {
      const why = await whyNoGpu();
      if (isGone) return;
      if (why) setRecorded(why);
      else start();
    }, DELAY);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [recorded, run.value, isVisible.value, start]);

  useEffect(() => {
    if (isVisible.value && !isHeld.value) run.value?.resume();
    else run.value?.pause();
  }, [isVisible.value, isHeld.value, run.value]);

  const state = run.value?.state.value ?? null;
  const demo = run.value?.demo.value ?? null;
  return (
    <figure
      class="live"
      ref={host}
      data-testid="live-faces"
      data-state={recorded === null ? state : 'recorded'}
    >
      {recorded !== null || !demo ? (
        <Recorded width={width} isFaint={recorded === null} />
      ) : (
        <Faces demo={demo} width={width} />
      )}
      <figcaption class="live-said">
        <span>{recorded ?? said(demo, state)}</span>
        {recorded !== null && recorded !== NO_WEBGPU && (
          <button type="button" class="button" onClick={start}>
            <Play /> Train it here
          </button>
        )}
        {recorded === null && (state === 'running' || state === 'paused') && (
          <button
            type="button"
            class="button"
            onClick={() => {
              isHeld.value = !isHeld.value;
            }}
          >
            {isHeld.value ? <Play /> : <Pause />} {isHeld.value ? 'Resume' : 'Pause'}
          </button>
        )}
        {recorded === null && state === 'done' && (
          <button type="button" class="button" onClick={start}>
            <Play /> Again, with other faces
          </button>
        )}
      </figcaption>
    </figure>
  );
}

function said(demo: Demo | null, state: string | null): string {
  if (!demo) return 'Opening your GPU and compiling the kernels …';
  const right = demo.labels.filter((_, i) => answerOf(demo, i).isRight).length;
  const what = `${right} of ${demo.labels.length} faces that it never trained on are right`;
  if (state === 'done') return `Trained from random weights, just now on your machine: ${what}.`;
  return `Training on your machine, step ${count(demo.step)}${demo.steps ? ` of ${count(demo.steps)}` : ''}: ${what}.`;
}

function Faces({ demo, width }: { demo: Demo; width: number }) {
  const scheme = colorScheme.value;
  const { height } = layoutFor(width);
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => drawDemo(context, width, demo),
    [demo, width, scheme],
  );
  return (
    <Canvas
      width={width}
      height={height}
      class="live-canvas"
      label="Drawn faces, each with the expression that the network predicts, and the curve of the training loss"
      draw={draw}
    />
  );
}

function Recorded({ width, isFaint }: { width: number; isFaint: boolean }) {
  colorScheme.value;
  return (
    <img
      class={isFaint ? 'live-canvas faint' : 'live-canvas'}
      src={isDark() ? recordedDark : recordedLight}
      alt="Recording: 24 drawn faces, each with the expression that the network predicts after training"
      width={1072}
      height={1016}
      style={width ? { width: `${width}px` } : undefined}
    />
  );
}
