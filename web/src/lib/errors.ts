/** An error's text for a person: without its class, which says nothing to them. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\w*Error: /, '');
}
