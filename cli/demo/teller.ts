import type { Core } from '../../api/service/core.ts';
import { type CommandContext, type CommandResult, wasRefused } from '../../commands/context.ts';
import { type Envelope, naturalUuid } from '../../commands/envelope.ts';
import type { RefusalCode } from '../../domain/kernel/decider.ts';
import { canonicalJson, sha256Hex } from '../../platform/canonical-json.ts';
import { SEED } from './seed.ts';

type Name = readonly (string | number)[];

/** A command as the demo gives it. */
export interface Said<Result> {
  readonly commandType: string;
  /** With the type it tells the command from every other one of the demo: its id derives from them. */
  readonly name: Name;
  /** What it asks for, without personal data. */
  readonly input: unknown;
  run(context: CommandContext, envelope: Envelope): Promise<CommandResult<Result>>;
  /** Refusals that can come of what happened to the customer before: then nothing happens. */
  readonly mayBe?: readonly RefusalCode[];
}

/**
 * Runs one command as the API would; said again, it is the same command and changes nothing.
 * @returns undefined if it was refused for a reason that can be
 * @throws Error on any other refusal
 */
export async function say<Result>(
  { context, sequences }: Core,
  { commandType, name, input, run, mayBe = [] }: Said<Result>,
): Promise<Result | undefined> {
  const envelope = envelopeOf(commandType, name, input);
  const result = await sequences.run(envelope.correlationId, () => run(context, envelope));
  if (!wasRefused(result)) return result.result;
  if (mayBe.includes(result.code)) return undefined;
  throw new Error(`${commandType} ${name.join(' ')} was refused: ${result.code}, ${result.detail}`);
}

export function envelopeOf(commandType: string, name: Name, input: unknown): Envelope {
  const commandId = commandIdOf(commandType, name);
  return {
    commandId,
    commandType,
    requestHash: sha256Hex(`${commandType}\n${canonicalJson(input)}`),
    actor: 'demo',
    correlationId: commandId,
    causationId: commandId,
  };
}

export function commandIdOf(commandType: string, name: Name): string {
  return naturalUuid(SEED, commandType, ...name.map(String));
}

const IN_FLIGHT = 32;

/** Works on items side by side. */
export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}
