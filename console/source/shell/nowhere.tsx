import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { Notice } from '../parts/notice';
import { Page } from '../parts/page';

export function Nowhere() {
  const { t } = useTranslation();
  return (
    <Page title={t('nowhere.title')}>
      <Notice title={t('nowhere.title')} words={t('nowhere.words')}>
        <Button component={Link} to="/queue">
          {t('nowhere.back')}
        </Button>
      </Notice>
    </Page>
  );
}
