/** A part that is this many times the others together is worth a warning. */
const FACTOR = 100;

/** Says once per run and part that one part of the loss outweighs the others a hundredfold. */
export class PartWarnings {
  private readonly given = new Set<string>();

  /** The warning for these sums of a loss's parts, if there is one that was not given before. */
  check(parts: Readonly<Record<string, number>>): string | null {
    const sizes = Object.entries(parts).map(([name, value]) => [name, Math.abs(value)] as const);
    const all = sizes.reduce((sum, [, size]) => sum + size, 0);
    const most = sizes.find(([name, size]) => {
      const rest = all - size;
      return rest > 0 && size >= FACTOR * rest && !this.given.has(name);
    });
    if (!most) return null;
    const [name, size] = most;
    this.given.add(name);
    const others = Object.keys(parts).filter((other) => other !== name);
    return (
      `one part of the loss outweighs the others: ${name} is ${Math.round(size / (all - size))} times ` +
      `${others.join(' + ')}. The smaller part hardly affects training. Change the weight between them.`
    );
  }
}
