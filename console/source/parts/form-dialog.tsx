import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { Failed } from './failed';
import style from './parts.module.css';

interface FormDialogProperties {
  title: string;
  /** What it does, in words; above the fields. */
  words?: string;
  /** On the button that does it. */
  verb: string;
  /** What it takes away is red. */
  grave?: boolean;
  ready: boolean;
  /** Under way, and how it failed. */
  doing?: { isPending: boolean; isError: boolean; error: unknown };
  size?: 'md' | 'lg';
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that asks for something and then does it. */
export function FormDialog(properties: FormDialogProperties) {
  const {
    title,
    words,
    verb,
    grave = false,
    ready,
    doing,
    size = 'md',
    onSubmit,
    onClose,
    children,
  } = properties;
  const { t } = useTranslation();
  const busy = doing?.isPending ?? false;
  return (
    <Modal opened onClose={onClose} title={title} size={size} closeOnClickOutside={!busy}>
      <form
        className={style.form}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {words !== undefined && <p className={style.consequence}>{words}</p>}
        {children}
        {doing?.isError === true && <Failed error={doing.error} />}
        <div className={style.buttons}>
          <Button variant="default" onClick={onClose} disabled={busy}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" color={grave ? 'red' : 'indigo'} disabled={!ready} loading={busy}>
            {verb}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
