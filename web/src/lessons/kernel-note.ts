/** A note on part of a kernel: from the one line that contains `from` to the line before the next note. */
export interface KernelNote {
  from: string;
  text: string;
}
