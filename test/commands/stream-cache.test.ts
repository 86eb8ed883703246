import { describe, expect, it } from 'vitest';
import { StreamCache } from '../../commands/stream-cache.ts';

const at = (revision: number) => ({ state: { at: revision }, revision, commands: new Map() });

describe('stream cache', () => {
  it('lets go of what was used longest ago', () => {
    const cache = new StreamCache(2);
    cache.set('a', at(0));
    cache.set('b', at(0));
    expect(cache.get('a')).toEqual(at(0));
    cache.set('c', at(0));
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([at(0), undefined, at(0)]);
    cache.set('a', at(1));
    cache.set('d', at(0));
    expect([cache.get('a'), cache.get('c'), cache.get('d')]).toEqual([at(1), undefined, at(0)]);
  });

  it('keeps the newer state of a stream, in whatever order they come', () => {
    const cache = new StreamCache(2);
    cache.set('a', at(5));
    cache.set('a', at(3));
    expect(cache.get('a')).toEqual(at(5));
    cache.set('a', at(6));
    expect(cache.get('a')).toEqual(at(6));
    cache.delete('a');
    cache.set('a', at(3));
    expect(cache.get('a')).toEqual(at(3));
  });
});
