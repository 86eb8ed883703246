import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import {
  catalogueAt,
  catalogueVersion,
  catalogueVersions,
  FLAG_IDS,
  firstCatalogue,
  hasFlag,
  isCatalogueVersion,
  limitOf,
  priceOf,
  useCatalogues,
} from '../../domain/catalogue/catalogue.ts';
import { asCatalogueFile, CatalogueFileError, parseCatalogueFile } from '../../domain/catalogue/file.ts';

const example = JSON.parse(
  readFileSync(new URL('../../docs/catalogue.example.json', import.meta.url), 'utf8'),
);
/** A file of one version, the example's, after an edit. */
function edited(edit: (version: Record<string, never> & typeof example) => void): unknown {
  const copy = structuredClone(example);
  edit(copy.versions[0]);
  return copy;
}
function problemsOf(json: unknown): readonly string[] {
  try {
    parseCatalogueFile(json);
  } catch (error) {
    expect(error).toBeInstanceOf(CatalogueFileError);
    return (error as CatalogueFileError).problems;
  }
  return [];
}

afterEach(() => useCatalogues([]));

describe('a catalogue file', () => {
  test('the documented example is one version that changes what the page says', () => {
    const [version, ...more] = parseCatalogueFile(example);
    if (version === undefined) expect.unreachable('no version');
    expect(more).toEqual([]);
    expect(priceOf(version, 'growth', 'annual')).toBe('3158.40');
    expect(limitOf(version, 'growth', 'segments')).toBe(150n);
    expect(limitOf(version, 'growth', 'briefs')).toBe(40n);
    expect(hasFlag(version, 'growth', 'campaigns.ab_testing')).toBe(true);
    expect(hasFlag(version, 'growth', 'analytics.ltv')).toBe(false);
    expect(priceOf(version, 'pro', 'monthly')).toBe('799.00');
    const changed = FLAG_IDS.filter(
      (flag) => version.flags[flag].tiers.join() !== firstCatalogue.flags[flag].tiers.join(),
    );
    expect(changed).toEqual(['campaigns.ab_testing', 'analytics.ltv']);
  });

  test('what is printed is what is read', () => {
    const printed = asCatalogueFile([
      { ...firstCatalogue, id: 'next', effectiveFrom: '2027-01-01T00:00:00.000Z' },
    ]);
    const [read] = parseCatalogueFile(printed);
    expect(read).toEqual({ ...firstCatalogue, id: 'next', effectiveFrom: '2027-01-01T00:00:00.000Z' });
  });

  test('an empty one is the built-in version alone', () => {
    expect(parseCatalogueFile({ versions: [] })).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ['not an object', [], /^file: /],
    ['an unknown member at the top', { versions: [], prices: {} }, /^file: there is no member prices/],
    [
      'an unknown member inside',
      edited((v) => {
        v.tiers.growth.discount = '0.1';
      }),
      /^versions\.0\.tiers\.growth: there is no member discount/,
    ],
    [
      'an unknown tier',
      edited((v) => {
        v.tiers.platinum = v.tiers.pro;
      }),
      /there is no member platinum/,
    ],
    [
      'a tier left out',
      edited((v) => {
        delete v.tiers.pro;
      }),
      /^versions\.0\.tiers\.pro: /,
    ],
    [
      'a flag left out',
      edited((v) => {
        delete v.flags['core.profiles'];
      }),
      /^versions\.0\.flags\.core\.profiles: /,
    ],
    [
      'an unknown flag',
      edited((v) => {
        v.flags['core.time_travel'] = { category: 'core', tiers: [] };
      }),
      /there is no member core\.time_travel/,
    ],
    [
      'a flag of an unknown tier',
      edited((v) => {
        v.flags['core.profiles'].tiers = ['gold'];
      }),
      /flags\.core\.profiles\.tiers\.0/,
    ],
    [
      'a tier named twice',
      edited((v) => {
        v.flags['core.profiles'].tiers = ['pro', 'pro'];
      }),
      /name a tier once/,
    ],
    [
      'a price as a number',
      edited((v) => {
        v.tiers.growth.price.monthly = 329;
      }),
      /^versions\.0\.tiers\.growth\.price\.monthly: /,
    ],
    [
      'a price with three decimals',
      edited((v) => {
        v.tiers.growth.price.monthly = '329.001';
      }),
      /price in cents/,
    ],
    [
      'a Free tier that costs',
      edited((v) => {
        v.tiers.free.price.monthly = '9.00';
      }),
      /^versions\.0\.tiers\.free\.price\.monthly: /,
    ],
    [
      'a broken number of units',
      edited((v) => {
        v.meters['sms.sent'].allowance.free = 1.5;
      }),
      /allowance\.free: must be a whole number/,
    ],
    [
      'a negative limit',
      edited((v) => {
        v.limits.users.values.free = -1;
      }),
      /limits\.users\.values\.free/,
    ],
    [
      'an unlimited allowance',
      edited((v) => {
        v.meters['api.called'].allowance.pro = 'unlimited';
      }),
      /allowance\.pro/,
    ],
    [
      'price tiers that do not ascend',
      edited((v) => {
        v.meters['email.sent'].price.tiers[1].upTo = 1;
      }),
      /must ascend/,
    ],
    [
      'price tiers with an end',
      edited((v) => {
        v.meters['email.sent'].price.tiers[2].upTo = 99_000_000;
      }),
      /must ascend/,
    ],
    [
      'a package of nothing',
      edited((v) => {
        v.meters['data.exported'].price.size = 0;
      }),
      /at least 1/,
    ],
    [
      'a date in the middle of a month',
      edited((v) => {
        v.effectiveFrom = '2027-01-15T00:00:00.000Z';
      }),
      /first instant of a month/,
    ],
    [
      'a date before the built-in version',
      edited((v) => {
        v.effectiveFrom = '1969-01-01T00:00:00.000Z';
      }),
      /come after/,
    ],
    [
      'the id of the built-in version',
      edited((v) => {
        v.id = '2026-01';
      }),
      /distinct ids/,
    ],
    [
      'another currency',
      edited((v) => {
        v.currency = 'EUR';
      }),
      /currency must stay "USD"/,
    ],
    [
      'a meter that counts otherwise',
      edited((v) => {
        v.meters['api.called'].aggregation = { kind: 'SUM', of: 'calls' };
      }),
      /meters\.api\.called\.aggregation must stay/,
    ],
    [
      'a limit of another meter',
      edited((v) => {
        v.limits.events.meter = 'api.called';
      }),
      /limits\.events\.meter must stay/,
    ],
    [
      'a metered limit made static',
      edited((v) => {
        v.limits.events = { ...v.limits.users, label: 'Events' };
      }),
      /limits\.events\.kind must stay/,
    ],
  ])('is refused with %s', (_case, json, message) => {
    expect(problemsOf(json).join('\n')).toMatch(message);
  });

  test('names every fault at once', () => {
    const json = edited((v) => {
      v.tiers.growth.price.monthly = '1';
      v.limits.users.values.free = 'many';
      v.colour = 'blue';
    });
    expect(problemsOf(json)).toHaveLength(3);
  });
});

describe('versions that follow the built-in one', () => {
  const second = { ...firstCatalogue, id: '2027-01', effectiveFrom: '2027-01-01T00:00:00.000Z' };

  test('are in force from their instant, and known by their id before it', () => {
    useCatalogues([second]);
    expect(catalogueVersions().map(({ id }) => id)).toEqual(['2026-01', '2027-01']);
    expect(catalogueAt('2026-12-31T23:59:59.999Z').id).toBe('2026-01');
    expect(catalogueAt('2027-01-01T00:00:00.000Z').id).toBe('2027-01');
    expect(catalogueVersion('2027-01').id).toBe('2027-01');
    expect(isCatalogueVersion('2028-01')).toBe(false);
    expect(() => catalogueVersion('2028-01')).toThrow(
      /does not know the catalogue version 2028-01.*CATALOGUE_FILE/,
    );
  });

  test('that cannot follow leave those before in place', () => {
    useCatalogues([second]);
    expect(() => useCatalogues([second, second])).toThrow(RangeError);
    expect(isCatalogueVersion('2027-01')).toBe(true);
    useCatalogues([]);
    expect(isCatalogueVersion('2027-01')).toBe(false);
  });
});
