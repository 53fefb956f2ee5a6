import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import type { Case } from '../generated/sameuser/v1/review_pb';
import { review } from '../service/clients';
import { failureOf } from '../service/failure';
import { OF_CASES, useRefresh } from '../service/refresh';
import { usePerson } from '../service/signed-in';

/** Claiming and putting aside, of one case or of many. */
export function useCaseWork() {
  const { t } = useTranslation();
  const person = usePerson();
  const settled = useRefresh(OF_CASES);
  const failed = (error: unknown) => {
    const failure = failureOf(error);
    notifications.show({
      color: 'red',
      title: t(`failure.${failure.kind}.title`),
      message: failure.words || t(`failure.${failure.kind}.words`),
    });
  };
  const claim = useMutation({
    mutationFn: async ({ cases, takeOver = false }: { cases: readonly Case[]; takeOver?: boolean }) => {
      const release = cases.every((one) => one.claimedBy === person.name);
      for (const one of cases) {
        await review.claimCase({ caseId: one.caseId, author: person.name, release, takeOver });
      }
      return release;
    },
    onSuccess: (released, { cases }) =>
      notifications.show({
        message: t(released ? 'queue.released' : 'queue.claimed', { count: cases.length }),
      }),
    onError: failed,
    onSettled: settled,
  });
  const snooze = useMutation({
    mutationFn: async ({ cases, until }: { cases: readonly Case[]; until: Date | undefined }) => {
      for (const one of cases) {
        await review.snoozeCase({
          caseId: one.caseId,
          author: person.name,
          ...(until !== undefined && { until: timestampFromDate(until) }),
        });
      }
    },
    onSuccess: (_, { cases, until }) =>
      notifications.show({
        message: t(until === undefined ? 'queue.woken' : 'queue.snoozed', { count: cases.length }),
      }),
    onError: failed,
    onSettled: settled,
  });
  return { claim, snooze };
}
