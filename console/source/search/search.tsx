import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';

import { SearchKind, type SearchResult } from '../generated/sameuser/v1/review_pb';
import { Failed } from '../parts/failed';
import { Loading } from '../parts/loading';
import { Notice } from '../parts/notice';
import { Page } from '../parts/page';
import { review } from '../service/clients';
import { FoundRow } from './found';
import style from './search.module.css';

const KINDS = [
  ['id', SearchKind.UNSPECIFIED],
  ['phone', SearchKind.PHONE],
  ['device', SearchKind.DEVICE],
  ['ip_address', SearchKind.IP_ADDRESS],
  ['tag', SearchKind.TAG],
] as const;

type KindName = (typeof KINDS)[number][0];

/** Whether words of this kind are raw identifiers: they then stay out of addresses, history and caches. */
function isClear(kind: KindName): boolean {
  return kind === 'phone' || kind === 'device' || kind === 'ip_address';
}

/** By id or tag, whose words live in the address; or by an identifier in clear, whose words live nowhere. */
export function SearchPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const id = search.get('id') ?? '';
  const tag = search.get('tag') ?? '';
  const [kind, setKind] = useState<KindName>(tag === '' ? 'id' : 'tag');
  const [words, setWords] = useState(id || tag);
  const open = useQuery({
    queryKey: ['search', id, tag],
    queryFn: () =>
      review.search({ query: id || tag, kind: tag === '' ? SearchKind.UNSPECIFIED : SearchKind.TAG }),
    enabled: id !== '' || tag !== '',
  });
  const clear = useMutation({
    mutationFn: (query: string) =>
      review.search({ query, kind: KINDS.find(([name]) => name === kind)?.[1] ?? 0 }),
    gcTime: 0,
  });
  const ask = () => {
    const query = words.trim();
    if (query === '') {
      return;
    }
    if (isClear(kind)) {
      setSearch({}, { replace: true });
      clear.mutate(query, { onSuccess: () => setWords('') });
    } else {
      clear.reset();
      setSearch({ [kind]: query });
    }
  };
  const pending = clear.isPending || (open.isPending && open.fetchStatus === 'fetching');
  const error = clear.error ?? open.error;
  const results = clear.data?.results ?? (id !== '' || tag !== '' ? open.data?.results : undefined);
  return (
    <Page title={t('search.title')}>
      <form
        className={style.form}
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <NativeSelect
          aria-label={t('search.kind')}
          value={kind}
          data={KINDS.map(([name]) => ({ value: name, label: t(`search.by.${name}`) }))}
          onChange={(event) => {
            setKind(event.currentTarget.value as KindName);
            clear.reset();
          }}
        />
        <TextInput
          className={style.words ?? ''}
          aria-label={t(`search.by.${kind}`)}
          placeholder={t(`search.example.${kind}`)}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <Button type="submit" loading={pending}>
          {t('search.ask')}
        </Button>
      </form>
      <p className={style.promise}>{t(isClear(kind) ? 'search.promise' : 'search.hint')}</p>
      <Found pending={pending} error={error} results={results} />
    </Page>
  );
}

interface FoundProperties {
  pending: boolean;
  error: Error | null;
  results: readonly SearchResult[] | undefined;
}

function Found({ pending, error, results }: FoundProperties) {
  const { t } = useTranslation();
  if (pending) {
    return <Loading lines={3} />;
  }
  if (error !== null) {
    return <Failed error={error} />;
  }
  if (results === undefined) {
    return null;
  }
  if (results.length === 0) {
    return <Notice title={t('search.none')} words={t('search.none_words')} />;
  }
  return (
    <ul className={style.results}>
      {results.map((one, index) => (
        <FoundRow key={index} result={one} />
      ))}
    </ul>
  );
}
