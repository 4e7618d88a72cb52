/** Returns an error's message without the name of its class. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\w*Error: /, '');
}
