import { type Viewer as Caller, ROLES } from '../auth/viewer.ts';
import { access, builder } from './builder.ts';

const Role = builder.enumType('Role', { values: ROLES });

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  fields: (t) => ({
    subject: t.exposeString('subject'),
    roles: t.field({ type: [Role], resolve: (viewer) => [...viewer.roles] }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({ type: Viewer, ...access('signed-in'), resolve: (_, __, { viewer }) => viewer! }),
);
