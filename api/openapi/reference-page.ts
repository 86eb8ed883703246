import { escapeHtml, renderPage } from '../http/page.ts';
import type { OpenApiDocument, Operation } from './document.ts';
import { exampleOf } from './examples.ts';
import type { JsonSchema } from './schemas.ts';

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface JsonBody {
  readonly content?: { readonly 'application/json'?: { readonly schema?: JsonSchema } };
}

/** The reference as one page without scripts, from nothing but the document. */
export function renderReference(document: OpenApiDocument): string {
  const placed = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = document.tags.map((tag) => ({
    ...tag,
    of: placed.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  const contents = groups.map(
    ({ name, of }) =>
      `<h4>${escapeHtml(name)}</h4><ul>${of
        .map(({ operation }) => `<li><a href="#${operation.operationId}">${operation.operationId}</a></li>`)
        .join('')}</ul>`,
  );
  const sections = groups.map(
    ({ name, description, of }) =>
      `<h2>${escapeHtml(name)}</h2>${description === undefined ? '' : `<p>${escapeHtml(description)}</p>`}\n${of
        .map((one) => renderOperation(one, document))
        .join('\n')}`,
  );
  const { title, version } = document.info;
  return renderPage(
    title,
    `<h1>${escapeHtml(title)} <span class="muted">${escapeHtml(version)}</span></h1>
<p>Every call carries <code>Authorization: Bearer &lt;key&gt;</code>. Commands carry an <code>Idempotency-Key</code>;
their answers name a <code>Revenue-Position</code>, which a query takes as <code>minPosition</code> to see what you wrote.</p>
<p><a href="/openapi.json">OpenAPI document</a> · <a href="/docs/errors">Errors</a></p>
<nav>${contents.join('\n')}</nav>
${sections.join('\n')}
${renderSchemas(document)}`,
  );
}

function renderOperation({ method, path, operation }: Placed, document: OpenApiDocument): string {
  const parameters = parametersOf(operation, document);
  const body = bodySchema(operation);
  return `<section id="${operation.operationId}">
<h3>${operation.operationId}</h3>
<p><span class="method">${method}</span> <span class="path">${escapeHtml(path)}</span></p>
<p>${escapeHtml(operation.summary)}</p>
${paragraphs(operation.description)}
${table('Parameters', parameters.map(parameterRow))}
${body === undefined ? '' : table('Body', memberRows(body))}
${renderResponses(operation)}
<h4>Example</h4><pre>${escapeHtml(curlExample({ method, path, operation }, document))}</pre>
</section>`;
}

function renderResponses(operation: Operation): string {
  const rows = Object.entries(operation.responses).map(([status, response]) => {
    const { description, content } = response as JsonBody & { description?: string };
    const schema = content?.['application/json']?.schema;
    const shape = schema?.$ref === undefined ? '' : ` ${typeName(schema)}`;
    return `<tr><td>${status}</td><td>${codeMarks(description ?? '')}${shape}</td></tr>`;
  });
  return `<h4>Answers</h4><table>${rows.join('')}</table>`;
}

/** A call that can be pasted into a shell, with the required inputs. */
export function curlExample({ method, path, operation }: Placed, document: OpenApiDocument): string {
  const { schemas } = document.components;
  const parameters = parametersOf(operation, document).filter(({ required }) => required === true);
  const value = (parameter: Parameter) =>
    encodeURIComponent(String(exampleOf(parameter.schema, schemas, parameter.name)));
  const target = parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((text, parameter) => text.replace(`{${parameter.name}}`, value(parameter)), path);
  const query = parameters
    .filter((parameter) => parameter.in === 'query')
    .map((parameter) => `${parameter.name}=${value(parameter)}`);
  const body = bodySchema(operation);
  const lines = [`curl "$URL${target}${query.length > 0 ? `?${query.join('&')}` : ''}"`];
  if (method !== 'GET')
    lines[0] = `curl -X ${method} "$URL${target}${query.length > 0 ? `?${query.join('&')}` : ''}"`;
  if (operation.security?.length !== 0) lines.push('-H "Authorization: Bearer $KEY"');
  if (parameters.some(({ name }) => name === 'Idempotency-Key'))
    lines.push('-H "Idempotency-Key: $(uuidgen)"');
  if (body !== undefined) {
    lines.push(
      '-H "Content-Type: application/json"',
      `-d '${JSON.stringify(exampleOf(body, schemas)).replaceAll("'", "'\\''")}'`,
    );
  }
  return lines.join(' \\\n  ');
}

function parametersOf(operation: Operation, document: OpenApiDocument): Parameter[] {
  const shared = document.components['parameters'] as Readonly<Record<string, Parameter>>;
  return (operation.parameters ?? []).flatMap((parameter) => {
    const { $ref } = parameter as { $ref?: string };
    const found = $ref === undefined ? (parameter as Parameter) : shared[$ref.split('/').at(-1) ?? ''];
    return found === undefined ? [] : [found];
  });
}

function bodySchema(operation: Operation): JsonSchema | undefined {
  return (operation.requestBody as JsonBody | undefined)?.content?.['application/json']?.schema;
}

function renderSchemas(document: OpenApiDocument): string {
  const sections = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<h3 id="schema-${escapeHtml(name)}">${escapeHtml(name)}</h3>${paragraphs(schema.description)}${table('', memberRows(schema))}`,
  );
  return `<h2>Schemas</h2>${sections.join('\n')}`;
}

function parameterRow(parameter: Parameter): string[] {
  const where = parameter.required === true ? `${parameter.in}, required` : parameter.in;
  return [
    `<code>${escapeHtml(parameter.name)}</code>`,
    where,
    typeName(parameter.schema),
    codeMarks(parameter.description ?? ''),
  ];
}

function memberRows(schema: JsonSchema): string[][] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, member]) => {
    const json = member as JsonSchema;
    return [
      `<code>${escapeHtml(name)}</code>`,
      required.has(name) ? 'required' : '',
      typeName(json),
      codeMarks(json.description ?? ''),
    ];
  });
}

function table(title: string, rows: readonly string[][]): string {
  if (rows.length === 0) return '';
  const heading = title === '' ? '' : `<h4>${title}</h4>`;
  return `${heading}<table>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`;
}

function typeName(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = escapeHtml(schema.$ref.split('/').at(-1) ?? '');
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.enum !== undefined) return escapeHtml(schema.enum.map(String).join(' | '));
  if (schema.type === 'array' && typeof schema.items === 'object') {
    return `list of ${typeName(schema.items as JsonSchema)}`;
  }
  return escapeHtml([String(schema.type ?? 'any'), schema.format].filter(Boolean).join(', '));
}

function paragraphs(text: string | undefined): string {
  if (text === undefined) return '';
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${codeMarks(paragraph)}</p>`)
    .join('');
}

function codeMarks(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
