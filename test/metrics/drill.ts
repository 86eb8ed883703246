import { decimal } from '../../domain/kernel/money.ts';
import type { MoneyBody, TestService } from '../support/service.ts';

interface DrillDownBody {
  readonly operationId: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly sum: string;
}

/** A figure of an answer: where it stands, what it says, and what explains it. */
export interface FoundFigure {
  readonly path: string;
  readonly shown: string;
  readonly drillDown: DrillDownBody;
}

type Json = Readonly<Record<string, unknown>>;

/** Every figure of an answer that carries a drill-down, wherever it stands. */
export function figuresIn(body: unknown, path = ''): FoundFigure[] {
  if (Array.isArray(body)) return body.flatMap((item, index) => figuresIn(item, `${path}[${index}]`));
  if (typeof body !== 'object' || body === null) return [];
  const json = body as Json;
  const nested = Object.entries(json)
    .filter(([name]) => name !== 'drillDown')
    .flatMap(([name, member]) => figuresIn(member, `${path}.${name}`));
  return [...ownFigures(json, path), ...nested];
}

function ownFigures(json: Json, path: string): FoundFigure[] {
  const { drillDown } = json;
  if (typeof drillDown !== 'object' || drillDown === null) return [];
  if ('operationId' in drillDown) {
    return [{ path, shown: shownBy(json), drillDown: drillDown as DrillDownBody }];
  }
  return Object.entries(drillDown as Readonly<Record<string, DrillDownBody>>).map(([name, own]) => ({
    path: `${path}.${name}`,
    shown: (json[name] as { arr: MoneyBody }).arr.amount,
    drillDown: own,
  }));
}

/** What a figure says: an amount, what is open, or an exact recurring amount. */
function shownBy(json: Json): string {
  const { amount, arr, open } = json as Partial<Record<string, MoneyBody & { readonly arr?: MoneyBody }>>;
  const money = arr ?? open ?? amount?.arr ?? amount;
  if (money === undefined) throw new Error(`a drill-down of nothing: ${Object.keys(json)}`);
  return money.amount;
}

/** Follows a drill-down over all its pages and adds up what it says to add up. */
export async function sumOf(service: TestService, { operationId, parameters, sum }: DrillDownBody) {
  const sign = sum.startsWith('-') ? -1 : 1;
  const members = sum.replace('-', '').split('.');
  let total = decimal(0);
  let items = 0;
  for (let cursor: string | undefined, more = true; more; ) {
    const inputs = { ...parameters, limit: 100, ...(cursor === undefined ? {} : { startingAfter: cursor }) };
    const { body } = await service.ok<{ data: unknown[]; nextCursor?: string }>(operationId, inputs);
    for (const item of body.data) {
      const money = members.reduce((value, name) => (value as Json)[name], item) as MoneyBody;
      total = total.plus(money.amount);
      items += 1;
    }
    cursor = body.nextCursor;
    more = cursor !== undefined;
  }
  return { total: total.times(sign), items };
}
