import { describe, expect, it } from 'vitest';
import { allRoutes } from '../../api/routes/index.ts';
import { sampleInput, sampleOf } from './support/sample-input.ts';

const routes = allRoutes({ manualClock: true });
const REMEDY = 'give the schema that is at fault an example: .meta({ examples: [ … ] })';

describe('the example of each operation in the reference', () => {
  it.each(routes.map((route) => [route.operationId, route] as const))('%s takes its own', (_name, route) => {
    const prepared = route.prepare(sampleInput(route));
    const issues = prepared.valid
      ? []
      : prepared.issues.map(({ in: where, issue }) => `${where} /${issue.path.join('/')}: ${issue.message}`);
    expect(issues, REMEDY).toEqual([]);
    for (const [mediaType, form] of Object.entries(route.accepts)) {
      const checked = form.schema.safeParse(sampleOf(form.schema, 'input'));
      expect(checked.error?.issues ?? [], `${mediaType}: ${REMEDY}`).toEqual([]);
    }
  });

  it.each(
    routes
      .filter(({ produces }) => produces === 'application/json')
      .map((route) => [route.operationId, route] as const),
  )('%s answers as its own says', (_name, route) => {
    const checked = route.response.safeParse(sampleOf(route.response, 'output'));
    expect(checked.error?.issues ?? [], REMEDY).toEqual([]);
  });
});
