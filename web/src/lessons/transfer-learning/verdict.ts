import { percent } from '../../lib/format.ts';
import { CLASSES } from './faces.ts';

/** What the device found: shares of correctly named faces after the last step. */
export interface Found {
  people: number;
  /** number of faces of other people */
  tested: number;
  pretrained: number;
  random: number;
}

/** Says what the reader's device found, and why. */
export function verdictOf({ people, tested, pretrained, random }: Found): string {
  const chance = 1 / CLASSES.length;
  const seen = `With ${people} people in the training set, your device names ${percent(pretrained)} of ${tested} faces of other people correctly with the pretrained network, and ${percent(random)} with random weights. Guessing gives ${percent(chance)}.`;
  // the difference of two shares of n faces has a standard deviation of at most sqrt(1 / (2 n))
  const margin = 2 * Math.sqrt(1 / (2 * tested));
  if (pretrained - random > margin) {
    return `${seen} Only the features differ. The pretrained network learned on photos which details of a face matter, and these features also separate drawn faces that it has never seen.`;
  }
  if (random - pretrained > margin) {
    return `${seen} Here the random features win, which is unusual. Try more people, and check that the weights are the right ones.`;
  }
  return `${seen} That is too close to call: with ${tested} test faces, a difference below ${percent(margin)} can be luck. Try more people.`;
}
