import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../eventstore/port.ts';
import { SharedReads } from '../../eventstore/postgres/shared-reads.ts';

function reads() {
  const asked: { readonly after: number; readonly answer: PromiseWithResolvers<readonly StoredEvent[]> }[] =
    [];
  const shared = new SharedReads((after) => {
    const answer = Promise.withResolvers<readonly StoredEvent[]>();
    asked.push({ after, answer });
    return answer.promise;
  });
  return { asked, shared };
}

describe('readings of the log that are shared', () => {
  it('are one for those who ask for the same place while it is under way', async () => {
    const { asked, shared } = reads();
    const both = [shared.readAfter(7, 100, 3), shared.readAfter(7, 100, 3)];
    asked[0]?.answer.resolve([]);
    expect(await Promise.all(both)).toEqual([[], []]);
    expect(asked).toHaveLength(1);
  });

  it('are not kept: who asks later reads anew', async () => {
    const { asked, shared } = reads();
    const first = shared.readAfter(7, 100, 3);
    asked[0]?.answer.resolve([]);
    await first;
    void shared.readAfter(7, 100, 3);
    expect(asked).toHaveLength(2);
  });

  it('are not shared with who knows of a later arrival, or asks for another place', () => {
    const { asked, shared } = reads();
    void shared.readAfter(7, 100, 3);
    void shared.readAfter(7, 100, 4);
    void shared.readAfter(8, 100, 3);
    void shared.readAfter(7, 500, 3);
    expect(asked.map(({ after }) => after)).toEqual([7, 7, 8, 7]);
  });

  it('fail for all who share them, and then begin again', async () => {
    const { asked, shared } = reads();
    const both = [shared.readAfter(7, 100, 3), shared.readAfter(7, 100, 3)];
    asked[0]?.answer.reject(new Error('gone'));
    const settled = await Promise.allSettled(both);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    void shared.readAfter(7, 100, 3);
    expect(asked).toHaveLength(2);
  });
});
