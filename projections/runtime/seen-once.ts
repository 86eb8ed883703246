const SHARDS = 256;

/** Remembers texts, as many as memory holds: a single Set ends at 16.7 million. */
export class SeenOnce {
  readonly #shards: readonly Set<string>[] = Array.from({ length: SHARDS }, () => new Set<string>());

  /** False if the text was added before. */
  add(text: string): boolean {
    const shard = this.#shards[shardOf(text)];
    if (shard === undefined || shard.has(text)) return false;
    shard.add(text);
    return true;
  }
}

function shardOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) | 0;
  return (hash >>> 0) % SHARDS;
}
