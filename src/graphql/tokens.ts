import { Refusal } from '../core/refusal.ts';
import { FutureRevocation } from '../db/revocations.ts';
import { checkName } from '../settlement/check.ts';
import { access, builder } from './builder.ts';
import { forbidden } from './errors.ts';
import { typed } from './refs.ts';
import { orRefusal, resultType, type Typed } from './refusals.ts';

const RevokeTokensInput = builder.inputType('RevokeTokensInput', {
  fields: (t) => ({
    subject: t.string({ required: true }),
    issuedBefore: t.field({ type: 'DateTime' }),
    reason: t.string(),
  }),
});

interface Revoked extends Typed {
  readonly subject: string;
  readonly issuedBefore: string;
}

const RevokeTokensPayload = builder.objectRef<Revoked>('RevokeTokensPayload').implement({
  fields: (t) => ({
    subject: t.exposeString('subject'),
    issuedBefore: t.expose('issuedBefore', { type: 'DateTime' }),
  }),
});

const result = resultType('RevokeTokensResult', RevokeTokensPayload, ['INVALID_INPUT']);

builder.mutationField('revokeTokens', (t) =>
  t.field({
    type: result.union,
    args: { input: t.arg({ type: RevokeTokensInput, required: true }) },
    ...access('administer'),
    resolve: (_, { input }, context) => {
      const { viewer, revocations } = context;
      // A token of the subject may reach pools that this administrator's does not.
      if (viewer!.pools !== null)
        throw forbidden('Your token is confined to pools: revoking takes one that is not.');
      return orRefusal(context, result.codes, async () => {
        const { subject, issuedBefore = null, reason = null } = input;
        checkName(subject, 'The subject', ['input', 'subject']);
        if (reason !== null) checkName(reason, 'The reason', ['input', 'reason']);
        try {
          const moment = await revocations.revoke({
            subject,
            issuedBefore,
            reason,
            revokedBy: viewer!.subject,
          });
          return typed('RevokeTokensPayload', { subject, issuedBefore: moment });
        } catch (error) {
          if (!(error instanceof FutureRevocation)) throw error;
          throw new Refusal(
            'INVALID_INPUT',
            'That moment has not come: tokens of the future cannot be revoked.',
            ['input', 'issuedBefore'],
          );
        }
      });
    },
  }),
);
