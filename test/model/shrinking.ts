import fc from 'fast-check';
import type { Difference } from './service-run.ts';

/** Keeps what it generates with the context that fast-check shrinks by. */
class Recorded<T> extends fc.Arbitrary<T> {
  readonly values: fc.Value<T>[] = [];
  readonly #inner: fc.Arbitrary<T>;

  constructor(inner: fc.Arbitrary<T>) {
    super();
    this.#inner = inner;
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<T> {
    const value = this.#inner.generate(random, bias);
    this.values.push(value);
    return value;
  }

  override canShrinkWithoutContext(value: unknown): value is T {
    return this.#inner.canShrinkWithoutContext(value);
  }

  override shrink(value: T, context: unknown): fc.Stream<fc.Value<T>> {
    return this.#inner.shrink(value, context);
  }
}

/** So many values of a seed, each with what is smaller than it. */
export function samples<T>(arbitrary: fc.Arbitrary<T>, seed: number, count: number): fc.Value<T>[] {
  const recorded = new Recorded(arbitrary);
  fc.sample(recorded, { numRuns: count, seed });
  return recorded.values;
}

const AT_ONCE = 40;
const MOST_ROUNDS = 30;

/**
 * The smallest failing value that fast-check's shrinking leads to. Candidates are tried many at a time, so that a
 * round costs one database.
 */
export async function shrunk<T>(
  arbitrary: fc.Arbitrary<T>,
  failing: fc.Value<T>,
  found: Difference,
  tryAll: (values: readonly T[]) => Promise<readonly (Difference | undefined)[]>,
): Promise<Difference> {
  let smallest = found;
  let candidates = smallerThan(arbitrary, failing);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const tried = take(candidates, AT_ONCE);
    if (tried.length === 0) break;
    const outcomes = await tryAll(tried.map(({ value }) => value));
    const first = outcomes.findIndex((outcome) => outcome !== undefined);
    if (first === -1) continue;
    smallest = outcomes[first] as Difference;
    candidates = smallerThan(arbitrary, tried[first] as fc.Value<T>);
  }
  return smallest;
}

function smallerThan<T>(arbitrary: fc.Arbitrary<T>, { value_, context }: fc.Value<T>): Iterator<fc.Value<T>> {
  return arbitrary.shrink(value_, context)[Symbol.iterator]();
}

function take<T>(values: Iterator<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = values.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}
