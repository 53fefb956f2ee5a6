import { Button, CopyButton, Modal, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import form from '../parts/parts.module.css';
import { Answer } from '../parts/answer';
import { review } from '../service/clients';
import words from './search.module.css';

export interface About {
  case: 'verdictId' | 'adjustmentId' | 'dispositionId';
  value: string;
}

/** The text a user may be sent, in either language. */
export function StatementDialog({ about, onClose }: { about: About; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [language, setLanguage] = useState(i18n.language === 'zh' ? 'zh' : 'en');
  const statement = useQuery({
    queryKey: ['statement', about.case, about.value, language],
    queryFn: () => review.getStatementOfReasons({ about, language }),
  });
  return (
    <Modal opened onClose={onClose} title={t('statement.title')} size="lg">
      <div className={form.form}>
        <SegmentedControl
          size="xs"
          aria-label={t('shell.language')}
          value={language}
          data={[
            { value: 'en', label: 'English' },
            { value: 'zh', label: '中文' },
          ]}
          onChange={setLanguage}
        />
        <Answer query={statement} lines={6}>
          {({ text }) => (
            <>
              <pre className={words.statement} lang={language}>
                {text}
              </pre>
              <div className={form.buttons}>
                <CopyButton value={text}>
                  {({ copied, copy }) => (
                    <Button variant="default" onClick={copy}>
                      {t(copied ? 'statement.copied' : 'statement.copy')}
                    </Button>
                  )}
                </CopyButton>
              </div>
            </>
          )}
        </Answer>
      </div>
    </Modal>
  );
}
