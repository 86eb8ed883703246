import { isCatalogueVersion } from '../domain/catalogue/catalogue.ts';
import { type DomainEvent, eventDefinitions } from '../domain/events.ts';
import type { StoredEvent } from './port.ts';
import { upcasters } from './upcasters.ts';

/** An older program never guesses at newer books: it stops. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';
}

/** Turns the data of one schema version into that of the next. */
export type Upcaster = (data: unknown) => unknown;

/** By event type, then by the version it starts from. */
export type Upcasters = Readonly<Record<string, Readonly<Record<number, Upcaster>>>>;

/**
 * The domain event in a stored one: known type, brought to the current schema version, validated.
 * @throws UnknownEventError on a type, a version or a catalogue version that this program does not know
 * @throws ZodError when the data does not have the shape of its version
 */
export function decode(
  stored: Pick<StoredEvent, 'type' | 'schemaVersion' | 'data' | 'metadata'>,
): DomainEvent {
  const definition = definitionOf(stored.type);
  if (definition === undefined) throw new UnknownEventError(`unknown event type ${stored.type}`);
  const missing = unknownCatalogue(stored.data);
  if (missing !== undefined) throw new UnknownEventError(missingCatalogue(stored.type, missing));
  const data = upcast(stored.type, stored.data, stored.schemaVersion, definition.version, upcasters);
  return {
    type: stored.type,
    data: definition.schema.parse(data),
    effectiveAt: stored.metadata.effectiveAt,
  } as DomainEvent;
}

/** Walks the chain of upcasters from one version to another. Throws UnknownEventError on a gap. */
export function upcast(type: string, data: unknown, from: number, to: number, chain: Upcasters): unknown {
  if (from > to) throw new UnknownEventError(`${type} version ${from} is newer than this program (${to})`);
  let current = data;
  for (let version = from; version < to; version += 1) {
    const step = chain[type]?.[version];
    if (step === undefined) throw new UnknownEventError(`${type} version ${version} has no upcaster`);
    current = step(current);
  }
  return current;
}

/** True if this program can read an event of that type and version. */
export function isKnown(type: string, schemaVersion: number): boolean {
  const definition = definitionOf(type);
  return definition !== undefined && schemaVersion <= definition.version;
}

/** Why this program cannot read an event; undefined if it can. Its data may still be found to be wrong. */
export function whyUnknown(stored: Pick<StoredEvent, 'type' | 'schemaVersion' | 'data'>): string | undefined {
  if (!isKnown(stored.type, stored.schemaVersion)) {
    return `this program does not know ${stored.type} version ${stored.schemaVersion}; a newer one has written it`;
  }
  const version = unknownCatalogue(stored.data);
  return version === undefined ? undefined : missingCatalogue(stored.type, version);
}

/** What was bought by a catalogue that is not here must not be priced by another one. */
function missingCatalogue(type: string, version: string): string {
  return `this program does not know the catalogue version ${version} that ${type} names; give it in CATALOGUE_FILE`;
}

function unknownCatalogue(data: object): string | undefined {
  const version = 'catalogueVersion' in data ? data.catalogueVersion : undefined;
  return typeof version === 'string' && !isCatalogueVersion(version) ? version.slice(0, 40) : undefined;
}

type AnyDefinition = (typeof eventDefinitions)[keyof typeof eventDefinitions];

/** A type named like a member of every object is still unknown. */
function definitionOf(type: string): AnyDefinition | undefined {
  return Object.hasOwn(eventDefinitions, type)
    ? eventDefinitions[type as keyof typeof eventDefinitions]
    : undefined;
}
