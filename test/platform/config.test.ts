import { describe, expect, test } from 'vitest';
import { findStale } from '../../cli/generated-files.ts';
import { ConfigError, configSchema, loadConfig, metricsAccess } from '../../platform/config.ts';
import { describeVariables, renderEnvExample } from '../../platform/config-docs.ts';

describe('loadConfig', () => {
  test('needs nothing: every setting has a default or can be left out', () => {
    expect(loadConfig({})).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8080,
      DATA_DIR: '.data/',
      CLOCK: 'system',
      ROLE: 'all',
      ACCRUAL_CADENCE: 'monthly',
    });
    expect(loadConfig({ PORT: '', DATABASE_URL: '' })).toEqual(loadConfig({}));
  });

  test('takes what is set and nothing else', () => {
    const config = loadConfig({
      PORT: '9000',
      CLOCK: 'manual:2026-01-01T00:00:00Z',
      DATABASE_URL: 'postgres://a:b@localhost:5432/x',
      EVENTSTORE_URL: 'esdb://localhost:2113?tls=false',
      HOME: '/root',
    });
    expect(config).toMatchObject({ PORT: 9000, CLOCK: 'manual:2026-01-01T00:00:00Z' });
    expect(Object.keys(config)).not.toContain('HOME');
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('names all problems at once, and quotes no value', () => {
    const load = () =>
      loadConfig({
        PORT: '70000',
        CLOCK: 'manual:yesterday',
        ADMIN_API_KEY: 'short-secret',
        DATABASE_URL: 'mysql://root:hunter2@x/y',
        ROLE: 'everything',
        SHUTDOWN_GRACE_MS: '-1',
      });
    expect(load).toThrow(ConfigError);
    try {
      load();
    } catch (error) {
      const { problems, message } = error as ConfigError;
      expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
        'ADMIN_API_KEY',
        'CLOCK',
        'DATABASE_URL',
        'PORT',
        'ROLE',
        'SHUTDOWN_GRACE_MS',
      ]);
      expect(message).not.toMatch(/hunter2|short-secret/);
    }
  });
});

test.each([
  ['127.0.0.1', 'open'],
  ['localhost', 'open'],
  ['0.0.0.0', 'key'],
  ['10.0.0.1', 'key'],
] as const)('metrics on %s are %s', (HOST, access) => {
  expect(metricsAccess({ HOST, METRICS_ACCESS: 'auto' })).toBe(access);
  expect(metricsAccess({ HOST, METRICS_ACCESS: 'key' })).toBe('key');
});

describe('what is made from the schema', () => {
  test('has every setting with a description', () => {
    expect(describeVariables().map(({ name }) => name)).toEqual(Object.keys(configSchema.shape));
    for (const { name, description } of describeVariables()) expect(description, name).not.toBe('');
  });

  test('.env.example can be used as it is, and says the defaults', () => {
    const lines = renderEnvExample()
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/, 2)));
    expect(Object.keys(env).length).toBeGreaterThan(10);
    expect(loadConfig(env)).toEqual(loadConfig({}));
  });

  test('the committed files are current', async () => {
    expect((await findStale()).map((file) => file.path)).toEqual([]);
  });
});
