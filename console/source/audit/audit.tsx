import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';

import { grouped } from '../format/tokens';
import type { AuditEntry } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Card } from '../parts/card';
import { Failed } from '../parts/failed';
import { Loading } from '../parts/loading';
import { Moment } from '../parts/moment';
import { Notice } from '../parts/notice';
import { Page } from '../parts/page';
import { NumberCell, StillCell, Table } from '../parts/table';
import { review } from '../service/clients';
import style from './audit.module.css';

const PAGE = 200;
// Of one subject there are few: larger steps find them sooner.
const SEARCHED = 1000;
const FIRST_AT_LEAST = 20;
const TYPING_MS = 250;

/** Every decision of a person or a rule, as the chain of hashes covers it. */
export function AuditLog() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const subject = search.get('subject') ?? '';
  const setSubject = useDebouncedCallback(
    (value: string) => setSearch(value === '' ? {} : { subject: value }, { replace: true }),
    TYPING_MS,
  );
  const pages = useInfiniteQuery({
    queryKey: ['audit', subject],
    queryFn: ({ pageParam }) =>
      review.listAuditEntries({
        subject,
        pageSize: subject === '' ? PAGE : SEARCHED,
        pageToken: pageParam,
        newestFirst: true,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => (last.nextPageToken === '' ? undefined : last.nextPageToken),
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const entries = pages.data?.pages.flatMap((page) => page.entries) ?? [];
  useEffect(() => {
    // Pages are of the whole log: one may hold nothing of the subject.
    if (entries.length < FIRST_AT_LEAST && hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [entries.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <Page
      title={t('audit.title')}
      actions={
        <TextInput
          size="xs"
          w={280}
          aria-label={t('audit.subject_filter')}
          placeholder={t('audit.subject_filter')}
          defaultValue={subject}
          onChange={(event) => setSubject(event.currentTarget.value.trim())}
        />
      }
    >
      {pages.isPending ? (
        <Loading lines={10} />
      ) : pages.isError ? (
        <Failed error={pages.error} retry={() => void pages.refetch()} />
      ) : entries.length === 0 && !hasNextPage ? (
        <Notice title={t('audit.none')} words={t('audit.none_words')} />
      ) : (
        <Card title={t('audit.explained')} flush>
          <Entries entries={entries} />
          {hasNextPage && (
            <div className={style.more}>
              <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {t('audit.more')}
              </Button>
            </div>
          )}
        </Card>
      )}
    </Page>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  return (
    <Table
      caption={t('audit.title')}
      head={[
        { name: t('audit.sequence'), number: true },
        t('timeline.when'),
        t('audit.kind'),
        t('audit.subject'),
        t('decision.who'),
        t('audit.what'),
      ]}
    >
      {entries.map((one) => (
        <tr key={String(one.sequence)}>
          <NumberCell>{grouped(one.sequence, i18n.language)}</NumberCell>
          <StillCell>
            <Moment at={one.at} exact />
          </StillCell>
          <StillCell>{terms.auditKind(one.kind)}</StillCell>
          <td>{one.subject}</td>
          <StillCell>
            {one.author === '' ? <span className={style.rule}>{t('audit.rule')}</span> : one.author}
          </StillCell>
          <td>{terms.audit(one)}</td>
        </tr>
      ))}
    </Table>
  );
}
