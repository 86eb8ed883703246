import type pg from 'pg';
import { sqlMigration } from './migrations.ts';

export const vaultMigration = sqlMigration('0003_vault', import.meta.url, ['sql/vault.sql']);

/** Personal data of one person or company, kept out of the log so that it can be erased. */
export interface Subject {
  readonly name: string | null;
  readonly email: string | null;
}

export interface HeldSubject extends Subject {
  /** Name and e-mail are gone for good; the row stays, so that a retry does not bring them back. */
  readonly erased: boolean;
}

/** Personal data under opaque subject ids; events carry the id only. */
export class Vault {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Stores a new subject; what is there already stays. Returns true if it was new. */
  async put(subjectId: string, subject: Subject): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      'insert into vault.subjects (subject_id, name, email) values ($1, $2, $3) on conflict do nothing',
      [subjectId, subject.name, subject.email],
    );
    return rowCount === 1;
  }

  /** Takes back a subject whose command was refused. */
  async discard(subjectId: string): Promise<void> {
    await this.#pool.query('delete from vault.subjects where subject_id = $1', [subjectId]);
  }

  /** Undefined if there is none; both fields null once erased. */
  async get(subjectId: string): Promise<HeldSubject | undefined> {
    const { rows } = await this.#pool.query<HeldSubject>(
      'select name, email, erased_at is not null as erased from vault.subjects where subject_id = $1',
      [subjectId],
    );
    return rows[0];
  }
}
