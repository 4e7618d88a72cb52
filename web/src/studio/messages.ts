import type { CropWindow } from '../lib/crop.ts';
import type { Curves, PlanChoice, Subject } from './project.ts';

/** A training picture for the worker. */
export interface GivenShot {
  picture: Blob;
  /** the part that the network receives */
  window: CropWindow;
  label: number;
  name: string;
}

export interface TrainRequest {
  classNames: string[];
  subject: Subject;
  plan: PlanChoice;
  shots: GivenShot[];
  /** weights to start from; null for random weights or the built-in ones, as the plan says */
  start: Uint8Array<ArrayBuffer> | null;
  /** name of the project, for the weights file */
  name: string;
  /** id of the project, and hash of its pictures, for the checkpoint */
  project: string;
  pictures: string;
  /** whether to resume the interrupted training of the project */
  isResumed: boolean;
}

export type StudioState =
  | { name: 'idle' }
  /** `share` is the progress from 0 to 1; null if it is unknown */
  | { name: 'preparing'; text: string; share: number | null }
  | { name: 'training'; stage: string; index: number; stages: number }
  | { name: 'stopping' }
  | { name: 'ended'; how: 'finished' | 'early' | 'stopped' }
  | { name: 'failed'; title: string; message: string; isDiverged: boolean };

export interface Progress {
  step: number;
  /** steps of all stages; the run may stop earlier */
  steps: number;
  loss: number;
  accuracy: number;
}

/** What a finished run leaves. */
export interface Trained {
  bytes: Uint8Array<ArrayBuffer>;
  accuracy: number | null;
  validated: number;
  seconds: number;
  steps: number;
  /** name of the network, such as `fer_mobilenetv3` */
  network: string;
  /** probability from which an answer names a class */
  sure: number;
}

/** Events of the worker. */
export type StudioEvent =
  | { kind: 'state'; state: StudioState }
  | { kind: 'steps'; steps: Progress[] }
  | { kind: 'epoch'; epoch: Curves['epochs'][number] }
  | { kind: 'stage'; step: number }
  | { kind: 'resumed'; curves: Curves }
  | { kind: 'note'; text: string }
  | { kind: 'trained'; trained: Trained };

/** What the network says about a picture, or why it says nothing. */
export type Seen =
  | { kind: 'none' }
  | { kind: 'no-face' }
  | {
      kind: 'seen';
      probabilities: Float32Array;
      classNames: readonly string[];
      /** whether the picture is too plain, or too unlike the training pictures, for an answer */
      isStrange: boolean;
      /** the part that the network received, and the size of the picture */
      window: CropWindow;
      size: [number, number];
      milliseconds: number;
    };
