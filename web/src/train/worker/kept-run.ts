import type { ImageClassifier, TrainingState } from 'feathergrad';
import { encodeWeights } from 'feathergrad/formats';
import { database, forgetRun, saveRun } from '../../lib/storage.ts';
import type { Settings } from '../settings.ts';

const DATA_NAMES = {
  drawn: 'drawn faces',
  folder: 'your pictures',
  ferplus: 'FER+',
  shots: 'your webcam',
} as const;

/** What a run stores in the browser: its checkpoint, and the weights of its best epoch. */
export class KeptRun {
  /** whether this run has stored weights */
  hasWeights = false;
  private readonly settings: Settings;
  private readonly model: ImageClassifier;
  private readonly warn: (text: string) => void;

  /** @param warn called when something could not be stored */
  constructor(settings: Settings, model: ImageClassifier, warn: (text: string) => void) {
    this.settings = settings;
    this.model = model;
    this.warn = warn;
  }

  /** Stores a checkpoint; false if that failed. */
  keepCheckpoint(state: TrainingState, stepsPerEpoch: number): Promise<boolean> {
    const { settings, model } = this;
    const { position } = state;
    return this.tryTo(() =>
      saveRun({ settings, position, stepsPerEpoch, color: model.color, at: Date.now() }, state),
    );
  }

  forgetCheckpoint(): Promise<boolean> {
    return this.tryTo(forgetRun);
  }

  /** Stores the weights, for Recognize and in case the page is closed without a download. */
  async keepWeights(accuracy: number | null): Promise<void> {
    const { data } = this.settings;
    const what = DATA_NAMES[data];
    const about = accuracy === null ? what : `${what}, ${(100 * accuracy).toFixed(1)} %`;
    const bytes = encodeWeights(this.model, await this.model.stateDict(), { about: { data } });
    await this.tryTo(async () => {
      const db = await database();
      const before = this.hasWeights ? undefined : await db.get('weights', 'trained');
      if (before) await db.put('weights', before, 'previous'); // a new run does not destroy the last one's weights
      await db.put('weights', { bytes, about, at: Date.now() }, 'trained');
      this.hasWeights = true;
    });
  }

  /** Stores data. If there is no space, or storage is disabled, training continues and the user is warned. */
  private async tryTo(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message || error.name : String(error);
      const text = `Your progress can’t be saved (${why}). Download the weights before you leave.`;
      this.warn(text);
      return false;
    }
  }
}
