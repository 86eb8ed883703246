import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createClient } from '../../platform/postgres.ts';

export interface TestDatabase {
  /** Superuser's connection string. */
  readonly url: string;
  /** Deletes the database, ending whatever is still connected to it. */
  drop(): Promise<void>;
}

/** An empty database of its own on the test run's server: one for each test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(`create database ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`drop database if exists ${name} with (force)`) };
}

async function administer(sql: string): Promise<void> {
  const client = createClient({ url: inject('postgresUrl'), name: 'test-admin', as: 'owner' });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
