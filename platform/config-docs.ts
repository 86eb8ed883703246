import { z } from 'zod';
import { configSchema } from './config.ts';

interface Variable {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly default: string | undefined;
}

/** Every setting with its description, in the order of the schema. */
export function describeVariables(): readonly Variable[] {
  return Object.entries(configSchema.shape).map(([name, schema]) => {
    const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return {
      name,
      description: schema.description ?? '',
      type: json.enum?.map(String).join(' | ') ?? String(json.type ?? 'string'),
      default: json.default === undefined ? undefined : String(json.default),
    };
  });
}

/** Text of `.env.example`: every setting with its default; those without one are commented out. */
export function renderEnvExample(): string {
  const blocks = describeVariables().map((variable) => {
    const value =
      variable.default === undefined ? `# ${variable.name}=` : `${variable.name}=${variable.default}`;
    const type = variable.type.includes('|') ? `\n# ${variable.type}` : '';
    return `# ${variable.description}${type}\n${value}\n`;
  });
  return `# Every setting of the service and its default. Made from platform/config.ts by npm run docs:generate.\n\n${blocks.join('\n')}`;
}
