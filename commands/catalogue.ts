import type pg from 'pg';
import type { Catalogue } from '../domain/catalogue/catalogue.ts';
import { asCatalogueFile } from '../domain/catalogue/file.ts';
import type { Instant } from '../domain/kernel/time.ts';
import { canonicalJson, sha256Hex } from '../platform/canonical-json.ts';
import { sqlMigration } from '../platform/migrations.ts';
import { transaction } from '../platform/postgres.ts';

export const catalogueMigration = sqlMigration('0005_catalogue_versions', import.meta.url, [
  'sql/catalogue-versions.sql',
]);

/** The versions given differ from those that were in force on this data; nothing is priced before that is settled. */
export class CatalogueChangedError extends Error {
  override readonly name = 'CatalogueChangedError';
}

interface KnownVersion {
  readonly id: string;
  readonly effective_from: Instant;
  readonly content_hash: string;
}

/**
 * Holds the versions of this process against those that this data has been priced by, and notes them. A version may
 * be changed or withdrawn until it comes into force, and a new one comes into force ahead of now.
 * @throws CatalogueChangedError naming the version
 */
export async function keepCatalogues(
  pool: pg.Pool,
  versions: readonly Catalogue[],
  now: Instant,
): Promise<void> {
  await transaction(pool, async (client) => {
    await client.query('lock table ops.catalogue_versions in share row exclusive mode');
    const { rows } = await client.query<KnownVersion>(
      'select id, effective_from, content_hash from ops.catalogue_versions',
    );
    const given = versions.map(asKnown);
    for (const known of rows) requireKept(known, given, now);
    if (rows.length > 0) for (const version of given) requireAhead(version, rows, now);
    await client.query('delete from ops.catalogue_versions where effective_from > $1', [now]);
    await client.query(
      `insert into ops.catalogue_versions (id, effective_from, content_hash)
       select * from unnest($1::text[], $2::text[], $3::text[])
       on conflict (id) do nothing`,
      [
        given.map(({ id }) => id),
        given.map(({ effective_from }) => effective_from),
        given.map(({ content_hash }) => content_hash),
      ],
    );
  });
}

function requireKept(known: KnownVersion, given: readonly KnownVersion[], now: Instant): void {
  if (known.effective_from > now) return;
  const same = given.find(({ id }) => id === known.id);
  const since = `the catalogue version ${known.id} has been in force since ${known.effective_from}`;
  if (same === undefined) {
    throw new CatalogueChangedError(`${since} and is missing: give it in CATALOGUE_FILE`);
  }
  if (same.content_hash !== known.content_hash) {
    throw new CatalogueChangedError(
      `${since} and was changed: put it back, and make the change a new version`,
    );
  }
}

function requireAhead(version: KnownVersion, before: readonly KnownVersion[], now: Instant): void {
  if (version.effective_from > now || before.some(({ id }) => id === version.id)) return;
  throw new CatalogueChangedError(
    `the catalogue version ${version.id} would have come into force at ${version.effective_from}, before now (${now}): ` +
      'what is priced and billed already would change; let it begin with a month to come',
  );
}

function asKnown(version: Catalogue): KnownVersion {
  return {
    id: version.id,
    effective_from: version.effectiveFrom,
    content_hash: sha256Hex(canonicalJson(asCatalogueFile([version]))),
  };
}
