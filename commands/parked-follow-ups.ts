import type pg from 'pg';
import type { EventRef, StoredEvent } from '../eventstore/port.ts';

const MAX_ERROR_CHARS = 1_000;

/** What a reactor set aside because it cannot be done, so that everything behind it goes on. */
export class ParkedFollowUps {
  readonly #pool: pg.Pool;
  readonly #reactor: string;

  constructor(pool: pg.Pool, reactor: string) {
    this.#pool = pool;
    this.#reactor = reactor;
  }

  async park({ position, stream, revision }: StoredEvent, error: Error): Promise<void> {
    await this.#pool.query(
      `insert into ops.parked_follow_ups (reactor, position, stream, revision, error) values ($1, $2, $3, $4, $5)
       on conflict (reactor, position) do update set error = excluded.error, parked_at = clock_timestamp()`,
      [
        this.#reactor,
        position,
        stream,
        revision,
        `${error.name}: ${error.message}`.slice(0, MAX_ERROR_CHARS),
      ],
    );
  }

  /** Places of the parked events, oldest first. */
  async list(): Promise<readonly EventRef[]> {
    const { rows } = await this.#pool.query<{ stream: string; revision: number }>(
      'select stream, revision from ops.parked_follow_ups where reactor = $1 order by position',
      [this.#reactor],
    );
    return rows;
  }

  async release(position: number): Promise<void> {
    await this.#pool.query('delete from ops.parked_follow_ups where reactor = $1 and position = $2', [
      this.#reactor,
      position,
    ]);
  }

  async count(): Promise<number> {
    return (await this.list()).length;
  }
}
