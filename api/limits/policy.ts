import type { Route } from '../http/route.ts';
import { type Principal, ROLES, type Role } from '../http/types.ts';

/** Kinds of work that are limited apart from each other; their names are the policies' names in the headers. */
const OPERATION_CLASSES = ['ingest', 'hotReads', 'queries', 'commands'] as const;
export type OperationClass = (typeof OPERATION_CLASSES)[number];

/** Requests in a minute by class; 0 is no limit. */
export type Limits = Readonly<Record<OperationClass, number>>;

/** What goes for a key that has no limits of its own. */
export type LimitsByRole = Readonly<Record<Role, Limits>>;

/** The class of an operation: hot reads are queries that are answered ahead of the rest. */
export function classOf({ kind, hot }: Pick<Route<never>, 'kind' | 'hot'>): OperationClass {
  if (kind === 'ingest') return 'ingest';
  if (kind === 'command') return 'commands';
  return hot ? 'hotReads' : 'queries';
}

/** Requests that a principal may make in a minute; 0 is no limit. */
export function quotaOf(principal: Principal, operations: OperationClass, byRole: LimitsByRole): number {
  return principal.rateLimits?.[operations] ?? byRole[principal.role][operations];
}

/** @param settings one text for each class: `12000,customer=1200,owner=0` is 12,000 a minute, but for those roles */
export function limitsByRole(settings: Readonly<Record<OperationClass, string>>): LimitsByRole {
  const parsed = OPERATION_CLASSES.map((name) => [name, parse(settings[name])] as const);
  return Object.fromEntries(
    ROLES.map((role) => [
      role,
      Object.fromEntries(parsed.map(([name, { general, apart }]) => [name, apart.get(role) ?? general])),
    ]),
  ) as LimitsByRole;
}

function parse(setting: string): { readonly general: number; readonly apart: ReadonlyMap<string, number> } {
  const [general, ...rest] = setting.split(',');
  const apart = rest
    .map((part) => part.split('='))
    .map(([role, limit]) => [role ?? '', Number(limit)] as const);
  return { general: Number(general), apart: new Map(apart) };
}
