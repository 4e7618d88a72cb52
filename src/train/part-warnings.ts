/** Ratio of one part to the sum of the others from which a warning is emitted. */
const FACTOR = 100;

/** Warns once per run and part when one part of the loss is more than a hundred times the others. */
export class PartWarnings {
  private readonly given = new Set<string>();

  /** Returns the new warning, if any, for these sums of the parts of a loss. */
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
      `${others.join(' + ')}. The smaller part has almost no effect. Change the weights of the parts.`
    );
  }
}
