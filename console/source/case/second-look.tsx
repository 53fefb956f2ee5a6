import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../parts/form-dialog';
import { StatementField } from '../parts/statement-field';
import { useAddNotes } from './add-note';

interface SecondLookProperties {
  /** One of each case. */
  accounts: readonly string[];
  onClose: () => void;
}

/** Gives cases back and asks another person to look at them. */
export function SecondLook({ accounts, onClose }: SecondLookProperties) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const add = useAddNotes(accounts);
  return (
    <FormDialog
      title={
        accounts.length > 1
          ? t('decision.many', { name: t('case.second_look'), count: accounts.length })
          : t('case.second_look')
      }
      words={t('case.second_look_words')}
      verb={t('case.ask')}
      ready={text.trim() !== ''}
      doing={add}
      onSubmit={() => add.mutate({ text, secondLook: true }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <StatementField label={t('case.question')} first value={text} setValue={setText} />
    </FormDialog>
  );
}
