import type { Scenario } from '../context.ts';
import { accessScenario } from './access-check.ts';
import { appendBatch } from './append-batch.ts';
import { appendSingle } from './append-single.ts';
import { commandsScenario } from './commands.ts';
import { httpCommands, httpUsage } from './http.ts';
import { journalScenario } from './journal-projection.ts';
import { rateLimits } from './rate-limits.ts';
import { readAll } from './read-all.ts';
import { usageScenario } from './usage-projection.ts';

/** In the order in which they run. */
export const scenarios: readonly Scenario[] = [
  appendSingle,
  appendBatch,
  readAll,
  journalScenario,
  usageScenario,
  commandsScenario,
  httpUsage,
  httpCommands,
  rateLimits,
  accessScenario,
];
