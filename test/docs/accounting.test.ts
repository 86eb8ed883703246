import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventType, eventDefinitions } from '../../domain/events.ts';
import { accountOf } from '../../ledger/chart-of-accounts.ts';
import { isMemo } from '../../ledger/posting/index.ts';
import { isTemplateCode } from '../../ledger/templates.ts';
import { startTestService, type TestService, type TrialBalanceBody } from '../support/service.ts';
import { totalsOf } from '../support/templates.ts';
import { readDocument, section, tableRows } from './markdown.ts';
import { type Entry, QUARTER_BEGINS, Quarter } from './quarter.ts';

interface Example {
  readonly code: string;
  readonly event: string;
  readonly customerId: string;
  readonly date: string;
  readonly lines: readonly {
    readonly account: string;
    readonly name: string;
    readonly side: 'Dr' | 'Cr';
    readonly amount: string;
  }[];
}

/** In the place of a customer where an entry is nobody's. */
const EVERYBODY = 'everybody';
const HEADING = /^### ([A-Z]+-\d+) · /m;
const CAPTION = /^\*\*(\w+)\*\*, (\d{4}-\d\d-\d\d): /m;

const books = await readDocument('docs/accounting.md');
const examples = books.split(/^(?=###? )/m).flatMap(examplesOf);

function examplesOf(part: string): Example[] {
  const code = HEADING.exec(part)?.[1];
  if (code === undefined) return [];
  const said = part.split(/^(?=\*\*\w+\*\*, )/m);
  const ofAll = eventIn(said[0] ?? '');
  return said.slice(1).map((text): Example => {
    const [, customerId = '', date = ''] = CAPTION.exec(text) ?? [];
    return { code, event: eventIn(text) ?? ofAll ?? '', customerId, date, lines: linesOf(text) };
  });
}

/** The first event that is named: a later one of the same entry's kind stands beside it. */
function eventIn(text: string): string | undefined {
  return /`(\w+\.\w+)`/.exec(text)?.[1];
}

function linesOf(text: string): Example['lines'] {
  return tableRows(text).map(([account = '', debit = '', credit = '']) => {
    const [code = '', ...name] = account.split(' ');
    const amount = (debit === '' ? credit : debit).replaceAll(',', '');
    return { account: code, name: name.join(' '), side: debit === '' ? 'Cr' : 'Dr', amount };
  });
}

async function postedTemplates(): Promise<string[]> {
  const files = (await readdir(new URL('../../ledger/posting/', import.meta.url))).filter((file) =>
    file.endsWith('.ts'),
  );
  const sources = await Promise.all(files.map((file) => readDocument(`ledger/posting/${file}`)));
  return sources.flatMap((source) => source.match(/(?<=['`])[A-Z]{3}-\d+(?=['`@])/g) ?? []);
}

describe('docs/accounting.md', () => {
  it('has every template that a posting rule names, and no other', async () => {
    const codes = new Set(examples.map(({ code }) => code));
    expect([...codes].toSorted()).toEqual([...new Set(await postedTemplates())].toSorted());
    for (const code of codes) expect(isTemplateCode(code)).toBe(true);
  });

  it('calls accounts as the chart does', () => {
    for (const { account, name } of examples.flatMap(({ lines }) => lines)) {
      expect(name).toBe(accountOf(account).name);
    }
  });

  it('lists as posting nothing what posts nothing, all of it', () => {
    const named = section(books, '## What posts nothing').match(/(?<=`)\w+\.\w+(?=`)/g) ?? [];
    const memos = (Object.keys(eventDefinitions) as EventType[]).filter(isMemo);
    expect(named.toSorted()).toEqual(memos.toSorted());
  });
});

describe('the quarter that its amounts are from', () => {
  let service: TestService;
  let journal: Entry[] = [];

  beforeAll(async () => {
    service = await startTestService({ CLOCK: `manual:${QUARTER_BEGINS}`, PROVISION: 'monthly' });
    const quarter = new Quarter(service);
    await quarter.run();
    journal = await quarter.journal();
  });
  afterAll(() => service?.close());

  it.each(examples)('$code: $customerId, $date', ({ code, event, customerId, date, lines }) => {
    const entries = journal.filter(
      (entry) =>
        entry.customerId === (customerId === EVERYBODY ? null : customerId) &&
        entry.template.startsWith(`${code}@`) &&
        entry.effectiveAt.startsWith(date),
    );
    expect(entries.map(({ type }) => type)).toContain(event);
    const posted = entries.map(({ postings }) =>
      totalsOf(postings.map(({ account, side, amount }) => ({ account, side, amount: amount.amount }))),
    );
    expect(posted).toContainEqual(totalsOf(lines));
  });

  it('comes to zero', async () => {
    const { body } = await service.ok<TrialBalanceBody>('getTrialBalance');
    expect(body.zero).toBe(true);
  });
});
