import { idFromUuid } from '../platform/base32.ts';
import { sha256Hex } from '../platform/canonical-json.ts';
import { uuidv5 } from '../platform/uuid.ts';

/** Who asks for what, and why: goes into the metadata of every event that follows. */
export interface Envelope {
  /** UUID; the same retry has the same one. Event ids and minted ids derive from it. */
  readonly commandId: string;
  readonly commandType: string;
  readonly requestHash: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** Revision that the stream must be at; `none`: it must not exist. */
  readonly ifMatch?: number | 'none';
}

/** What an event says of the command that made it. */
export function madeBy({ commandId, commandType, correlationId, causationId, actor, requestHash }: Envelope) {
  return { commandId, commandType, correlationId, causationId, actor, requestHash };
}

/** Whether a stream is where the caller expects it: at the revision that it names, or not there at all. */
export function meetsMatch({ ifMatch }: Pick<Envelope, 'ifMatch'>, revision: number): boolean {
  return ifMatch === undefined || (ifMatch === 'none' ? revision < 0 : revision === ifMatch);
}

/** A step that follows from a command or an event: its id derives from its cause, so that it happens once. */
export function following(
  cause: { readonly id: string; readonly actor: string; readonly correlationId: string },
  commandType: string,
  discriminator = '',
): Envelope {
  return {
    commandId: uuidv5(`${commandType}\n${discriminator}`, cause.id),
    commandType,
    requestHash: sha256Hex(`${commandType}\n${cause.id}\n${discriminator}`),
    actor: cause.actor,
    correlationId: cause.correlationId,
    causationId: cause.id,
  };
}

/** Id of a thing that a command makes: `inv_…`; the same command makes the same one. */
export function mintId(prefix: string, commandId: string, name = prefix): string {
  return idFromUuid(prefix, uuidv5(name, commandId));
}

const NAMESPACE = '8f0e4f0a-3c1b-5d61-9a53-6f1d3a0b7c11';

/** Id of a thing that there is one of by its nature: a customer's monthly invoice. */
export function naturalId(prefix: string, ...parts: readonly string[]): string {
  return idFromUuid(prefix, naturalUuid(...parts));
}

export function naturalUuid(...parts: readonly string[]): string {
  return uuidv5(JSON.stringify(parts), NAMESPACE);
}
