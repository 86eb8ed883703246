export type EmbeddedPostgresErrorCode =
  | 'binaries-missing'
  | 'cannot-run'
  | 'data-missing'
  | 'disk-full'
  | 'folder-in-use'
  | 'folder-unusable'
  | 'start-failed'
  | 'wrong-user'
  | 'wrong-version';

/** Why the embedded server could not be had. The message says what to do; `code` is stable. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The `code` of a Node system error (`ENOENT`, `EACCES`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Turns a refusal by the file system into an error a person can act upon; passes others through. */
export function explainFileError(error: unknown, path: string): unknown {
  if (error instanceof EmbeddedPostgresError) return error;
  switch (systemCode(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new EmbeddedPostgresError(
        'folder-unusable',
        `cannot read and write ${path} (${systemCode(error)}): give it to the user that runs this service, or set DATA_DIR to another folder`,
        error,
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new EmbeddedPostgresError(
        'folder-unusable',
        `${path} cannot be a data folder: a file is in its place. Set DATA_DIR to another folder`,
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(path, error);
    default:
      return error;
  }
}

/** What PostgreSQL itself said, as an error: `output` is the tail of its log. */
export function explainServerOutput(what: string, output: string, place: string): EmbeddedPostgresError {
  if (/No space left on device|Disk quota exceeded/i.test(output)) return diskFull(place);
  return new EmbeddedPostgresError('start-failed', `${what} failed in ${place}:\n${output.trim()}`);
}

/** A program of PostgreSQL's that the operating system would not start. */
export function explainSpawnError(error: unknown, program: string): EmbeddedPostgresError {
  const hint =
    systemCode(error) === 'ENOENT'
      ? 'its loader is missing: the packaged PostgreSQL needs glibc (on Alpine and other musl systems it cannot run)'
      : `the system refused it (${systemCode(error)})`;
  return new EmbeddedPostgresError(
    'cannot-run',
    `cannot run ${program}: ${hint}. Set DATABASE_URL to use a PostgreSQL server of your own`,
    error,
  );
}

function diskFull(path: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'disk-full',
    `the disk below ${path} is full: free some space, or set DATA_DIR to a folder elsewhere. Nothing committed is lost`,
    cause,
  );
}
