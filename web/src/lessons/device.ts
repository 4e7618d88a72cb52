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

/** The device shared by all lessons; opened with the first lesson, and again after a loss. */
export function useDevice(): DeviceState {
  useEffect(() => {
    if (!isOpened) open();
  }, []);
  return state.value;
}

let last: Promise<unknown> = Promise.resolve();

/** Runs `fn` after the previous work, so that two measurements do not disturb each other. */
export function inTurn<T>(fn: () => Promise<T>): Promise<T> {
  const mine = last.then(fn);
  last = mine.catch(() => {}); // the caller gets the error
  return mine;
}
