import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../platform/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

describe('createPool', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(() => database.drop());

  it('reports a connection that the server ends, until it is itself told to end', async () => {
    const errors: string[] = [];
    const onError = ({ message }: Error) => errors.push(message);
    const pool = createPool({ url: database.url, name: 'ending', as: 'owner', onError });
    const client = await pool.connect();
    client.emit('error', new Error('while in use'));
    expect(errors).toEqual(['while in use']);
    client.release();
    await pool.end();
    client.emit('error', new Error('terminating connection due to administrator command'));
    expect(errors).toEqual(['while in use']);
  });
});
