/** `npm run docs:api`: docs/api.md, the reference of the API, as schema.graphql describes it. */
import { writeFile } from 'node:fs/promises';
import { apiReference } from './api/reference.ts';
import { inRoot } from './checks/check.ts';
import { readSchema } from './checks/contract.ts';

await writeFile(inRoot('docs/api.md'), apiReference(await readSchema('schema.graphql')));
