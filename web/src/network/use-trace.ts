import type { Device, ImageClassifier, ImageLike } from 'feathergrad';
import type { ModelName } from 'feathergrad/models';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inTurn } from '../lessons/device.ts';
import { useLatest } from '../lessons/pieces/use-latest.ts';
import { pause } from '../lib/breathe.ts';
import { messageOf } from '../lib/errors.ts';
import type { MapData } from './maps.tsx';
import { openModel, prepared } from './subject.ts';
import { type Step, sizeOf, Trace } from './trace.ts';

export type RunInTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Keeps a trace of the network for the image. Work on it runs in turn, and the tensors are freed after the last. */
export function useTrace(device: Device, name: ModelName, image: ImageLike | null) {
  const [found, setFound] = useState<{ trace: Trace; name: ModelName } | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const models = useRef(new Map<ModelName, Promise<ImageClassifier>>());
  const shown = useRef<Trace | null>(null);
  useEffect(() => {
    if (!image) return;
    let isOutdated = false;
    void inTurn(async () => {
      if (isOutdated) return;
      setTrouble(null);
      try {
        let model = models.current.get(name);
        if (!model) {
          model = openModel(device, name);
          models.current.set(name, model);
        }
        const opened = await model;
        await pause(); // after the weights were written
        if (isOutdated) return;
        const trace = new Trace(opened, prepared(opened, image));
        const before = shown.current;
        shown.current = trace;
        setFound({ trace, name });
        if (before) free(before); // after the work that still reads it
      } catch (error) {
        models.current.delete(name);
        if (!isOutdated) setTrouble(messageOf(error));
      }
    });
    return () => {
      isOutdated = true;
    };
  }, [device, name, image]);
  useEffect(
    () => () => {
      if (shown.current) free(shown.current);
      shown.current = null;
      const all = [...models.current.values()];
      models.current.clear();
      for (const model of all) void inTurn(async () => (await model.catch(() => null))?.dispose());
    },
    [device],
  );
  const trace = found?.name === name ? found.trace : null;
  return { trace, trouble, run: inTurn as RunInTurn };
}

function free(trace: Trace): void {
  void inTurn(async () => {
    trace.image.dispose();
    trace.dispose();
  });
}

/** Reads the maps of several tensors of a trace. */
export function useMaps(
  trace: Trace,
  key: string,
  steps: readonly { output: Step['output'] }[],
  run: RunInTurn,
) {
  const seen = useLatest(key, () =>
    run(async () => {
      const maps = await Promise.all(
        steps.map(
          async ({ output }): Promise<MapData> => ({ values: await trace.read(output), ...sizeOf(output) }),
        ),
      );
      return { trace, key, maps };
    }),
  );
  const isNew = seen.value?.trace === trace && seen.value.key === key;
  return { maps: isNew ? (seen.value?.maps ?? null) : null, trouble: seen.trouble };
}

const traceNumbers = new WeakMap<Trace, number>();
let traces = 0;
/** A number that identifies a trace, for keys. */
export function numberOf(trace: Trace): number {
  const known = traceNumbers.get(trace);
  if (known !== undefined) return known;
  traceNumbers.set(trace, ++traces);
  return traces;
}
