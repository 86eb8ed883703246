import { IdempotencyKeyReusedError } from '../../platform/errors.ts';
import { uuidv5 } from '../../platform/uuid.ts';

/** Namespace of command ids (RFC 9562 §5.5). Changing it would make every old retry a new command. */
const COMMAND_NAMESPACE = '4f3a5c0e-2d1b-5e8a-9c47-6b1f0d7e8a21';

/** The command id of a key; one key belongs to one principal. */
export function commandIdOfKey(principalId: string, key: string): string {
  return uuidv5(`${principalId}\n${key}`, COMMAND_NAMESPACE);
}

/** Command id of input that identifies itself: the same content, the same id. */
export function commandIdOfContent(principalId: string, requestHash: string): string {
  return uuidv5(`${principalId}\n\n${requestHash}`, COMMAND_NAMESPACE);
}

interface InFlight<Answer> {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
}

/** Commands that are being handled in this process, by command id. The log is the memory of those that were. */
export class InFlightCommands<Answer> {
  readonly #commands = new Map<string, InFlight<Answer>>();

  /**
   * Runs the work, or waits for the same command that is running already.
   * @param fingerprint hash over the whole request, personal data too: it is gone when the command is through
   * @returns the answer, and whether it is another request's
   * @throws IdempotencyKeyReusedError if what was running under this id was another request, and was accepted
   */
  async run(
    commandId: string,
    fingerprint: string,
    work: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly joined: boolean }> {
    for (let running = this.#commands.get(commandId); running; running = this.#commands.get(commandId)) {
      if (running.fingerprint === fingerprint) return { answer: await running.answer, joined: true };
      // Which of the two the key belongs to shows when this one is through: it may be the intruder.
      if (await isAccepted(running.answer)) {
        throw new IdempotencyKeyReusedError('another request came with this key');
      }
    }
    const answer = work();
    this.#commands.set(commandId, { fingerprint, answer });
    try {
      return { answer: await answer, joined: false };
    } finally {
      this.#commands.delete(commandId);
    }
  }
}

function isAccepted(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(
    () => true,
    () => false,
  );
}
