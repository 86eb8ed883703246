import pg from 'pg';

/** A table's row by column name. bigint and numeric are decimal strings (or bigint), instants canonical ISO. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Result types that keep read models exact: bigint and numeric stay strings, `date` stays `2026-01-31`, and
 * timestamptz becomes a canonical instant. Give it as `types` of a query.
 */
const exactTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === pg.types.builtins.DATE) return (value: string) => value;
      if (oid === pg.types.builtins.TIMESTAMPTZ) return canonicalTimestamp;
    }
    return pg.types.getTypeParser(oid, format ?? 'text');
  },
};

function canonicalTimestamp(value: string): string {
  return new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString();
}

/**
 * Inserts rows, or replaces those with the same key, in one statement. All rows name the same columns, and no
 * key stands twice: fold first. The key needs a unique constraint.
 */
export async function upsertRows(
  client: pg.ClientBase,
  table: string,
  keyColumns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const columns = columnsOf(table, rows);
  const changed = columns.filter((column) => !keyColumns.includes(column));
  const action =
    changed.length === 0
      ? 'do nothing'
      : `do update set ${changed.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ')}`;
  await insertFrom(client, table, columns, rows, `on conflict (${list(keyColumns)}) ${action}`);
}

/** Inserts rows in one statement. All rows name the same columns; an existing key is an error. */
export async function insertRows(client: pg.ClientBase, table: string, rows: readonly Row[]): Promise<void> {
  await insertFrom(client, table, columnsOf(table, rows), rows, '');
}

/**
 * Adds to running totals: inserts rows, or adds their `sumColumns` to those with the same key; other columns
 * take the new value. No key stands twice.
 */
export async function addToRows(
  client: pg.ClientBase,
  table: string,
  keyColumns: readonly string[],
  sumColumns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const columns = columnsOf(table, rows);
  const assignments = columns
    .filter((column) => !keyColumns.includes(column))
    .map((column) => {
      const name = quoted(column);
      return sumColumns.includes(column)
        ? `${name} = ${quoted(table)}.${name} + excluded.${name}`
        : `${name} = excluded.${name}`;
    });
  const conflict = `on conflict (${list(keyColumns)}) do update set ${assignments.join(', ')}`;
  await insertFrom(client, table, columns, rows, conflict);
}

/** The rows that have one of the keys, in no particular order. A key that does not exist is left out. */
export async function loadRows<Result extends pg.QueryResultRow>(
  client: pg.ClientBase,
  table: string,
  keyColumns: readonly string[],
  keys: readonly Row[],
): Promise<Result[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<Result>({
    text: `select t.* from ${quoted(table)} t
           join (select distinct ${list(keyColumns)} from ${recordset(table)}) k using (${list(keyColumns)})`,
    values: [asJson(keys)],
    types: exactTypes,
  });
  return rows;
}

/** Deletes the rows that have one of the keys. */
export async function deleteRows(
  client: pg.ClientBase,
  table: string,
  keyColumns: readonly string[],
  keys: readonly Row[],
): Promise<void> {
  if (keys.length === 0) return;
  const match = keyColumns.map((column) => `t.${quoted(column)} = k.${quoted(column)}`).join(' and ');
  await client.query(`delete from ${quoted(table)} t using ${recordset(table)} k where ${match}`, [
    asJson(keys),
  ]);
}

/** How events become rows of one table, for `foldRows`. */
export interface RowFold<Event, State extends Row> {
  readonly table: string;
  readonly keyColumns: readonly (keyof State & string)[];
  /** Key of the row that the event changes; undefined if it changes none. */
  keyOf(event: Event): Row | undefined;
  /** The row after the event; undefined deletes it. `row` is undefined if there is none yet. */
  evolve(row: State | undefined, event: Event): State | undefined;
}

/** Loads the rows that the events touch, folds the events over them in order, and writes what changed. */
export async function foldRows<Event, State extends Row>(
  client: pg.ClientBase,
  fold: RowFold<Event, State>,
  events: readonly Event[],
): Promise<void> {
  const { table, keyColumns } = fold;
  const touched = events.flatMap((event) => {
    const key = fold.keyOf(event);
    return key === undefined ? [] : [{ event, key, text: keyText(keyColumns, key) }];
  });
  const keys = new Map(touched.map(({ key, text }) => [text, key] as const));
  const loaded = await loadRows<State>(client, table, keyColumns, [...keys.values()]);
  const states = new Map<string, State | undefined>(loaded.map((row) => [keyText(keyColumns, row), row]));
  for (const { event, text } of touched) states.set(text, fold.evolve(states.get(text), event));
  const kept = [...states.values()].flatMap<State>((row) => (row === undefined ? [] : [row]));
  const gone = [...keys].filter(([text]) => states.get(text) === undefined).map(([, key]) => key);
  await deleteRows(client, table, keyColumns, gone);
  await upsertRows(client, table, keyColumns, kept);
}

/** A map key for the values of a row's key columns. */
export function keyText(keyColumns: readonly string[], row: Row): string {
  return JSON.stringify(keyColumns.map((column) => String(row[column])));
}

/** An SQL identifier in quotes. */
export function quoted(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}

async function insertFrom(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
  conflict: string,
): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into ${quoted(table)} (${list(columns)}) select ${list(columns)} from ${recordset(table)} ${conflict}`,
    [asJson(rows)],
  );
}

function recordset(table: string): string {
  return `json_populate_recordset(null::${quoted(table)}, $1::json)`;
}

function columnsOf(table: string, rows: readonly Row[]): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const columns = Object.keys(first);
  const odd = rows.find(
    (row) => Object.keys(row).length !== columns.length || columns.some((column) => !(column in row)),
  );
  if (odd !== undefined) throw new RangeError(`rows of ${table} name different columns: ${Object.keys(odd)}`);
  return columns;
}

function list(columns: readonly string[]): string {
  return columns.map(quoted).join(', ');
}

function asJson(rows: readonly Row[]): string {
  return JSON.stringify(rows, (_member, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
