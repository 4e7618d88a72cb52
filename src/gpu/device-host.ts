import type { SubmitBudget } from './submit-budget.ts';

/** Hooks from the host environment. */
export interface DeviceHost {
  /** called by `destroy()` */
  onDestroy?: () => void;
  /** wraps every wait for the GPU, for example to avoid busy polling */
  wait?: <T>(promise: Promise<T>) => Promise<T>;
  /** splits long work into several submissions */
  budget?: SubmitBudget;
}
