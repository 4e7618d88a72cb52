import { signal } from '@preact/signals';
import { createDevice, type Device } from 'feathergrad';
import { useEffect } from 'preact/hooks';
import { gpuName } from '../app/status.ts';
import { messageOf } from '../lib/errors.ts';

export type DeviceState = { device: Device } | { why: string } | { opening: true };

const state = signal<DeviceState>({ opening: true });
let isOpened = false;

export async function open(): Promise<void> {
  isOpened = true;
  state.value = { opening: true };
  try {
    const device = await createDevice();
    gpuName.value = device.description;
    state.value = { device };
    device.lost.then(({ message }) => {
      isOpened = false;
      state.value = { why: `The GPU was lost (${message || 'no reason given'}).` };
    });
  } catch (error) {
    isOpened = false;
    state.value = { why: messageOf(error) };
  }
}

/** One device for all lessons, opened when a lesson is first shown, and again after it was lost. */
export function useDevice(): DeviceState {
  useEffect(() => {
    if (!isOpened) open();
  }, []);
  return state.value;
}

let last: Promise<unknown> = Promise.resolve();

/** Runs `fn` when the work before it is done: two measurements at once would time each other. */
export function inTurn<T>(fn: () => Promise<T>): Promise<T> {
  const mine = last.then(fn);
  last = mine.catch(() => {}); // whoever asked for it hears of it
  return mine;
}
