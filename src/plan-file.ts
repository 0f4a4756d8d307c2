import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FxscaleError, messageOf } from './errors.ts';
import { PLAN_SCHEMA, type Plan } from './planners/types.ts';
import { RUN_SCHEMA } from './run.ts';

const part = z.looseObject({}).nullable();

/** What every plan has. A plan of an older version may lack tiers, but none of these. */
const shape = z.looseObject({
  schema: z.literal(PLAN_SCHEMA),
  inputs: z.looseObject({ runs: z.array(z.unknown()), events: z.array(z.unknown()) }),
  observed: part,
  load: part,
  demand: z.looseObject({}),
  atPeak: z.looseObject({}),
  replicas: part,
  cpu: part,
  memory: part,
  hpa: part,
  findings: z.array(z.looseObject({ code: z.string(), severity: z.string(), args: z.looseObject({}) })),
});

const right = 'give the plan.json of fxscale plan --out, or its --json';

/** The plan in `file`. Throws FILE when it cannot be read, or is something else. */
export async function readPlan(file: string): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new FxscaleError('FILE', `${file} cannot be read: ${messageOf(cause)}: ${right}`, { cause });
  }
  return parsePlan(text, file);
}

/** The same of the text that was in `file`. */
export function parsePlan(text: string, file: string): Plan {
  if (text.slice(0, text.indexOf('\n')).includes(`"${RUN_SCHEMA}"`)) {
    throw new FxscaleError(
      'FILE',
      `${file} is a run, and not a plan: make one of it with fxscale plan ${file}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = messageOf(cause).replaceAll(/\s+/g, ' ');
    throw new FxscaleError('FILE', `${file}: this is not a plan (${why}): ${right}`, { cause });
  }
  const found: unknown = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : '';
  if (found !== PLAN_SCHEMA) {
    const is = typeof found === 'string' && found !== '' ? `has the schema ${found}` : 'has no schema';
    throw new FxscaleError('FILE', `${file}: this is not a plan: it ${is}, not ${PLAN_SCHEMA}: ${right}`);
  }
  const issue = shape.safeParse(value).error?.issues[0];
  if (issue) {
    const message = `${file} is no whole plan: ${issue.path.join('.')}: ${issue.message}: ${right}`;
    throw new FxscaleError('FILE', message);
  }
  return value as Plan;
}
