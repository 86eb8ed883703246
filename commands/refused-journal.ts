import type pg from 'pg';

export interface RefusedCommand {
  readonly commandId: string;
  readonly commandType: string;
  readonly actor: string;
  readonly code: string;
  readonly recordedAt: string;
}

const MAX_WAITING = 10_000;

/** Remembers refused commands for operations, beside the log; written in batches, never in a command's way. */
export class RefusedJournal {
  readonly #pool: pg.Pool;
  readonly #onError: (error: Error) => void;
  #waiting: RefusedCommand[] = [];
  #isWriting = false;
  #written = Promise.resolve();

  constructor(pool: pg.Pool, onError: (error: Error) => void) {
    this.#pool = pool;
    this.#onError = onError;
  }

  record(refused: RefusedCommand): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(refused);
    if (!this.#isWriting) this.#written = this.#write();
  }

  /** Waits until all that was recorded before is written. */
  async drain(): Promise<void> {
    await this.#written;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const column = (name: keyof RefusedCommand) => batch.map((refused) => refused[name]);
      await this.#pool
        .query(
          `insert into ops.refused_commands (command_id, command_type, actor, code, recorded_at)
           select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])`,
          [column('commandId'), column('commandType'), column('actor'), column('code'), column('recordedAt')],
        )
        .catch((error: Error) => this.#onError(error));
    }
    this.#isWriting = false;
  }
}
