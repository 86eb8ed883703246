import type { z } from 'zod';

/** What a form may look at beside the body itself. */
export interface FormEnvelope {
  /** Path parameters as they came, not validated yet. */
  readonly params: Readonly<Record<string, unknown>>;
  header(name: string): string | undefined;
}

type Path = readonly PropertyKey[];

/** Another form that a body may come in: what it looks like, and how it becomes the operation's own body. */
export interface AcceptedForm {
  /** Of what is sent; checked first unless `unchecked`, and shown in the OpenAPI document. */
  readonly schema: z.ZodType;
  /** The schema is for the reference alone: toBody, or the operation, judges what is sent, item by item perhaps. */
  readonly unchecked?: boolean | undefined;
  /** What the operation's body schema then validates. */
  toBody(sent: unknown, envelope: FormEnvelope): unknown;
  /** Where in what was sent stands what the body has at `path`, so that problems point there. The same, if absent. */
  readonly sentPath?: ((path: Path) => Path) | undefined;
}

/** Forms by media type, `application/cloudevents+json` for example. */
export type AcceptedForms = Readonly<Record<string, AcceptedForm>>;

/** Declares a form: `accepts: { 'application/cloudevents+json': acceptedForm(cloudEvent, toFact) }`. */
export function acceptedForm<Schema extends z.ZodType>(
  schema: Schema,
  toBody: (sent: z.output<Schema>, envelope: FormEnvelope) => unknown,
  sentPath?: (path: Path) => Path,
): AcceptedForm {
  // `sent` has passed the schema when it gets here.
  return { schema, toBody: (sent, envelope) => toBody(sent as z.output<Schema>, envelope), sentPath };
}
