import { Button, Progress } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../parts/form-dialog';
import { review } from '../service/clients';
import { OF_DECISIONS, useRefresh } from '../service/refresh';
import { usePerson } from '../service/signed-in';
import { useTerms } from '../language/terms';
import { DecisionFields } from './decision-fields';
import { undo } from './desk-store';
import { asserts, firstDetails, order, type Intent } from './intent';
import { PreviewTable } from './preview-table';
import { previewQuery } from './preview';

/** A decision before it is made: whom it reaches and how many tokens, and why. */
export function DecisionDialog({ intent, onClose }: { intent: Intent; onClose: () => void }) {
  const { t } = useTranslation();
  const terms = useTerms();
  const person = usePerson();
  const [details, setDetails] = useState(() => firstDetails(intent));
  const preview = useQuery(previewQuery(intent, details, person.name));
  const { made, make } = useMake(intent, onClose);
  const name = terms.action(intent.action);
  const ready = details.statement.trim() !== '' && preview.data !== undefined && !preview.isPlaceholderData;
  return (
    <FormDialog
      title={
        intent.subjects.length > 1
          ? t('decision.many', { name, count: intent.subjects.length })
          : t('decision.one', { name, subject: intent.subjects[0]?.name ?? '' })
      }
      words={t(`decision.consequence.${intent.action}`)}
      verb={name}
      grave={intent.action === 'disqualify' || intent.action === 'recover'}
      ready={ready}
      doing={make}
      size="lg"
      onSubmit={() => make.mutate(details)}
      onClose={onClose}
    >
      <PreviewTable preview={preview} asserting={asserts(intent.action)} />
      <DecisionFields intent={intent} details={details} setDetails={setDetails} />
      {make.isPending && intent.subjects.length > 1 && (
        <Progress value={(100 * made) / intent.subjects.length} aria-label={t('decision.progress')} />
      )}
    </FormDialog>
  );
}

/** Makes the dispositions one after the other; offers to undo what was made, even where one failed. */
function useMake(intent: Intent, onClose: () => void) {
  const { t } = useTranslation();
  const terms = useTerms();
  const person = usePerson();
  const refresh = useRefresh(OF_DECISIONS);
  const [made, setMade] = useState(0);
  const [ids, setIds] = useState<readonly string[]>([]);
  const make = useMutation({
    mutationFn: async (details: Parameters<typeof order>[2]) => {
      const dispositionIds = [...ids];
      for (const subject of intent.subjects.slice(dispositionIds.length)) {
        const answer = await review.createDisposition(order(intent, subject, details, person.name, false));
        dispositionIds.push(answer.disposition?.dispositionId ?? '');
        setIds([...dispositionIds]);
        setMade(dispositionIds.length);
      }
      return dispositionIds;
    },
    onSuccess: (dispositionIds) => {
      const id = notifications.show({
        autoClose: 20_000,
        title: t('decision.done', { name: terms.action(intent.action) }),
        message: (
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => {
              notifications.hide(id);
              undo(dispositionIds);
            }}
          >
            {t('decision.undo')}
          </Button>
        ),
      });
      onClose();
    },
    onSettled: refresh,
  });
  return { made, make };
}
