import { Badge, Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { CaseNote } from '../generated/sameuser/v1/review_pb';
import { Card, Quiet } from '../parts/card';
import { Failed } from '../parts/failed';
import { Moment } from '../parts/moment';
import { useMay } from '../service/signed-in';
import { useAddNotes } from './add-note';
import style from './case.module.css';

const NOTE_AT_MOST = 1900;

export function NotesCard({ account, notes }: { account: string; notes: readonly CaseNote[] }) {
  const { t } = useTranslation();
  const mayDecide = useMay('decide');
  const [text, setText] = useState('');
  const add = useAddNotes([account]);
  return (
    <Card title={t('case.notes')}>
      {notes.length === 0 && <Quiet>{t('case.no_notes')}</Quiet>}
      <ol className={style.notes}>
        {notes.map((note, index) => (
          <li key={index}>
            <div className={style.noteHead}>
              <strong>{note.author}</strong>
              <Moment at={note.writtenAt} />
              {note.secondLook && (
                <Badge size="sm" variant="light" color="orange" tt="none" radius="sm">
                  {t('case.second_look')}
                </Badge>
              )}
            </div>
            <p>{note.text}</p>
          </li>
        ))}
      </ol>
      {mayDecide && (
        <form
          className={style.noteForm}
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate({ text, secondLook: false }, { onSuccess: () => setText('') });
          }}
        >
          <Textarea
            aria-label={t('case.new_note')}
            placeholder={t('case.new_note')}
            rows={2}
            maxLength={NOTE_AT_MOST}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button
            size="xs"
            type="submit"
            variant="default"
            disabled={text.trim() === ''}
            loading={add.isPending}
          >
            {t('case.add_note')}
          </Button>
        </form>
      )}
      {add.isError && <Failed error={add.error} />}
    </Card>
  );
}
