import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../parts/form-dialog';
import { useAddNote } from './add-note';

/** Gives the case back and asks another person to look at it. */
export function SecondLook({ account, onClose }: { account: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const add = useAddNote(account);
  return (
    <FormDialog
      title={t('case.second_look')}
      words={t('case.second_look_words')}
      verb={t('case.ask')}
      ready={text.trim() !== ''}
      doing={add}
      onSubmit={() => add.mutate({ text, secondLook: true }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Textarea
        label={t('case.question')}
        required
        rows={3}
        data-autofocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
