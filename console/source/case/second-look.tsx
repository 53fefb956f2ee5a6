import { Button, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import style from '../decision/decision.module.css';
import { Failed } from '../parts/failed';
import { useAddNote } from './add-note';

/** Gives the case back and asks another person to look at it. */
export function SecondLook({ account, onClose }: { account: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const add = useAddNote(account);
  return (
    <Modal opened onClose={onClose} title={t('case.second_look')}>
      <form
        className={style.form}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate({ text, secondLook: true }, { onSuccess: onClose });
        }}
      >
        <p className={style.consequence}>{t('case.second_look_words')}</p>
        <Textarea
          label={t('case.question')}
          required
          rows={3}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {add.isError && <Failed error={add.error} />}
        <div className={style.buttons}>
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" disabled={text.trim() === ''} loading={add.isPending}>
            {t('case.ask')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
