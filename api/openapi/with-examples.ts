import { exampleOf } from './examples.ts';
import type { JsonSchema } from './schemas.ts';

type Schemas = Readonly<Record<string, JsonSchema>>;

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
}

interface Described {
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

/** The operation with an example of each input and of each successful answer. */
export function withExamples<Operation extends Described>(operation: Operation, schemas: Schemas): Operation {
  const { parameters, requestBody, responses } = operation;
  return {
    ...operation,
    ...(parameters === undefined ? {} : { parameters: parameters.map((one) => parameter(one, schemas)) }),
    ...(requestBody === undefined ? {} : { requestBody: content(requestBody, schemas) }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [
        status,
        status.startsWith('2') ? content(response, schemas) : response,
      ]),
    ),
  };
}

function parameter(described: object, schemas: Schemas): object {
  const { name, schema, required } = described as { name?: string; schema?: JsonSchema; required?: boolean };
  if (schema === undefined || required !== true) return described;
  return { ...described, example: exampleOf(schema, schemas, name) };
}

function content<Of extends Content>(described: Of, schemas: Schemas): Of {
  if (described.content === undefined) return described;
  const media = Object.entries(described.content).map(([type, medium]) => [
    type,
    medium.schema !== undefined && type.endsWith('json')
      ? { ...medium, example: exampleOf(medium.schema, schemas) }
      : medium,
  ]);
  return { ...described, content: Object.fromEntries(media) };
}
